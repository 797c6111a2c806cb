"""Values of sliders while they are being dragged, for pages whose charts Streamlit draws. Such a page reruns during the drag.

The dragged value enters neither the address nor the undo history.
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
    """Watch the page's sliders. Call this at a fixed place on the page; moving the component would lose a running drag."""
    _component(key=_KEY, on_moved_change=_nothing)


def _nothing() -> None:
    """Do nothing: the rerun itself draws the charts for the new value."""


def dragged_to(key: str, released: float, limits: tuple[float, float], step: float) -> float | None:
    """The value to which the slider is being dragged; None without a drag or before it has moved.

    Args:
        key: key of the slider.
        released: the slider's last released value. A drag that began at another value has ended.
        limits: smallest and largest value.
        step: step of the slider; browsers round values to it.
    """
    moved: Any = st.session_state.get(_KEY, {}).get("moved")
    if not isinstance(moved, dict) or moved.get("slider") != class_of(key):
        return None
    start, value = moved.get("from"), moved.get("value")
    if not isinstance(start, int | float) or not isinstance(value, int | float):
        return None
    if abs(start - released) > step / 2 or value == start or not limits[0] <= value <= limits[1]:
        return None
    return float(value)


def class_of(key: str) -> str:
    """The CSS class that Streamlit derives from a widget's key."""
    return "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
