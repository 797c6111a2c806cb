"""The two views of the Runs page: the list, and the comparison."""

from __future__ import annotations

from typing import Literal

import streamlit as st

RUNS, COMPARE = "app_pages/runs.py", "app_pages/compare.py"


def views(current: Literal["runs", "compare"], num_compared: int) -> None:
    """Draw the names of both views; the view that is not shown is a link.

    Args:
        current: the view that is shown.
        num_compared: number of results in the comparison.
    """
    count = f" ({num_compared})" if num_compared else ""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="run-views"):
        _view(RUNS, "All runs", ":material/history:", current == "runs")
        _view(COMPARE, f"Compare{count}", ":material/compare:", current == "compare")


def _view(page: str, label: str, icon: str, current: bool) -> None:
    """Draw the link to a view, or the name of the view that is shown."""
    if current:
        st.markdown(f"{icon} **{label}**", width="content")
    else:
        st.page_link(page, label=label, icon=icon)
