"""The paper's figures on the Studies page: a button for each that trains its runs, and the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from core import sweep
from core.paper.figures import FIGURES, Figure
from core.paper.measured import measure
from core.paper.training import grid_of, seconds_of, stored
from core.paper.verdict import Seen, Verdict
from core.sweep.phase_grid import estimate
from dashboard import cache
from dashboard.studies.choosing import choose
from dashboard.studies.making import attempt, start
from dashboard.texts import studies as texts
from dashboard.texts.paper import SEEN
from dashboard.texts.quoting import plain

POLL_SECONDS = 0.5
_KEPT = "paper_report"
_COLOURS: dict[Seen, str] = {"yes": "green", "no": "orange", "undecided": "gray"}


class Preparation:
    """The report on all figures, computed in the background.

    Attributes:
        page: the report as HTML in UTF-8; None until it is complete.
        verdicts: the verdict on each figure so far, by its name.
    """

    def __init__(self, trained: frozenset[str]) -> None:
        self.page: bytes | None = None
        self.verdicts = dict[str, Verdict]()
        self._trained = trained

    def solve(self, report: Callable[[float], None]) -> None:
        """Compute the report. `report` receives the progress from 0 to 1, and may raise an exception to cancel the work."""
        from dashboard.paper.report import html

        measured = []
        for k, (name, figure) in enumerate(FIGURES.items()):
            report(k / len(FIGURES))
            store = cache.run_store()()
            runs = stored(figure, store) if name in self._trained else []
            measured.append(measure(figure, runs, seconds_of(figure, store)))
            self.verdicts[name] = measured[-1].verdict
        self.page = html(measured).encode()


def paper_figures(studies: Mapping[str, str]) -> None:
    """Draw the figures.

    Args:
        studies: the saved studies by name.
    """
    for column, figure in zip(_columns(len(FIGURES)), FIGURES.values(), strict=True):
        with column, st.container(border=True, height="stretch"):
            try:
                _card(figure, figure.name in studies)
            except ValueError as error:  # this version cannot read the saved study
                st.warning(plain(error, 1000), icon=":material/error:")
    st.caption(texts.OPENING)
    _report(frozenset(name for name in FIGURES if name in studies))


def _columns(count: int) -> list[st.delta_generator.DeltaGenerator]:
    """Columns for cards, three in a row."""
    rows = -(-count // 3)
    return [column for _ in range(rows) for column in st.columns(3, gap="small")][:count]


def _card(figure: Figure, is_saved: bool) -> None:
    """Draw a figure: its claim, its runs and, once the report is prepared, the verdict."""
    name, store = figure.name, cache.run_store()()
    grid = sweep.grid_of(store, name) if is_saved else grid_of(figure)
    num_open = len(grid.tasks)
    if is_saved:
        num_open = sum(row.run is None for row in sweep.table(store, name))
    st.markdown(texts.figure_line(name.removeprefix("figure"), figure.title))
    st.caption(figure.claim)
    st.caption(texts.figure_state(len(grid.tasks) - num_open, len(grid.tasks), estimate(grid, num_open)))
    prepared: Preparation | None = st.session_state.get(_KEPT)
    if prepared is not None and (verdict := prepared.verdicts.get(name)) is not None:
        st.markdown(f":{_COLOURS[verdict.seen]}[**{SEEN[verdict.seen]}.**] {plain(verdict.sentence, 1000)}")
    progress = cache.studies().look(name)
    with st.container(horizontal=True):
        if num_open and (progress is None or not progress.running):
            act = partial(start, name, grid)
            st.button(
                "Train", key=f"train-{name}", icon=":material/play_arrow:", on_click=attempt, args=(act,)
            )
        if is_saved:
            st.button("Show", key=f"show-{name}", icon=":material/visibility:", on_click=choose, args=(name,))


def _report(trained: frozenset[str]) -> None:
    found: Preparation | None = st.session_state.get(_KEPT)
    if found is None:
        st.button(
            "Prepare the report",
            key="prepare_report",
            icon=":material/html:",
            help=texts.REPORT_HELP,
            on_click=lambda: st.session_state.__setitem__(_KEPT, Preparation(trained)),
        )
    elif found.page is None:
        st.fragment(_progress, run_every=POLL_SECONDS)(found)
    else:
        with st.container(horizontal=True):
            st.download_button(
                "Save the report",
                found.page,
                "report.html",
                "text/html",
                icon=":material/download:",
                on_click="ignore",
            )
            st.button(
                "Prepare again", key="prepare_again", on_click=lambda: st.session_state.pop(_KEPT, None)
            )


def _progress(preparation: Preparation) -> None:
    state = cache.background().look(preparation, preparation.solve)
    if preparation.page is not None:
        st.rerun()
    if state.error is not None:
        st.error(plain(state.error), icon=":material/error:")
        return
    st.progress(state.share, text=texts.preparing(state.share))
