"""The Explore page in a frame: the player with its time, and the controls that the link allows."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.controls.controls import controls
from dashboard.controls.modes import move
from dashboard.controls.preview_terms import preview_terms
from dashboard.player.component import Look, choice, player
from dashboard.results.computing import await_distances, await_exact
from dashboard.results.notes import is_still
from dashboard.results.panel_results import panel_results
from dashboard.runs import tracked_runs
from dashboard.runs.run import runs_of
from dashboard.state import DEFAULT, DEFAULT_METHOD, TITLES, Selection
from dashboard.texts.quoting import plain

# Parts of the player that need more room than a frame has.
WITHOUT = ("tools", "zoom", "predict")

selection: Selection | None
try:
    selection = controls(st.container())
    st.session_state["last_selection"] = selection
except ValueError as error:
    st.error(plain(error), icon=":material/error:")
    selection = None
shown = selection or st.session_state.get("last_selection") or Selection(DEFAULT_METHOD, DEFAULT, 10.0)
results = panel_results(shown, runs_of(tracked_runs.ids())[0], choice().moment)
panels = [result.panel for result in results if result.exact is not None or result.learned is not None]
preview = preview_terms(shown)
if panels:
    player(
        panels,
        key="explore",
        look=Look(autoplay=not is_still(results), without=WITHOUT, embedded=True),
        panel_names=TITLES,
        preview=preview if selection else None,
        on_modes=move,
    )
computing = st.container()
cache.warm_up()
await_distances([result.selection.problem for result in results if result.exact is not None])
await_exact([result.pending for result in results if result.pending is not None], computing)
