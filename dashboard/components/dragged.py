"""Sliders while they are dragged: the pictures follow the finger, and the controls change when it lets go.

What is dragged counts for one run of the page only. It is kept neither in the address bar nor among what can be undone.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import streamlit as st

_KEY, _ARRIVED, _NOW, _SHOWN = "dragged", "dragged_arrived", "dragged_now", "dragged_shown"
_component = st.components.v2.component(
    "dragged_slider", html="<i hidden></i>", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def watch() -> None:
    """Listens to the page's sliders; to be called before they are drawn, at every run."""
    st.session_state[_NOW], st.session_state[_SHOWN] = st.session_state.pop(_ARRIVED, None), False
    _component(key=_KEY, on_moved_change=_arrive)


def _arrive() -> None:
    st.session_state[_ARRIVED] = st.session_state[_KEY].get("moved")


def dragged_to(key: str, held: float, limits: tuple[float, float]) -> float | None:
    """Where the slider with this key has been dragged, in a run that shows it.

    Args:
        key: of the slider.
        held: its value as it was last let go of; what was dragged from elsewhere is over.
        limits: of the slider.
    """
    moved: Any = st.session_state.get(_NOW)
    if not isinstance(moved, dict) or (moved.get("slider"), moved.get("from")) != (_class_of(key), held):
        return None
    value = moved.get("value")
    if not isinstance(value, int | float) or not limits[0] <= value <= limits[1]:
        return None
    st.session_state[_SHOWN] = True
    return float(value)


def is_dragged() -> bool:
    """Whether this run shows a place on the way; another one follows."""
    return bool(st.session_state.get(_SHOWN))


def _class_of(key: str) -> str:
    """The class that Streamlit makes of a widget's key."""
    return "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
