"""The data with which the browser requests previews, exact pictures for a moving slider (see `dashboard/previews.py`)."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.controls.dragged import class_of
from dashboard.controls.modes import are_movable
from dashboard.routes import previews_url
from dashboard.state import Selection

_SLIDERS = "preview_sliders"


def note(key: str, param: str) -> None:
    """Register a drawn slider.

    Args:
        key: key of the slider.
        param: the parameter of the problem that it sets.
    """
    st.session_state.setdefault(_SLIDERS, {})[class_of(key)] = param


def preview_terms(selection: Selection) -> dict[str, Any]:
    """The selected problem, the sliders that change it, and whether its modes can be moved. Call this after the sliders are drawn."""
    sliders = st.session_state.pop(_SLIDERS, {})
    return {
        "problem": selection.problem.to_dict(),
        "title": selection.problem.target.entry.title,
        "method": selection.method,
        "curves": list(selection.curves),
        "sliders": sliders,
        "movable": are_movable(selection),
        "url": previews_url(),
    }
