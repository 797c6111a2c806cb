"""Checks and applies moved modes: the viewer drags Gaussian modes in the pictures (`player/modes.js`), which changes the controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.as_mixture import as_mixture
from core.problem import TargetSpec
from dashboard.controls import history
from dashboard.controls.names import CONTROLS, PARAMETERS
from dashboard.controls.visible_controls import is_shown
from dashboard.state import Selection
from dashboard.texts.quoting import plain
from dashboard.url import link
from dashboard.url.address import params_of_target

_LAST = "modes_moved_at"


def are_movable(selection: Selection) -> bool:
    """Whether the target is a Gaussian mixture in at most two dimensions and the link shows its controls."""
    target = selection.problem.target
    return target.entry.is_mixture and target.dim <= 2 and is_shown("target") and is_shown("means")


def move(message: Mapping[str, Any]) -> None:
    """Set the controls to the modes that the viewer moved. Call this before the controls are drawn. Invalid modes are reported and change
    nothing.

    Args:
        message: from the player. `target` is the new mixture (see `TargetSpec.to_dict`), or None to convert the current target to a mixture
            first; `at` is the time of the message, which prevents it from being applied twice.
    """
    if message["at"] == st.session_state.get(_LAST):
        return
    st.session_state[_LAST] = message["at"]
    selection: Selection = st.session_state["last_selection"]
    try:
        given = message["target"]
        target = as_mixture(selection.problem.target) if given is None else TargetSpec.from_dict(given)
    except ValueError as error:
        st.toast(plain(error), icon=":material/error:")
        return
    others = {name: text for name, text in history.view().items() if name not in PARAMETERS}
    # Keep σ: a new target would otherwise start with its default σ.
    others |= {"interpolation": selection.method, "sigma": f"{selection.problem.sigma:g}"}
    link.open_with({**others, **params_of_target(target)}, CONTROLS)
