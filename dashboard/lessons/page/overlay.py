"""Combine a step's view with the address, which contains only what the viewer has changed.

Before the controls are drawn, `lay` fills the address with the step's view, so that the controls of the Explore page work here, too.
After the page is drawn, `lift` removes all parameters that equal those of the step's view.
"""

from __future__ import annotations

import streamlit as st

from core.targets.registry import TARGETS
from dashboard.controls import names
from dashboard.controls.names import CONTROLS, NONE, PARAM, PARAMETERS
from dashboard.lessons.page.place import Place
from dashboard.lessons.records import Step
from dashboard.player.component import PARAMETERS as OF_PLAYER
from dashboard.state import Selection
from dashboard.url import address_bar
from dashboard.url.address import all_params_of, text_of

TIME = address_bar.TIME
_AT = "lesson_at"


def lay(place: Place) -> None:
    """Add the step's view to the address; the viewer's changes take precedence."""
    now, step = address_bar.now(), place.step
    _forget_time(place)
    base = dict(step.view.params)
    target = now.get("target", base.get("target"))
    if target != base.get("target"):  # another target does not have the parameters of the step's
        base = {name: text for name, text in base.items() if name not in ("target", "sigma", *PARAMETERS)}
    own = {name: text for name, text in now.items() if name in (*CONTROLS, *OF_PLAYER)}
    shown = [name for name in step.controls if name in names.NAMES]
    address_bar.replace({**base, **own, PARAM: ",".join(shown) or NONE}, (*CONTROLS, *OF_PLAYER))


def _forget_time(place: Place) -> None:
    """Remove the time of another step, which Back leaves in the address."""
    if st.session_state.get(_AT, place.key) != place.key and TIME not in st.query_params:
        address_bar.put(TIME, None)
    st.session_state[_AT] = place.key


def lift(step: Step, selection: Selection | None) -> None:
    """Leave only the viewer's changes in the address.

    Args:
        step: the step.
        selection: the viewer's settings; None while they are invalid.
    """
    address_bar.put(PARAM, None)
    base = dict(step.view.params)
    for name in OF_PLAYER:
        if _is_same(address_bar.now().get(name), base.get(name)):
            address_bar.put(name, None)
    if selection is None:
        return
    start = all_params_of(step.view.problem, step.view.method) | {"seconds": base.get("seconds", "10")}
    full = all_params_of(selection.problem, selection.method) | {"seconds": text_of(selection.seconds)}
    own = TARGETS[selection.problem.target.name].parameters
    changed = {
        name: text
        for name, text in full.items()
        if name in CONTROLS and start.get(name) != text and (name not in PARAMETERS or name in own)
    }
    address_bar.replace(changed, CONTROLS)


def _is_same(text: str | None, other: str | None) -> bool:
    if text is None or other is None:
        return text is other
    try:
        return float(text) == float(other)
    except ValueError:
        return text == other
