"""The maps of a study: one for each curve, side by side, with a common colour scale. A click on a cell opens its run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from core import sweep
from core.facts import rounded
from core.problem import INTERPOLATIONS
from core.store.records import TRAINING
from core.sweep.cells import Cell, averaged, axes_of, cells, curve_of, is_too_short, quantity
from dashboard.controls import inputs
from dashboard.figures import heat
from dashboard.look.charts import theme
from dashboard.state import TITLES
from dashboard.studies.running import described
from dashboard.texts import studies as texts
from dashboard.texts.quoting import plain
from dashboard.url.address import params_of

EXPLORE = "app_pages/explore.py"
MOST_IN_A_ROW = 3
_OPEN, _CELL = "study_run_to_open", "study_cell"


def turn() -> None:
    """Go to the run of a cell that was clicked. Call this before the page is drawn."""
    if (params := st.session_state.pop(_OPEN, None)) is not None:
        st.switch_page(EXPLORE, query_params=params)


def maps(name: str, rows: Sequence[sweep.Row]) -> None:
    """Draw the maps of one quantity, which the viewer chooses."""
    axes = axes_of(rows)
    if axes is None:
        st.caption(texts.NO_MAPS)
        return
    titles = {key: title for key, (title, _) in texts.QUANTITIES.items()}
    shown = inputs.segments("Quantity", "quantity", titles, "ess_fraction", label_visibility="collapsed")
    curves = _curves(rows)
    found = {curve: cells(rows, curve, axes, shown) for curve in curves}
    everything = [cell for own in found.values() for cell in own]
    scale = heat.scale_of(shown, everything)
    for start in range(0, len(curves), MOST_IN_A_ROW):
        for column, curve in zip(
            st.columns(MOST_IN_A_ROW, gap="medium"), curves[start:][:MOST_IN_A_ROW], strict=False
        ):
            with column:
                _map(name, shown, curve, found[curve], axes, scale)
    floors = [cell.floor for cell in everything if math.isfinite(cell.floor)]
    best = texts.best(rounded(sum(floors) / len(floors), 2)) if floors else ""
    is_unknown = any(math.isnan(cell.value) for cell in everything)
    about = f"**{titles[shown]}**: {texts.QUANTITIES[shown][1]}. {best} {texts.OPEN_CELL} {texts.UNKNOWN_CELL if is_unknown else ''}"
    st.caption(about)
    others = averaged(rows, axes)
    if others:
        st.caption(texts.averaged([plain(_title(name)) for name in others]))
    if short := sum(is_too_short(row) for row in rows):
        st.caption(texts.too_short(short), help=texts.TOO_SHORT)
    _cell_runs(found, has_others=bool(others))


def _curves(rows: Sequence[sweep.Row]) -> list[str]:
    """The curves and samplers of a study, in this order: linear, learned, gradient flow, samplers."""
    there = dict.fromkeys(curve_of(row) for row in rows)
    return [
        *(name for name in INTERPOLATIONS if name in there),
        *(name for name in there if name not in INTERPOLATIONS),
    ]


def _map(
    name: str, shown: str, curve: str, own: Sequence[Cell], axes: tuple[str, str], scale: heat.Scale
) -> None:
    st.markdown(f"**{TITLES.get(curve, curve)}**")
    key = f"map-{name}-{shown}-{curve}"
    titles = (_title(axes[0]), _title(axes[1]))
    chart = heat.heat_map(own, titles, scale, theme())
    select = partial(_select, key, curve, own)
    alt = texts.map_alt(texts.QUANTITIES[shown][0], TITLES.get(curve, curve))
    st.altair_chart(chart, key=key, on_select=select, selection_mode=heat.PICKED, alt=alt)


def _title(axis: str) -> str:
    return texts.AXIS_TITLES.get(axis, axis)


def _select(key: str, curve: str, own: Sequence[Cell]) -> None:
    """Handle a click on a cell: open its only run, or list its runs."""
    points = st.session_state[key]["selection"].get(heat.PICKED) or []
    st.session_state.pop(_CELL, None)
    for cell in own:
        if points and (cell.x, cell.y) == (points[0].get("x"), points[0].get("y")):
            done = [row for row in cell.rows if row.run is not None]
            if len(done) == 1:
                st.session_state[_OPEN] = link_of(done[0])
            elif done:
                st.session_state[_CELL] = (curve, cell.x, cell.y)


def _cell_runs(found: Mapping[str, Sequence[Cell]], *, has_others: bool) -> None:
    """Draw links to the runs of the clicked cell. If they differ in more than their seeds (`has_others`), the labels are longer."""
    curve, x, y = st.session_state.get(_CELL, ("", 0, 0))
    for cell in found.get(curve, ()):
        if (cell.x, cell.y) == (x, y):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.caption(texts.CELL_RUNS, width="content")
                for row in cell.rows:
                    if row.run is not None:
                        st.page_link(
                            EXPLORE,
                            label=described(row.task) if has_others else f"seed {row.seed}",
                            query_params=link_of(row),
                            width="content",
                        )


def link_of(row: sweep.Row) -> dict[str, str]:
    """The parameters of Explore's address that open a run."""
    problem = row.task.problem
    method = problem.interpolation if row.task.kind == TRAINING else row.task.kind
    return {**params_of(problem, method), "job": str(row.run)}


def errors(rows: Sequence[sweep.Row]) -> None:
    """Draw the mode mass error of each run against the exact action of its curve, unless the study leaves the action out."""
    if not any(row.task.with_action for row in rows):
        return
    points, floors = [], []
    for row in rows:
        action, error = quantity(row, "action"), quantity(row, "mode_tv")
        if action > 0 and math.isfinite(error):
            points.append((curve_of(row), action, error, described(row.task)))
            floors.append(row.floors.mode_tv if row.floors is not None else math.nan)
    st.header(texts.ERROR_TITLE, anchor=False)
    if not points:
        st.caption(texts.NO_ERRORS)
        return
    known = [floor for floor in floors if math.isfinite(floor)]
    floor = sum(known) / len(known) if known else math.nan
    chart = heat.error_against_action(points, floor, TITLES, theme())
    st.altair_chart(chart, key="error-against-action", alt=texts.SCATTER_ALT)
    is_clipped = any(error < heat.LEAST_ERROR for _, _, error, _ in points)
    st.caption(f"{texts.ERROR_ABOUT} {texts.SMALL_ERRORS if is_clipped else ''}")
