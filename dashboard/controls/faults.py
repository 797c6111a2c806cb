"""Errors in settings. Each is shown below its field, and the other fields are still drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.targets.mistakes import FormulaError
from dashboard.controls.parameters import label_of, readable
from dashboard.controls.visible_controls import is_drawn
from dashboard.texts import explore as texts
from dashboard.texts.quoting import plain

# Longest error shown, in characters.
LONGEST = 600


class Faults:
    """Collects the errors in the settings while their fields are drawn."""

    def __init__(self) -> None:
        self._drawn: list[str] = []
        self._hidden: list[str] = []

    @contextmanager
    def beside(self, name: str) -> Iterator[None]:
        """Catch a ValueError of one field: show it below the field, or keep it for `refuse` if the field is not drawn."""
        try:
            yield
        except ValueError as error:
            text = readable(error)
            if is_drawn(name):
                st.error(plain(text, LONGEST), icon=":material/error:")
                if isinstance(error, FormulaError):
                    st.code(error.pointer, language=None)
                self._drawn.append(label_of(name).lower())
            else:
                self._hidden.append(text)

    def refuse(self) -> None:
        """Raise the collected errors. Call this after all settings are drawn.

        Raises:
            ValueError: a setting is invalid.
        """
        if self._drawn:
            fields = " and ".join(dict.fromkeys(self._drawn))
            is_formula = fields == label_of("energy").lower()
            self._hidden.append(texts.correct(fields, "" if is_formula else texts.IN_SETTINGS))
        if self._hidden:
            raise ValueError(" ".join(self._hidden))
