"""The panel of a run: Train and Stop, and how far it has come."""

from __future__ import annotations

import streamlit as st

from core.jobs.service import BusyError
from core.jobs.view import JobView
from dashboard.cache import jobs
from dashboard.components.progress import progress_text, work
from dashboard.state import Asked

POLL_SECONDS = 0.5
ENDINGS = {
    "finished": ("Done", ":material/check_circle:", "green"),
    "converged": ("Converged", ":material/check_circle:", "green"),
    "stopped": ("Stopped", ":material/stop_circle:", "gray"),
    "diverged": ("Diverged; its last finite state is shown", ":material/warning:", "orange"),
    "failed": ("Failed", ":material/error:", "red"),
}


def run_panel(asked: Asked | None) -> tuple[str | None, JobView | None]:
    """Draws the panel; returns the job of the address bar and what it looks like now, if there is one.

    Args:
        asked: what Train would train; None while the controls are not valid.
    """
    job_id = st.query_params.get("job")
    view = jobs().look(job_id) if job_id else None
    train_column, stop_column, status_column = st.columns(
        [0.14, 0.14, 0.72], gap="small", vertical_alignment="center"
    )
    running = view is not None and view.running
    # A run for other controls may be left for a new one; the same run twice makes no sense.
    same = view is not None and asked is not None and asked.is_answered_by(view.request)
    with train_column:
        clicked = st.button(
            "Train",
            key="train",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=asked is None or (running and same),
        )
    with stop_column:
        halted = st.button("Stop", key="stop", icon=":material/stop:", width="stretch", disabled=not running)
    if clicked and asked is not None:
        if job_id:
            jobs().stop(job_id)
        _submit(asked)
    if halted and job_id:
        jobs().stop(job_id, wait=True)
        st.rerun()
    with status_column:
        if job_id and view is None:
            st.caption("The run of this link is no longer kept; press *Train* to repeat it.")
        elif job_id and view is not None:
            status = st.fragment(_status, run_every=POLL_SECONDS if view.running else None)
            status(job_id, view)
        else:
            seconds = f"{asked.seconds:g} s" if asked else "a few seconds"
            st.caption(f"*Train* learns this curve on the server's processor, for {seconds}.")
    return job_id, view


def _submit(asked: Asked) -> None:
    try:
        job_id = jobs().submit(asked.request)
    except BusyError as error:
        st.warning(str(error), icon=":material/hourglass_top:")
        return
    st.query_params["job"] = job_id
    st.rerun()


def _status(job_id: str, shown: JobView) -> None:
    """How far the run is. A new picture or the end of the run draws the whole page again."""
    view = jobs().look(job_id)
    if view is None:
        st.rerun()
        return
    if view.picture is not shown.picture or view.running != shown.running:
        st.rerun()
    if view.running:
        st.progress(view.progress, text=progress_text(view))
        return
    text, icon, colour = ENDINGS[view.status]
    st.badge(f"{text} · {work(view)}", icon=icon, color=colour)  # type: ignore[arg-type]
    if reason := view.facts.get("reason"):
        st.caption(reason)
    if view.error:
        st.error(view.error, icon=":material/error:")
