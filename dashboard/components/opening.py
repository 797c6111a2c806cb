"""How the page opens: a drawing at once, then the charts, which take a browser seconds to load.

While the charting library loads, a browser draws nothing else. So the first pass over the page sends a plain drawing and no
charts; the second adds all charts but the one that the drawing stands for; the third puts that one in its place.
"""

from __future__ import annotations

import streamlit as st

PASS_SECONDS = 1.5
LAST_PASS = 2
_PASS, _DRAWN = "opening_pass", "opening_drawn"


def charts_may_load() -> bool:
    """Whether the first drawing has had its time."""
    return st.session_state.get(_PASS, 0) > 0


def drawing_stands() -> bool:
    """Whether the drawing still stands for the chart."""
    return st.session_state.get(_PASS, 0) < LAST_PASS


def advance() -> None:
    """Called last on the page: goes to the next pass after a while."""
    if drawing_stands():
        st.session_state.pop(_DRAWN, None)
        st.fragment(_next_pass, run_every=PASS_SECONDS)()


def _next_pass() -> None:
    if st.session_state.get(_DRAWN):  # not with the page, but by the clock
        st.session_state[_PASS] = st.session_state.get(_PASS, 0) + 1
        st.rerun()
    st.session_state[_DRAWN] = True
