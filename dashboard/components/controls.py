"""The controls of the Explore page: three in plain view beside the target, everything else under one expander."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.jobs.request import MOST_SECONDS
from core.problem import COLLOCATIONS, OPTIMISERS, SOLVERS, Problem, SamplingSettings, TrainingSettings
from core.targets.registry import TARGETS, Integer, Number, Numbers, Parameter, Places
from dashboard.components import inputs
from dashboard.components.link import errors
from dashboard.state import DEFAULT, METHODS, Asked

TITLES = {name: entry.title for name, entry in TARGETS.items()}
LABELS = {
    "mode_separation": "Mode separation",
    "dim": "Dimensions",
    "num_modes": "Number of modes",
    "std": "Standard deviation",
    "weights": "Weights",
    "means": "Means",
}


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
        asked = _settings(target, method, sigma, values)
    for error in errors():
        st.warning(f"The link was not all right, so a default is shown: {error}", icon=":material/link_off:")
    return asked


def _new_target() -> None:
    """A new target starts from its own σ and parameters, not from the link's."""
    for param in ("sigma", *LABELS):
        st.query_params.pop(param, None)


def _separation(target: str) -> dict[str, Any]:
    parameter = TARGETS[target].parameters.get("mode_separation")
    if not isinstance(parameter, Number) or parameter.slider is None:
        help = "The modes of this target stand where they are."
        st.slider("Mode separation", 0.0, 1.0, 0.0, key="no_separation", disabled=True, help=help)
        return {}
    return {"mode_separation": _parameter(target, "mode_separation", parameter)}


def _settings(target: str, method: str, sigma: float, values: dict[str, Any]) -> Asked:
    about, training, network, sampling = st.columns(4, gap="medium")
    learn, sample = TrainingSettings(), SamplingSettings()
    with about:
        st.markdown("**Target**")
        st.caption(TARGETS[target].definition)
        for name, parameter in TARGETS[target].parameters.items():
            if name not in values:
                values = {**values, name: _parameter(target, name, parameter)}
    with training:
        st.markdown("**Training**")
        seconds = inputs.integer("Seconds of training", "seconds", (1, int(MOST_SECONDS)), 10)
        seed = inputs.integer("Seed", "seed", (0, 2**31 - 1), DEFAULT.seed)
        collocation = inputs.choice("Collocation", "collocation", COLLOCATIONS, learn.collocation)
    with network:
        st.markdown("**Network**")
        optimiser = inputs.choice("Optimiser", "optimiser", OPTIMISERS, learn.optimiser)
        width = inputs.integer("Width", "width", (4, 512), learn.width)
        depth = inputs.integer("Depth", "depth", (1, 8), learn.depth)
        batch_size = inputs.integer("Points a step", "batch_size", (16, 8192), learn.batch_size, step=64)
    with sampling:
        st.markdown("**Sampling**")
        solver = inputs.choice("ODE solver", "solver", SOLVERS, sample.solver)
        num_steps = inputs.integer("Steps of the solver", "num_steps", (2, 1000), sample.num_steps)
        help = "A larger β lets the flow forget the target more fully at t = 0."
        beta_max = inputs.slider(
            "Largest β of the gradient flow", "beta_max", (5.0, 60.0), DEFAULT.beta_max, step=1.0, help=help
        )
    problem = {
        "target": {"name": target, **values},
        "interpolation": "linear" if method == "langevin" else method,
        "sigma": sigma,
        "beta_max": beta_max,
        "seed": seed,
        "training": {
            "width": width,
            "depth": depth,
            "batch_size": batch_size,
            "optimiser": optimiser,
            "collocation": collocation,
        },
        "sampling": {"solver": solver, "num_steps": num_steps},
    }
    return Asked(method, Problem.from_dict(problem), float(seconds))


def _parameter(target: str, name: str, parameter: Parameter) -> Any:
    """A widget for one parameter of a target, and its value."""
    label, help, key = LABELS[name], parameter.help, f"{target}_{name}"
    default: Any = parameter.default
    if isinstance(parameter, Integer):
        limits = (parameter.minimum, parameter.maximum)
        return inputs.integer(label, name, limits, default, help=help, key=key)
    if isinstance(parameter, Number):
        bounds = parameter.slider or (parameter.minimum, parameter.maximum)
        return inputs.slider(label, name, bounds, default, help=help, key=key)
    if isinstance(parameter, Places):
        start = "\n".join(", ".join(f"{value:g}" for value in point) for point in default)
        lines = inputs.text(label, name, start, area=True, key=key, help=f"{help} One point a line.")
        return [_numbers(label, line) for line in lines.splitlines() if line.strip()]
    return _number_list(label, name, key, parameter)


def _number_list(label: str, name: str, key: str, parameter: Numbers) -> Any:
    start = "" if parameter.default is None else f"{parameter.default:g}"
    given = inputs.text(label, name, start, key=key, help=parameter.help, placeholder="equal")
    if not given.strip():
        return None
    values = _numbers(label, given)
    return values[0] if parameter.scalar and len(values) == 1 else values


def _numbers(label: str, text: str) -> list[float]:
    """Numbers separated by commas or blanks.

    Raises:
        ValueError: one of them is not a number.
    """
    try:
        return [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        raise ValueError(f"{label}: write numbers separated by commas; got “{text.strip()}”.") from None
