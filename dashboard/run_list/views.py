"""The two views of the Runs page: the list, and the comparison."""

from __future__ import annotations

from typing import Literal

import streamlit as st

RUNS, COMPARE = "app_pages/runs.py", "app_pages/compare.py"


def views(current: Literal["runs", "compare"], num_compared: int) -> None:
    """Draw the links to both views.

    Args:
        current: the view that is shown.
        num_compared: number of results in the comparison.
    """
    count = f" ({num_compared})" if num_compared else ""
    with st.container(horizontal=True, gap="small", key="run-views"):
        st.page_link(RUNS, label="All runs", icon=":material/history:", disabled=current == "runs")
        st.page_link(
            COMPARE, label=f"Compare{count}", icon=":material/compare:", disabled=current == "compare"
        )
