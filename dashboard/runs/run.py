"""The run panel: Train, Stop and the progress of the page's runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.jobs.request import Request
from core.jobs.service import BusyError
from core.jobs.view import JobView
from core.limits import training_refusal
from core.problem import INTERPOLATIONS
from core.store.errors import StoreError
from core.store.records import StoredRun
from dashboard import visitor
from dashboard.cache import jobs
from dashboard.runs import outcome, saved, tracked_runs
from dashboard.runs.progress import brief, progress_text, work
from dashboard.runs.records import Run
from dashboard.state import CORRECTIONS, TITLES, Selection, correction_of, method_of
from dashboard.texts import explore as texts
from dashboard.texts.quoting import plain

# Seconds between two updates of the progress: while a run trains, and while all runs wait in the queue.
POLL_SECONDS, WAITING_SECONDS = 0.5, 2.0


def run_panel(
    selection: Selection | None, places: Sequence[DeltaGenerator], equal: Mapping[str, Run] | None = None
) -> dict[str, Run]:
    """Draw the panel; returns the page's newest run of each method.

    Args:
        selection: the selected settings; None while they are invalid.
        places: places for Train, Stop and the progress.
        equal: saved runs of the selected problems, which the page shows until the viewer trains new ones.
    """
    runs, lost = runs_of(tracked_runs.ids())
    train_column, stop_column, status_column = places
    running = [run for run in runs.values() if run.view.running]
    own = [run for run in running if tracked_runs.is_own(run.job_id)]
    # Train is disabled while runs with the same settings are in progress; it may replace runs with other settings.
    same = selection is not None and all(
        method in runs and runs[method].view.running and selection.alone(method).matches(runs[method].view.request)
        for method in selection.methods
    )  # fmt: skip
    refusal = _refusal(selection)
    again = _all_computed(selection, runs, equal or {})
    early = saved.resumable(runs)
    with train_column:
        _button(
            "Train again" if again else "Train",
            "train",
            selection is None or same or refusal is not None,
            "play_arrow",
            type="primary",
        )
    with stop_column:
        if early and not running:
            _button("Resume", "resume", False, "resume", help=texts.resume(len(early)))
        else:
            _button("Stop", "stop", not own, "stop", help=_stop_help(running, own))
    if _is_pressed("train") and selection is not None and refusal is None:
        submit(selection.requests, runs)
    if _is_pressed("stop"):
        for run in own:
            jobs().stop(run.job_id, owner=visitor.key(), wait=True)
        st.rerun()
    if _is_pressed("resume"):
        _resume(early)
    with status_column:
        if refusal is not None:
            st.warning(refusal, icon=":material/memory:")
        if shown := {method: run for method, run in runs.items() if method not in CORRECTIONS}:
            st.fragment(_status, run_every=_pause([run.view for run in shown.values()]))(shown)
        elif again:
            st.caption(texts.computed(again))
        elif lost:
            st.caption(texts.PRIVATE_RUN if any(map(saved.is_private, lost)) else texts.LOST_RUN)
        elif refusal is None:
            st.caption(
                texts.invitation(
                    len(selection.methods) if selection else 1, selection.seconds if selection else 0
                )
            )
    return runs


def _button(label: str, key: str, disabled: bool, icon: str, **more: Any) -> None:
    """Draw a button. A callback stores its press until the press is handled.

    Otherwise, Streamlit would lose a press if the page reruns at the same moment, for example because another component sends a value.
    """
    st.button(
        label,
        key=key,
        icon=f":material/{icon}:",
        width="stretch",
        disabled=disabled,
        on_click=st.session_state.__setitem__,
        args=(f"{key}-pressed", True),
        **more,
    )


def _is_pressed(key: str) -> bool:
    """Whether the button was pressed. Handle the press at once: any later drawing may be interrupted."""
    return bool(st.session_state.pop(f"{key}-pressed", False))


def _stop_help(running: list[Run], own: list[Run]) -> str | None:
    if running and not own:
        return texts.OTHER_OWNER
    return texts.OTHER_VIEWERS if any(run.view.viewers > 1 for run in own) else None


def runs_of(ids: list[str]) -> tuple[dict[str, Run], list[str]]:
    """The runs by method, and the ids of those that are gone or that this browser may not see."""
    found = {job_id: saved.look_at(job_id) for job_id in ids}
    runs = {method_of(run.view.request): run for run in found.values() if run is not None}
    return runs, [job_id for job_id, run in found.items() if run is None]


def _all_computed(selection: Selection | None, runs: Mapping[str, Run], equal: Mapping[str, Run]) -> str:
    """If the page shows saved runs of the same problems for all selected curves: the time when the newest of them ended, as text. Otherwise
    empty."""
    methods = () if selection is None else selection.methods
    if any(method in runs or method not in equal for method in methods):
        return ""
    return max((equal[method].computed for method in methods), default="")


def _resume(early: Sequence[StoredRun]) -> None:
    """Resume runs that ended too early."""
    try:
        for run in early:
            saved.resume(run)
    except (BusyError, StoreError) as error:
        st.warning(plain(error), icon=":material/hourglass_top:")
        return
    st.rerun()


def _refusal(selection: Selection | None) -> str | None:
    """Why training cannot start: a step would exceed the memory or the budget. None if it can."""
    requests = () if selection is None else selection.requests
    found = (
        training_refusal(request.problem, request.budget) for request in requests if request.kind == "train"
    )
    return next((refusal for refusal in found if refusal is not None), None)


def submit(requests: Sequence[Request], runs: dict[str, Run]) -> None:
    """Start runs, which take turns with each other. They replace the page's runs of the same methods."""
    try:
        ids = jobs().submit(*requests, owner=visitor.key())
    except BusyError as error:
        st.warning(plain(error), icon=":material/hourglass_top:")
        return
    # Stop the old runs only after the new ones are accepted. The new ones start as soon as a worker is free.
    methods = [method_of(request) for request in requests]
    # A newly trained curve needs a new correction.
    methods += [correction_of(method) for method in methods if method in INTERPOLATIONS]
    for method, run in runs.items():
        if method in methods and tracked_runs.is_own(run.job_id):
            jobs().stop(run.job_id, owner=visitor.key())
    kept = [run.job_id for method, run in runs.items() if method not in methods]
    tracked_runs.show((*kept, *ids))
    st.rerun()


