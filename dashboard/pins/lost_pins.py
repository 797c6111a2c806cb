"""Pins whose results the server no longer keeps: the page lists them and offers to repeat their runs."""

from __future__ import annotations

import streamlit as st

from core.jobs.service import BusyError
from core.jobs.view import JobView
from core.status import COMPLETE
from dashboard import cache, visitor
from dashboard.cache import jobs
from dashboard.pin_store import request_of
from dashboard.pins import pins
from dashboard.results.panel_results import panel_results
from dashboard.runs.progress import progress_text
from dashboard.runs.run import POLL_SECONDS, Run
from dashboard.state import Selection, describe, method_of
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
            st.warning(texts.lost(describe(request)), icon=":material/keep_off:")
            again = f"Repeat the run ({request.budget.seconds:g} s)"
            st.button(again, key=f"repeat-{name}", icon=":material/replay:", on_click=_start, args=(name,))
            st.button("Remove", key=f"forget-{name}", on_click=pins.remove, args=(name,))


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
        _replace(name, job_id, view)
    elif view is not None and view.error:
        st.toast(texts.failed(plain(view.error)), icon=":material/error:")
    else:
        st.toast(texts.STOPPED, icon=":material/stop_circle:")
    # Last, because a viewer's action may interrupt this run of the script.
    del st.session_state[_JOBS][name]
    st.rerun()


def _replace(name: str, job_id: str, view: JobView) -> None:
    method = method_of(view.request)
    selection = Selection(method, view.request.problem, float(view.request.budget.seconds or 1.0))
    runs = {method: Run(job_id, view)}
    (result,) = panel_results(selection, runs, 1.0)
    if result.pending is not None:
        cache.complete(result.pending)
        (result,) = panel_results(selection, runs, 1.0)
    if (pin := pins.pin_of(result)) is not None:
        pins.add(pin, instead=name)
