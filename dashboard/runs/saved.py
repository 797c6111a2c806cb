"""The runs in the run store that this browser may see: its own, pinned ones, and those of the command line."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from core.jobs.request import Request
from core.jobs.saved_runs import can_be_shown, is_early, kind_in_store
from core.jobs.view import JobView
from core.pictures.frames import Frames
from core.status import COMPLETE
from core.store import ownership
from core.store.errors import StoreError
from core.store.folder import FRAMES, number_of
from core.store.query import Query
from core.store.records import StoredRun
from dashboard import cache, visitor
from dashboard.runs.records import Run
from dashboard.state import Selection, method_of
from dashboard.texts.quoting import plain

# For this many seconds after a session first shows a run, every rerun of the page sends all pictures of the run to the browser.
SENDING_SECONDS = 3.0
# Maximum number of seconds that a page waits until the server has saved the end of a run.
SAVING_SECONDS = 0.5
_SENT = "pictures_sent"
_ID = re.compile(r"[0-9a-f]{12}")


def find(run_id: str) -> StoredRun | None:
    """The saved run with this id; None if the store has none, or if this browser may not see it."""
    found = _find(run_id)
    return found if found is not None and is_readable(found) else None


def is_private(run_id: str) -> bool:
    """Whether the store has this run, but this browser may not see it."""
    found = _find(run_id)
    return found is not None and not is_readable(found)


def _find(run_id: str) -> StoredRun | None:
    try:
        found = cache.run_store()().run(run_id) if _ID.fullmatch(run_id) else None
    except StoreError:  # there is no such run, or the store cannot be read
        return None
    return None if found is None or found.deleted is not None else found


def is_own(run: StoredRun) -> bool:
    """Whether this browser owns the run, and so may rename, delete and resume it."""
    return run.is_owned_by(visitor.key())


def is_own_and_unpinned(run_id: str) -> bool:
    """Whether this browser owns the run and has not pinned it. Other browsers cannot open such a run from the store."""
    run = find(run_id)
    return run is not None and is_own(run) and not run.pinned


def is_readable(run: StoredRun) -> bool:
    """Whether this browser may see the run in the store: its own, a pinned one, or one without an owner."""
    return run.owner is None or run.pinned or is_own(run)


def look(job_id: str) -> JobView | None:
    """The current state of a run, for any browser that has its id. It comes from the job service, or from the store if the service does not
    have the run. None if neither has it, or if only the store has it and this browser may not see it."""
    run = look_at(job_id)
    return None if run is None else run.view


def look_at(job_id: str) -> Run | None:
    """The run with its current state, see `look`."""
    view = cache.jobs().look(job_id)
    if view is not None:
        return Run(job_id, view)
    found = find(job_id)
    view = None if found is None else cache.saved_view(found)
    return None if view is None else Run(job_id, view, is_saved=True)


def earlier_pictures(run: Run) -> list[tuple[Frames, int, float]]:
    """The pictures of a saved run before its last one, each with its steps and seconds, oldest first.

    The browser keeps them, so they are sent only when a session first shows the run.
    """
    if not run.is_saved or run.view.running or run.view.picture is None:
        return []
    first: dict[str, float] = st.session_state.setdefault(_SENT, {})
    # They are sent for a moment longer, since the page may rerun before the browser has received them.
    if time.monotonic() - first.setdefault(run.job_id, time.monotonic()) > SENDING_SECONDS:
        return []
    last = run.view.picture.step
    return [picture for picture in cache.saved_pictures(run.job_id) if picture[1] < last]


def equal_runs(selection: Selection | None) -> dict[str, Run]:
    """For each selected method, the newest complete run of an equal problem, with at least the selected budget.

    Methods with a saved example are left out, since the example's result is shown anyway.
    """
    requests = () if selection is None else selection.requests
    found = {method_of(request): _equal_run(request) for request in requests}
    return {method: run for method, run in found.items() if run is not None}


def _equal_run(request: Request) -> Run | None:
    if cache.trained_earlier(request.problem) is not None:
        return None
    query = Query(problem_key=request.problem.key, kind=kind_in_store(request.kind))
    try:
        equal = next((run for run in cache.run_store()().each(query) if _serves(run, request)), None)
    except StoreError:
        return None
    view = None if equal is None else cache.saved_view(equal)
    if equal is None or view is None or view.picture is None:
        return None
    return Run(equal.id, view, is_saved=True, computed=day(equal))


def _serves(run: StoredRun, request: Request) -> bool:
    result = run.result
    long_enough = result.status == "converged" or (result.budget_seconds or 0.0) >= (
        request.budget.seconds or 0.0
    )
    return result.status in COMPLETE and long_enough and result.problem == request.problem


def with_equal(selection: Selection, runs: Mapping[str, Run], equal: Mapping[str, Run]) -> dict[str, Run]:
    """The runs to show, by method. A saved run of an equal problem is shown if the page has no run of this method, or only one without a
    picture or with other settings."""
    shown = dict(runs)
    for method, run in equal.items():
        own = runs.get(method)
        is_newer = own is not None and own.view.picture is not None
        if own is None or not (is_newer and selection.alone(method).matches(own.view.request)):
            shown[method] = run
    return shown


def resumable(runs: Mapping[str, Run]) -> list[StoredRun]:
    """Those of the runs that belong to this browser, ended too early and have a checkpoint."""
    early = [run.job_id for run in runs.values() if is_early(run.view.status)]
    _await_saved(early)
    found = [run for run in map(find, early) if run is not None and is_own(run)]
    # Leave out runs that are still training: after this viewer has stopped a run, it may continue for other viewers.
    return [run for run in found if run.result.status != "training" and has_checkpoint(run)]


def _await_saved(run_ids: list[str]) -> None:
    """Wait until the server has saved the ends of these runs. A page usually shows that a run has ended a moment before this is saved."""
    deadline = time.monotonic() + SAVING_SECONDS
    while any(map(_is_being_saved, run_ids)) and time.monotonic() < deadline:
        time.sleep(0.02)


def _is_being_saved(run_id: str) -> bool:
    found = None if cache.jobs().storage_error or not cache.jobs().has_ended(run_id) else _find(run_id)
    return found is not None and found.result.status == "training"


def has_checkpoint(run: StoredRun) -> bool:
    """Whether a run has a checkpoint from which it can continue."""
    try:
        return can_be_shown(run) and any(f.steps is not None for f in cache.run_store()().files(run.id))
    except StoreError:
        return False


def has_picture(run: StoredRun) -> bool:
    """Whether a page can show a picture of a run."""
    try:
        names = [file.name for file in cache.run_store()().files(run.id)]
    except StoreError:
        return False
    return can_be_shown(run) and any(name == FRAMES or number_of(name)[0] == "picture" for name in names)


def resume(run: StoredRun) -> None:
    """Queue a saved run again, from its newest checkpoint.

    Raises:
        StoreError: its checkpoint cannot be read.
        BusyError: too many runs are waiting.
    """
    view, store = cache.saved_view(run), cache.run_store()()
    if view is not None:
        cache.jobs().resume(run.id, view, store.packed_checkpoint(run.id) or b"", visitor.key())


def pin(run_id: str) -> str:
    """Pin a run that the page shows, so that its link opens it in any browser; returns its id.

    The page may show a run of another browser, because its problem equals the selected one. Such a run is copied, since its owner decides
    how long the original is kept.

    Raises:
        StoreError: the store cannot be written.
    """
    store, run = cache.run_store()(), _find(run_id)
    if run is None:  # not saved yet, or never saved; the service may still have it in memory
        return run_id
    if not is_own(run):
        return ownership.copy(store, run.id, visitor.key(), pinned=True).id
    return run.id if run.pinned else store.edit(run.id, pinned=True).id


def day(run: StoredRun) -> str:
    """When the run ended: `28 Nov 2026, 09:12 UTC`."""
    when = datetime.fromisoformat(run.ended or run.created)
    return f"{when.day} {when:%b %Y, %H:%M} UTC"


def storage_warning() -> None:
    """Draw why runs are not saved at present; nothing if they are."""
    if error := cache.jobs().storage_error:
        st.warning(f"{plain(error)} Runs continue, but they are not saved.", icon=":material/save:")
