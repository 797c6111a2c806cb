"""The rows of the list of runs: a box to select each, its outcome and numbers, and a link that opens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.jobs.saved_runs import can_be_shown
from core.store.records import TRAINING, StoredRun
from dashboard.run_list.describing import badge, numbers, title
from dashboard.texts import runs as texts
from dashboard.texts.quoting import plain
from dashboard.url.address import params_of

EXPLORE = "app_pages/explore.py"
PAGE = 25
_SHOWN = "runs_shown_in_list"


def rows(runs: Sequence[StoredRun], column: str, studies: Mapping[str, str]) -> list[StoredRun]:
    """Draw the first `PAGE` rows, and more after each press of a button; returns the selected runs.

    Args:
        runs: the runs.
        column: the metric or column by which they are sorted.
        studies: name of the study of each run that belongs to one, by the run's id.
    """
    shown = max(int(st.session_state.get(_SHOWN, PAGE)), PAGE)
    picked = [run for run in runs[:shown] if _row(run, column, studies.get(run.id, ""))]
    if len(runs) > shown:
        st.button(
            texts.more(len(runs) - shown),
            key="more_runs",
            on_click=st.session_state.__setitem__,
            args=(_SHOWN, shown + PAGE),
        )
    return picked


def _row(run: StoredRun, column: str, study: str) -> bool:
    """Draw a row; returns whether it is selected."""
    with st.container(key=f"run-{run.id}", gap=None):
        first, second = st.columns([0.82, 0.18], vertical_alignment="center")
        with first, st.container(horizontal=True, vertical_alignment="center", gap="small"):
            is_picked = st.checkbox(title(run), key=f"pick-{run.id}", width="content")
            text, icon, colour = badge(run)
            st.badge(text, icon=icon, color=colour)  # type: ignore[arg-type]
            if run.pinned:
                st.badge("Pinned", icon=":material/keep:", color="blue")
        with second:
            _open(run)
        note = f" · {plain(run.note)}" if run.note else ""
        source = (
            f" · {texts.of_study(plain(study))}" if study else "" if run.owner else f" · {texts.COMMAND_LINE}"
        )
        st.caption(f"{numbers(run, column)}{source}{note}")
    return is_picked


def _open(run: StoredRun) -> None:
    """Draw the link that opens the run on Explore. The link opens only the problem if no page can show this kind of run, or if the run is a
    correction, since Explore shows corrections only below the run of their curve."""
    result = run.result
    is_whole = can_be_shown(run) and result.kind != "corrected"
    method = result.problem.interpolation if result.kind == TRAINING else result.kind
    if is_whole:
        params = {**params_of(result.problem, method), "job": run.id}
    else:
        params = params_of(result.problem, result.problem.interpolation)
    st.page_link(EXPLORE, label="Open" if is_whole else "Open the problem", query_params=params)
