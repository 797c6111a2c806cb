"""The modes of a Gaussian mixture, moved in the pictures (`player/modes.js`): where they can be, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.targets.rearranged import as_mixture, rearranged
from dashboard.components import history, link
from dashboard.components.address import params_of_target
from dashboard.components.visible import CONTROLS, PARAMETERS, is_shown
from dashboard.state import Asked


def are_movable(asked: Asked) -> bool:
    """Whether the target has modes that can be taken hold of, and the link's author lets them."""
    target = asked.problem.target
    return target.entry.is_mixture and target.dim <= 2 and is_shown("target") and is_shown("means")


def move(asked: Asked, moved: Mapping[str, Any]) -> None:
    """Sets the controls; to be called before they are drawn. What cannot be is told.

    Args:
        asked: the controls as they were.
        moved: what the player tells: the places of all modes under `means`, and under `kept` which of the modes each was; nothing to
            have the modes named one by one first, where they are.
    """
    target = asked.problem.target
    try:
        target = rearranged(target, moved["means"], moved["kept"]) if moved else as_mixture(target)
    except ValueError as error:
        st.toast(str(error), icon=":material/error:")
        return
    others = {name: text for name, text in history.view().items() if name not in PARAMETERS}
    # Another target would start from a σ of its own.
    sigma = {"sigma": f"{asked.problem.sigma:g}"}
    link.open_with({**others, **sigma, **params_of_target(target)}, CONTROLS)
