"""Settings that are not valid: each says so beside its field, and the other fields stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.components.parameters import label_of, readable
from dashboard.components.quoting import plain
from dashboard.components.visible_controls import is_drawn


class Faults:
    """What is wrong with the settings, collected while they are drawn."""

    def __init__(self) -> None:
        self._drawn: list[str] = []
        self._hidden: list[str] = []

    @contextmanager
    def beside(self, name: str) -> Iterator[None]:
        """Around one field: a ValueError is shown below it, or kept for `refuse` where the field is not drawn."""
        try:
            yield
        except ValueError as error:
            text = readable(error)
            if is_drawn(name):
                st.error(plain(text), icon=":material/error:")
                self._drawn.append(label_of(name).lower())
            else:
                self._hidden.append(text)

    def refuse(self) -> None:
        """To be called once all settings are drawn.

        Raises:
            ValueError: one of them is not valid.
        """
        if self._drawn:
            fields = " and ".join(dict.fromkeys(self._drawn))
            self._hidden.append(
                f"Correct {fields} under “More settings”. Until then, the pictures show the last valid settings."
            )
        if self._hidden:
            raise ValueError(" ".join(self._hidden))
