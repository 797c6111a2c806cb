"""The Explore page: select curves, see their exact pictures, train them, and compare the results."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import cache
from dashboard.controls.controls import controls, tools
from dashboard.controls.examples import sentence
from dashboard.controls.modes import move
from dashboard.controls.preview_terms import preview_terms
from dashboard.handouts.download import download
from dashboard.lessons.page import first_visit, learn
from dashboard.look import prose
from dashboard.look.tour import tour
from dashboard.pins.pins import pin_buttons
from dashboard.player.component import Look, choice, player
from dashboard.results.comparisons import compared, menu, offers
from dashboard.results.computing import await_distances, await_exact
from dashboard.results.maps import maps
from dashboard.results.notes import ends, is_still, notes
from dashboard.results.panel_results import PanelResult, panel_results
from dashboard.results.pictures import outcome
from dashboard.runs.records import Run
from dashboard.runs.run import run_panel
from dashboard.runs.saved import equal_runs, with_equal
from dashboard.state import DEFAULT, DEFAULT_METHOD, TITLES, Selection
from dashboard.texts import explore as texts
from dashboard.texts.quoting import plain


def below(result: PanelResult, runs: dict[str, Run], time: float) -> None:
    """Draw the details of a learned result."""
    outcome(result, runs, learn.heading)
    maps(result, time, learn.heading)


def detail_of(learned: dict[str, PanelResult]) -> str | None:
    """The method whose details are shown, or none. Before any run, details are shown only if the viewer selects a method.

    Browsers draw charts slowly, and the player must not have to wait for them.
    """
    ran = any(result.run is not None for result in learned.values())
    if not learned or (ran and len(learned) == 1):
        return next(iter(learned), None)
    # A new run opens its details, even if the viewer has closed those of earlier runs.
    return st.segmented_control(
        "Samples, metrics and maps",
        list(learned),
        default=next((name for name, result in learned.items() if result.run), None),
        format_func=TITLES.__getitem__,
        key=f"detail-{'-'.join(learned)}-{ran}",
    )


first_visit.offer()
# Keep the space above the pictures small, so that they are visible without scrolling.
title, about, corner = st.columns([0.285, 0.325, 0.39], gap="small", vertical_alignment="center")
title.container(horizontal=True).title("Boltzmann Curve Lab", anchor=False)
with about.container(key="about"):
    prose.caption(texts.ABOUT_PAGE, "about")
examples, choices = st.container(), st.container()
*run, compare, more = st.container(key="run").columns(
    [0.13, 0.13, 0.38, 0.17, 0.19], gap="small", vertical_alignment="center"
)

selection: Selection | None
try:
    with choices:
        selection = controls(more)
    st.session_state["last_selection"] = selection
except ValueError as error:
    st.error(plain(error), icon=":material/error:")
    selection = None

equal = equal_runs(selection)
runs = run_panel(selection, run, equal)
menu(selection, runs, compare)
# While the settings are invalid, the last valid pictures stay.
shown = selection or st.session_state.get("last_selection") or Selection(DEFAULT_METHOD, DEFAULT, 10.0)
caption = st.container(key="sentence").empty()
offers(selection, runs)

results = panel_results(shown, with_equal(shown, runs, equal), choice().moment)
with caption.container():
    prose.caption((is_still(results) and ends(results)) or sentence(shown), "sentence")
results += compared(shown, runs, min(shown.problem.target.dim, 2))
panels = [result.panel for result in results if result.exact is not None or result.learned is not None]
preview = preview_terms(shown)
# No previews while a setting is invalid.
ahead = preview if selection else None
time = (
    player(
        panels,
        key="explore",
        look=Look(autoplay=not is_still(results), learn=learn.of_player()),
        panel_names=TITLES,
        preview=ahead,
        on_modes=move,
    ).moment
    if panels
    else 1.0
)
if panels:
    learn.row([panel.method for panel in panels])
tools(
    selection,
    examples,
    corner.container(key="tools", horizontal=True, horizontal_alignment="right", gap="small"),
    {result.selection.method: steps for result in results if (steps := result.steps_made) is not None},
    partial(download, selection, results) if selection and panels else None,
)
computing, noted = st.container(), st.container()
pin_buttons(results, runs)
learned = {result.selection.method: result for result in results if result.learned is not None}
if any(result.is_outdated_and_running for result in results):
    # The details are shown when the run ends. Redrawing their charts with every new picture would slow down the controls.
    st.caption(texts.OLD_RUN)
elif (method := detail_of(learned)) is not None:
    below(learned[method], runs, time)
elif not learned:
    st.caption(texts.train_first(len(results), bool(panels)))
for note in notes(shown, results):
    noted.caption(f":material/info: {note}")
cache.warm_up()
await_distances([result.selection.problem for result in results if result.exact is not None])
await_exact([result.pending for result in results if result.pending is not None], computing)
tour()
