"""Explore: choose a curve, see what is known exactly, train it, and see what was learned beside it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.frames import Frames
from core.jobs.view import JobView
from core.reference.errors import NoExactFieldError, UnfitDensityError
from dashboard import cache
from dashboard.components import opening
from dashboard.components.controls import controls
from dashboard.components.maps import maps
from dashboard.components.pictures import at_time, evolution, outcome, time_slider
from dashboard.components.run import run_panel
from dashboard.components.words import ABOUT
from dashboard.state import DEFAULT, Asked

st.title("Boltzmann Curve Lab", anchor=False)
st.markdown(
    "Carry samples from a simple latent density to a target known only by its energy, "
    "along a curve of densities and the velocity that moves it."
)


def known_exactly(shown: Asked, view: JobView | None, time: float) -> tuple[Frames | None, bool]:
    """The exact frames to show, and whether they are all there are.

    What cannot be solved for is told; where an energy is not fit for it, the last picture stays.
    """
    if shown.method == "langevin":
        return cache.target_frames(shown.problem), True
    picture = view.picture if view is not None and shown.is_answered_by(view.request) else None
    if picture is not None and picture.exact is not None:
        return picture.exact, True
    try:
        exact, complete = cache.exact_frames(shown.problem, time)
        st.session_state["last_exact"] = shown.problem
    except UnfitDensityError as error:
        st.error(str(error), icon=":material/error:")
        last = st.session_state.get("last_exact")
        return (None, True) if last is None else cache.exact_frames(last, time)
    except NoExactFieldError as error:
        st.info(str(error), icon=":material/info:")
        return None, True
    # Before training, what is exact is the linear curve, and no reader shall take it for the answer.
    return (replace(exact, source="linear") if shown.method == "learned" else exact), complete


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

panels = st.container()
time = time_slider()
exact, complete = known_exactly(shown, view, time)
with panels:
    evolution(shown, exact, view, time)
if opening.charts_may_load():
    at_time(shown, exact, view, time)
    outcome(shown, exact if complete else None, view)
    maps(shown, exact if complete else None, view, time)
opening.advance()
cache.warm_up()
if not complete:
    # The first moment is on the page; the other times follow in a second pass.
    cache.complete(shown.problem)
    st.rerun()
