"""HTML in a lesson is shown as text."""

from __future__ import annotations

import re

# Formulas and code stay as they are; in the rest, `<` before a letter, `/`, `!` or `?` would begin HTML.
_HTML = re.compile(
    r"\\[\\$`<]|\$\$.+?\$\$|\$[^$\n]+\$|```.*?```|`[^`\n]*`|(?P<tag><(?=[A-Za-z/!?]))", re.DOTALL
)


def escaped(text: str) -> str:
    """The Markdown, changed so that HTML in it is shown as text; formulas and code are unchanged."""
    return _HTML.sub(lambda found: r"\<" if found["tag"] else found[0], text)
