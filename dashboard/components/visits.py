"""Going from page to page and back: each page opens as it was left, and its runs go on meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.components import begun, repeats

# The pages that have runs, and what tells of which.
RUNS = {"Explore": begun.own, "Compare": repeats.running}
_HERE, _LEFT = "visits_here", "visits_left"


@contextmanager
def visits(page: str) -> Iterator[None]:
    """Around a page: the navigation clears the address bar, and a page that was seen before gets its own back."""
    left: dict[str, dict[str, str]] = st.session_state.setdefault(_LEFT, {})
    arrived = st.session_state.get(_HERE) != page
    if arrived:
        begun.believe_address()
    if arrived and not st.query_params:
        st.query_params.update(left.get(page, {}))
    st.session_state[_HERE] = page
    try:
        yield
        if hidden := [job_id for other, runs in RUNS.items() if other != page for job_id in runs()]:
            begun.keep_going(hidden)
    finally:
        left[page] = st.query_params.to_dict()
