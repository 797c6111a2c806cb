"""Actions for selected runs: compare, pin, resume, export, delete, and edit name and note."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from core.jobs.saved_runs import is_early, request_of
from core.jobs.service import BusyError
from core.store import archive, ownership
from core.store.errors import StoreError
from core.store.records import StoredRun
from core.store.store import LONGEST_NAME, LONGEST_NOTE
from dashboard import cache, visitor
from dashboard.pins import pins
from dashboard.pins.pin import name_of
from dashboard.runs import saved
from dashboard.texts import runs as texts
from dashboard.texts.quoting import plain

COMPARE = "app_pages/compare.py"
_DELETED, _ERROR, _TURN = "runs_deleted", "runs_error", "runs_turn"


def notices() -> None:
    """Draw the message of the last action: an error, or the offer to undo a deletion."""
    if error := st.session_state.pop(_ERROR, ""):
        st.warning(error, icon=":material/save:")
    if deleted := st.session_state.get(_DELETED):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(texts.deleted(len(deleted)), width="content")
            st.button("Undo", key="undo_delete", icon=":material/undo:", on_click=_restore, args=(deleted,))
    if st.session_state.pop(_TURN, False):
        st.switch_page(COMPARE)


def actions(runs: Sequence[StoredRun]) -> None:
    """Draw the buttons for the selected runs.

    Args:
        runs: the selected runs.
    """
    own = [run for run in runs if saved.is_own(run)]
    comparable = [run for run in runs if run.result.report is not None and saved.has_picture(run)]
    early = [run for run in own if is_early(run.result.status) and saved.has_checkpoint(run)]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run-actions"):
        st.caption(texts.picked(len(runs)) if runs else texts.PICK, width="content")
        most = pins.MOST_COMPARED
        help = texts.COMPARE if len(comparable) <= most else texts.too_many(most)
        unfit = not comparable or len(comparable) > most
        _button("Compare", "compare", unfit, "compare", _compare, comparable, help)
        is_pinned = bool(own) and all(run.pinned for run in own)
        label, pin_help = ("Unpin", texts.UNPIN) if is_pinned else ("Pin", texts.PIN)
        _button(
            label,
            "pin",
            not own,
            "keep_off" if is_pinned else "keep",
            partial(_pin, not is_pinned),
            own,
            pin_help,
        )
        if early:
            _button("Resume", "resume", False, "resume", _resume, early, texts.RESUME)
        st.download_button(
            "Export",
            partial(exported, tuple(run.id for run in runs)),
            "runs.zip",
            "application/zip",
            icon=":material/download:",
            key="export-runs",
            help=texts.EXPORT,
            disabled=not runs,
            on_click="ignore",
        )
        _button("Delete", "delete", not own, "delete", _delete, own, texts.DELETE)
    if len(runs) == 1 and own:
        _texts(own[0])


def _button(
    label: str,
    key: str,
    disabled: bool,
    icon: str,
    act: Callable[[Sequence[StoredRun]], None],
    runs: Sequence[StoredRun],
    help: str,
) -> None:
    st.button(
        label,
        key=f"{key}-runs",
        icon=f":material/{icon}:",
        disabled=disabled,
        help=help,
        on_click=_attempt,
        args=(act, runs),
    )


def _attempt(act: Callable[[Sequence[StoredRun]], None], runs: Sequence[StoredRun]) -> None:
    """Run an action of the store; an error becomes a sentence on the page."""
    st.session_state.pop(_DELETED, None)
    try:
        act(runs)
    except (StoreError, BusyError) as error:
        st.session_state[_ERROR] = plain(error, 1000)


def _compare(runs: Sequence[StoredRun]) -> None:
    pins.set_names([name_of(run.id, request_of(run)) for run in runs])
    st.session_state[_TURN] = True


def _pin(pinned: bool, runs: Sequence[StoredRun]) -> None:
    for run in runs:
        cache.run_store()().edit(run.id, pinned=pinned)
        if not pinned:
            _stop_sharing(run)


def _stop_sharing(run: StoredRun) -> None:
    """Remove an unpinned or deleted run from the server's memory, too, since anyone with its link could still open it from there."""
    cache.jobs().forget(run.id, owner=visitor.key())


def _resume(runs: Sequence[StoredRun]) -> None:
    for run in runs:
        saved.resume(run)


def _delete(runs: Sequence[StoredRun]) -> None:
    for run in runs:
        ownership.discard(cache.run_store()(), run.id)
        _stop_sharing(run)
        st.session_state[_DELETED] = [*st.session_state.get(_DELETED, []), run.id]


def _restore(run_ids: Sequence[str]) -> None:
    def restore(_: Sequence[StoredRun]) -> None:
        for run_id in run_ids:
            ownership.restore(cache.run_store()(), run_id)

    _attempt(restore, ())


def exported(run_ids: Sequence[str]) -> bytes:
    """A zip file with the runs of these ids, except those that this browser may not see. `python -m core runs import` reads it."""
    runs = [run for run in map(saved.find, run_ids) if run is not None]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.zip"
        archive.export(cache.run_store()(), runs, path)
        return path.read_bytes()


def _texts(run: StoredRun) -> None:
    """Draw the fields for a run's name and note."""
    name, note = f"name-{run.id}", f"note-{run.id}"
    with st.form(f"texts-{run.id}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", run.name, LONGEST_NAME, key=name, width=260)
        st.text_input("Note", run.note, LONGEST_NOTE, key=note)
        st.form_submit_button("Save", icon=":material/save:", on_click=_write, args=(run.id, name, note))


def _write(run_id: str, name: str, note: str) -> None:
    def write(_: Sequence[StoredRun]) -> None:
        state = st.session_state
        cache.run_store()().edit(run_id, name=state[name].strip(), note=state[note].strip())

    _attempt(write, ())
