"""The modes of a Gaussian mixture, moved in the pictures (`player/modes.js`): where they can be, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.problem import TargetSpec
from core.targets.as_mixture import as_mixture
from dashboard.components import history, link
from dashboard.components.address import params_of_target
from dashboard.components.quoting import plain
from dashboard.components.visible_controls import CONTROLS, PARAMETERS, is_shown
from dashboard.state import Selection

_LAST = "modes_told"


def are_movable(selection: Selection) -> bool:
    """Whether the target has modes that can be taken hold of, and the link's author lets them."""
    target = selection.problem.target
    return target.entry.is_mixture and target.dim <= 2 and is_shown("target") and is_shown("means")


def move(told: Mapping[str, Any]) -> None:
    """Sets the controls; to be called before they are drawn. What cannot be is said.

    Args:
        told: what the player tells: under `target` the mixture as it is now, as `TargetSpec.to_dict` gives it, or None to have the modes
            of the present target named one by one first, where they are; and under `at` when: what was told once does not count again.
    """
    if told["at"] == st.session_state.get(_LAST):
        return
    st.session_state[_LAST] = told["at"]
    selection: Selection = st.session_state["last_selection"]
    try:
        given = told["target"]
        target = as_mixture(selection.problem.target) if given is None else TargetSpec.from_dict(given)
    except ValueError as error:
        st.toast(plain(error), icon=":material/error:")
        return
    others = {name: text for name, text in history.view().items() if name not in PARAMETERS}
    # Another target would start from a σ of its own.
    others |= {"interpolation": selection.method, "sigma": f"{selection.problem.sigma:g}"}
    link.open_with({**others, **params_of_target(target)}, CONTROLS)
