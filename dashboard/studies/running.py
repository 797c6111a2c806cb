"""The progress of a running study with its Stop button, and the buttons of a study that is not running."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core import sweep
from core.store.records import TRAINING
from core.store.studies import StoredStudy
from core.sweep.as_csv import to_csv
from core.sweep.background import Progress
from core.sweep.task import short
from dashboard import cache, visitor
from dashboard.state import TITLES
from dashboard.studies.making import attempt, start
from dashboard.texts import studies as texts
from dashboard.texts.quoting import plain
from dashboard.texts.studies import AXIS_TITLES

POLL_SECONDS = 1.0


def state(study: StoredStudy, rows: list[sweep.Row]) -> None:
    """Draw the progress of a running study, or the buttons of a study that is not running. Only the owner can delete a study."""
    name = study.name
    progress = cache.studies().look(name)
    if progress is not None and progress.running:
        st.fragment(_progress, run_every=POLL_SECONDS)(name, progress.ended)
        return
    num_open = sum(row.run is None for row in rows)
    failed = [row for row in rows if row.status == "failed"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if num_open:
            act = partial(_continue, name)
            st.button(
                "Continue", key="continue_study", icon=":material/resume:", on_click=attempt, args=(act,)
            )
        file = f"{''.join(c if c.isalnum() else '-' for c in name)}.csv"
        st.download_button(
            "CSV",
            partial(_csv, tuple(rows)),
            file,
            "text/csv",
            icon=":material/download:",
            help=texts.CSV_HELP,
            on_click="ignore",
        )
        own = study.is_owned_by(visitor.key())
        help = None if own else texts.NOT_YOURS
        with st.popover("Delete", icon=":material/delete:", disabled=not own, help=help):
            st.caption(texts.DELETE)
            st.button(
                "Delete the study", key="delete_study", on_click=attempt, args=(partial(_forget, name),)
            )
    if progress is not None and progress.error:
        st.warning(plain(progress.error, 1000), icon=":material/error:")
    elif num_open and not failed:
        st.caption(texts.STOPPED)
    if failed:
        st.warning(texts.missing(len(failed), plain(failed[-1].reason, 500)), icon=":material/error:")


def _progress(name: str, drawn: int) -> None:
    """Draw the progress, and rerun the page when another run has ended."""
    progress = cache.studies().look(name)
    if progress is None or not progress.running or progress.ended != drawn:
        st.rerun()
        return
    bar, stop = st.columns([0.86, 0.14], vertical_alignment="center")
    with bar:
        st.progress(min(progress.share, 1.0), text=_text(progress))
    with stop:
        own = progress.owner == visitor.key()
        help = None if own else texts.OTHER_OWNER
        st.button(
            "Stop",
            key="stop_study",
            icon=":material/stop:",
            disabled=not own,
            help=help,
            on_click=_stop,
            args=(name,),
        )


def _text(progress: Progress) -> str:
    task = progress.task
    current = "" if task is None else texts.WAITING if progress.position else described(task)
    return texts.progress(progress.ended, progress.total, progress.failed, current)


def described(task: sweep.Task) -> str:
    """A task in a few words: `Linear, σ = 1, mode separation 3, seed 0`."""
    problem = task.problem
    curve = problem.interpolation if task.kind == TRAINING else task.kind
    varied = [
        f"{AXIS_TITLES.get(name, plain(name))} {short(value)}"
        for name, value in task.parameters.items()
        if name not in ("interpolation", "problem")
    ]
    return ", ".join([TITLES.get(curve, curve), *varied, f"seed {problem.seed}"])


def _stop(name: str) -> None:
    cache.studies().stop(name, visitor.key())


def _continue(name: str) -> None:
    start(name, sweep.grid_of(cache.run_store()(), name))


def _forget(name: str) -> None:
    sweep.forget(cache.run_store()(), name)


def _csv(rows: tuple[sweep.Row, ...]) -> bytes:
    return to_csv(rows).encode()
