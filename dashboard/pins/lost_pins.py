"""Pinned results that the server no longer keeps: the page lists them and offers to repeat their runs."""

from __future__ import annotations

import streamlit as st

from core.jobs.request import Request
from core.jobs.service import BusyError
from core.status import COMPLETE
from dashboard import visitor
from dashboard.cache import jobs
from dashboard.pins import pins
from dashboard.pins.pin import name_of, request_of, token_of
from dashboard.runs import saved
from dashboard.runs.progress import progress_text
from dashboard.runs.run import POLL_SECONDS
from dashboard.state import describe
from dashboard.texts import compare as texts
from dashboard.texts.quoting import plain

_JOBS = "repeated_runs"


def lost_pins(lost: list[str]) -> None:
    """Draw one line per lost pin.

    Args:
        lost: names of pins.
    """
    jobs_of: dict[str, str] = st.session_state.setdefault(_JOBS, {})
    for name in lost:
        if name in jobs_of:
            st.fragment(_follow, run_every=POLL_SECONDS)(name, jobs_of[name])
            continue
        request = request_of(name)
        with st.container(horizontal=True, vertical_alignment="center"):
            is_private = saved.is_private(token_of(name))
            st.warning(
                texts.lost(describe(request), is_private, can_repeat=request.kind != "corrected"),
                icon=":material/keep_off:",
            )
            # A correction cannot be repeated without the curve that it corrected.
            if request.kind != "corrected":
                _repeat_button(name, request)
            st.button("Remove", key=f"forget-{name}", on_click=pins.remove, args=(name,))


def _repeat_button(name: str, request: Request) -> None:
    label = f"Repeat the run ({request.budget.seconds:g} s)"
    st.button(label, key=f"repeat-{name}", icon=":material/replay:", on_click=_start, args=(name,))


def running() -> list[str]:
    """The ids of the repeated runs in progress."""
    return list(st.session_state.get(_JOBS, {}).values())


def _start(name: str) -> None:
    try:
        (st.session_state[_JOBS][name],) = jobs().submit(request_of(name), owner=visitor.key())
    except BusyError as error:
        st.toast(plain(error), icon=":material/hourglass_top:")


def _follow(name: str, job_id: str) -> None:
    """Draw the progress of a repeated run; at its end, its result replaces the lost pin."""
    view = jobs().look(job_id)
    if view is not None and view.running:
        st.progress(view.progress, text=f"{describe(view.request)} · {progress_text(view)}")
        return
    if view is not None and view.status in (*COMPLETE, "diverged"):
        pins.add(name_of(job_id, view.request), instead=name)
    elif view is not None and view.error:
        st.toast(texts.failed(plain(view.error)), icon=":material/error:")
    else:
        st.toast(texts.STOPPED, icon=":material/stop_circle:")
    # Forget the run only now: if the viewer interrupts the script before this line, its next run handles the end of the repeated run again.
    del st.session_state[_JOBS][name]
    st.rerun()