def _pause(views: Sequence[JobView]) -> float | None:
    """Seconds until the progress is drawn again; None if all runs have ended."""
    running = [view for view in views if view.running]
    if not running:
        return None
    return WAITING_SECONDS if all(view.status == "queued" for view in running) else POLL_SECONDS


def _status(shown: dict[str, Run]) -> None:
    """Draw the progress of the runs. A new picture, and the start or the end of a run, rerun the page."""
    saved.storage_warning()
    views = dict[str, JobView]()
    for method, run in shown.items():
        view = saved.look(run.job_id)
        if view is None or view.picture is not run.view.picture or _pause([view]) != _pause([run.view]):
            st.rerun()
            return
        views[method] = view
    # Runs that were started together share a place in the queue, so one line suffices while they wait. Later, each run has its own line.
    # These lines are side by side, so that the pictures below do not move.
    if len({view.position for view in views.values()}) == 1 and all(view.position for view in views.values()):
        views = {"": next(iter(views.values()))}
    for column, (method, view) in zip(st.columns(len(views), gap="small"), views.items(), strict=True):
        with column:
            _line(TITLES[method] if len(views) > 1 else "", view, is_narrow=len(views) > 3)


def _line(name: str, view: JobView, *, is_narrow: bool = False) -> None:
    """Draw the progress or the outcome of a run; in a narrow column the outcome is an icon with a tooltip."""
    if view.running:
        st.progress(view.progress, text=f"{name} · {brief(view)}" if name else progress_text(view))
        return
    outcome.badge(view, name, brief(view) if name else work(view), is_narrow=is_narrow)
    if (reason := view.facts.get("reason")) and not name:
        st.caption(plain(reason))
    if view.error:
        st.error(plain(view.error), icon=":material/error:")
