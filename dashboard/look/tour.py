"""The tour: four steps through the Explore page. The offer on the first visit and the help menu start it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.texts import tour as texts

_STARTS = "tour_starts"
_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "tour",
    html=(_HERE / "tour.html").read_text(encoding="utf-8"),
    css=(_HERE / "tour.css").read_text(encoding="utf-8"),
    js=(_HERE / "tour.js").read_text(encoding="utf-8"),
)


def start() -> None:
    """Start the tour, from its first step. Call this in a callback."""
    st.session_state[_STARTS] = starts() + 1


def starts() -> int:
    """How often this viewer has started the tour."""
    count: int = st.session_state.get(_STARTS, 0)
    return count


def tour() -> None:
    """Show the tour if the viewer has started it. Call this at the end of the Explore page."""
    if starts():
        _component(key="tour", data={"starts": starts(), "steps": texts.STEPS, "words": texts.WORDS})
