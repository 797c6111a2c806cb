"""Sliders while they are dragged, on a page whose charts Streamlit draws: it runs for the place under the finger too.

That place is kept neither in the address bar nor among what can be undone.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import streamlit as st

_KEY = "dragged"
_component = st.components.v2.component(
    "dragged_slider", html="<i hidden></i>", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def watch() -> None:
    """Listens to the page's sliders; its own place on the page must not move, or it would lose a drag that is under way."""
    _component(key=_KEY, on_moved_change=_nothing)


def _nothing() -> None:
    """A place needs no more than the rerun that it starts."""


def dragged_to(key: str, held: float, limits: tuple[float, float], step: float) -> float | None:
    """Where the slider with this key is being dragged; None where it is not, or still stands where it was taken up.

    Args:
        key: of the slider.
        held: its value as it was last let go of; what was dragged from elsewhere is over.
        limits: of the slider.
        step: of the slider, to which a browser rounds.
    """
    moved: Any = st.session_state.get(_KEY, {}).get("moved")
    if not isinstance(moved, dict) or moved.get("slider") != class_of(key):
        return None
    begun, value = moved.get("from"), moved.get("value")
    if not isinstance(begun, int | float) or not isinstance(value, int | float):
        return None
    if abs(begun - held) > step / 2 or value == begun or not limits[0] <= value <= limits[1]:
        return None
    return float(value)


def class_of(key: str) -> str:
    """The class that Streamlit makes of a widget's key."""
    return "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
