"""Explore: choose a curve, see what is known exactly, train it, and see what was learned beside it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.frames import Frames
from core.reference.errors import NoExactFieldError
from dashboard import cache
from dashboard.components import opening
from dashboard.components.controls import controls
from dashboard.components.pictures import at_time, evolution, outcome
from dashboard.components.run import run_panel
from dashboard.components.words import ABOUT
from dashboard.state import DEFAULT, Asked

st.title("Boltzmann Curve Lab", anchor=False)
st.markdown(
    "Carry samples from a simple latent density to a target known only by its energy, "
    "along a curve of densities and the velocity that moves it."
)

asked: Asked | None
try:
    asked = controls()
    st.session_state["last_asked"] = asked
except ValueError as error:
    st.error(str(error), icon=":material/error:")
    asked = None

job_id, view = run_panel(asked)
# While the controls are not valid, the last valid picture stays.
shown = asked or st.session_state.get("last_asked") or Asked("linear", DEFAULT, 10.0)
st.caption(ABOUT[shown.method])

exact: Frames | None
try:
    if shown.method == "langevin":
        exact = cache.target_frames(shown.problem)
    else:
        exact = cache.exact_frames(shown.problem)
        if shown.method == "learned":
            # What is exact here is the linear curve that training starts from, and no reader shall take it for the answer.
            exact = replace(exact, source="linear")
except (NoExactFieldError, ValueError) as error:
    exact = None
    st.info(str(error), icon=":material/info:")

time = evolution(shown, exact, view)
if opening.charts_may_load():
    at_time(shown, exact, view, time)
    outcome(shown, exact, view)
opening.advance()
cache.warm_up()
