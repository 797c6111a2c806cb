"""Live numbers of a step that follow its sliders: computed for every position, and shown by `handout.js`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboard.handouts.families import Family
from dashboard.lessons.numbers import Query, resolved
from dashboard.lessons.page.words import written
from dashboard.lessons.view import View, view_of
from dashboard.texts import lessons as texts

# Private-use characters that mark a number (its index, then its text) while the text is converted from Markdown.
_OPEN, _MIDDLE, _CLOSE = "\ue000", "\ue001", "\ue002"
_FOLLOWING = re.compile(rf"{_OPEN}(\d+){_MIDDLE}(.*?){_CLOSE}")


@dataclass
class LiveNumbers:
    """Replaces the live numbers of a step by text, and collects those that follow its sliders.

    Attributes:
        view: the step's view.
        families: its sliders.
        tables: for each number that follows them, its text at the view's own values (`own`) and at each position of each slider.
    """

    view: View
    families: Sequence[Family]
    tables: list[dict[str, str | list[str]]] = field(default_factory=list)

    def fill(self, text: str) -> str:
        """The text with its numbers filled in; `elements` finishes those that follow the sliders."""
        return resolved(text, self._write)

    def elements(self, html: str) -> str:
        """The HTML of a filled text, with an element around each number that follows the sliders."""
        return _FOLLOWING.sub(r'<span data-number="\1">\2</span>', html)

    def _write(self, query: Query) -> str:
        own = written(query, self.view, self.view)
        if not (query.follows and self.families):
            return own
        table: dict[str, str | list[str]] = {"own": own}
        for family in self.families:
            table[family.param] = [self._at(query, family.param, value) for value in family.values]
        if table not in self.tables:
            self.tables.append(table)
        return f"{_OPEN}{self.tables.index(table)}{_MIDDLE}{own}{_CLOSE}"

    def _at(self, query: Query, param: str, value: float) -> str:
        try:
            now = view_of({**dict(self.view.params), param: f"{value:g}"})
        except ValueError:
            return texts.UNKNOWN
        return written(query, self.view, now)
