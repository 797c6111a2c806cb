"""The controls of the Explore page: three in plain view beside the target, everything else under one expander."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.targets.registry import TARGETS, Number
from dashboard.components import inputs
from dashboard.components.link import errors
from dashboard.components.parameters import parameter
from dashboard.components.settings import settings
from dashboard.state import DEFAULT, METHODS, Asked

TITLES = {name: entry.title for name, entry in TARGETS.items()}


def controls() -> Asked:
    """Draws the controls and reads them.

    Raises:
        ValueError: the values do not make a problem; the message is for the person at the page.
    """
    columns = st.columns([1.1, 1.7, 1, 1], gap="medium", vertical_alignment="top")
    with columns[0]:
        help = "The density to be sampled; training knows it only through its energy."
        default = DEFAULT.target.name
        target = inputs.choice("Target", "target", TITLES, default, help=help, on_change=_new_target)
    with columns[1]:
        help = "How the latent is joined to the target. Langevin is a baseline without a curve."
        method = inputs.segments("Interpolation", "interpolation", METHODS, "linear", help=help)
    with columns[2]:
        low, high, start = TARGETS[target].sigma
        help = "Scale of the latent density at t = 0."
        sigma = inputs.slider("Latent σ", "sigma", (low, high), start, key=f"{target}_sigma", help=help)
    with columns[3]:
        values = _separation(target)
    with st.expander("More settings", icon=":material/tune:"):
        asked = settings(target, method, sigma, values)
    for error in errors():
        st.warning(f"The link was not all right, so a default is shown: {error}", icon=":material/link_off:")
    return asked


def _new_target() -> None:
    """A new target starts from its own σ and parameters, not from the link's."""
    for param in ("sigma", *{name for entry in TARGETS.values() for name in entry.parameters}):
        st.query_params.pop(param, None)


def _separation(target: str) -> dict[str, Any]:
    spec = TARGETS[target].parameters.get("mode_separation")
    if not isinstance(spec, Number) or spec.slider is None:
        help = "The modes of this target stand where they are."
        st.slider("Mode separation", 0.0, 1.0, 0.0, key="no_separation", disabled=True, help=help)
        return {}
    return {"mode_separation": parameter(target, "mode_separation", spec)}
