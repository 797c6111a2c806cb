"""The controls of the Explore page: three in plain view under the target, everything else under one expander."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.jobs.request import MOST_SECONDS
from core.problem import COLLOCATIONS, OPTIMISERS, SOLVERS, Problem
from core.targets.registry import TARGETS, Integer, Number, Numbers, Parameter, Places
from dashboard.state import DEFAULT, METHODS, Asked

SPECIAL = ("mode_separation",)
# Where the page starts from other values than the engine does.
PAGE_DEFAULTS = {"two_modes": DEFAULT.target.values}


def controls() -> Asked:
    """Draws the controls and reads them.

    Raises:
        ValueError: the values do not make a problem; the message is for the person at the page.
    """
    target_column, method_column, sigma_column, separation_column = st.columns(
        [1.1, 1.7, 1, 1], gap="medium", vertical_alignment="top"
    )
    with target_column:
        target = st.selectbox(
            "Target",
            list(TARGETS),
            format_func=lambda name: TARGETS[name].title,
            key="target",
            bind="query-params",
            on_change=_new_target,
            help="The density to be sampled, known to the training only through its energy.",
        )
    with method_column:
        method = st.segmented_control(
            "Interpolation",
            list(METHODS),
            default="linear",
            required=True,
            format_func=METHODS.__getitem__,
            key="interpolation",
            bind="query-params",
            help="How the latent is joined to the target. Langevin is a baseline without a curve.",
        )
    with sigma_column:
        low, high, start = TARGETS[target].sigma
        sigma = _slider("Latent σ", "sigma", low, high, start, "Scale of the latent density at t = 0.")
    with separation_column:
        separation = _separation(target)
    with st.expander("More settings", icon=":material/tune:"):
        return _settings(str(target), str(method), sigma, separation)


def _new_target() -> None:
    """A new target starts from its own σ and separation."""
    for key in ("sigma", "mode_separation"):
        st.session_state.pop(key, None)


def _slider(label: str, key: str, low: float, high: float, start: float, help: str) -> float:
    held = st.session_state.get(key)
    if isinstance(held, (int, float)) and not low <= held <= high:
        del st.session_state[key]
    return st.slider(
        label, low, high, start, 0.1, key=key, bind="query-params", help=help, format="%.1f"
    )


def _separation(target: str) -> dict[str, float]:
    parameter = TARGETS[target].parameters.get("mode_separation")
    if not isinstance(parameter, Number) or parameter.slider is None:
        help = "The modes of this target stand where they stand."
        st.slider("Mode separation", 0.0, 1.0, 0.0, key="no_separation", disabled=True, help=help)
        return {}
    low, high = parameter.slider
    value = _slider("Mode separation", "mode_separation", low, high, parameter.default, parameter.help)
    return {"mode_separation": value}


def _settings(target: str, method: str, sigma: float, values: dict[str, Any]) -> Asked:
    about, training, network, sampling = st.columns(4, gap="medium")
    with about:
        st.markdown("**Target**")
        st.caption(TARGETS[target].definition)
        given = PAGE_DEFAULTS.get(target, {})
        for name, parameter in TARGETS[target].parameters.items():
            if name not in SPECIAL:
                default = given.get(name, parameter.default)
                values = {**values, name: _parameter(target, name, parameter, default)}
    with training:
        st.markdown("**Training**")
        seconds = st.slider(
            "Seconds of training", 1, int(MOST_SECONDS), 10, key="seconds", bind="query-params"
        )
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="seed", bind="query-params")
        collocation = _choice("Collocation", "collocation", COLLOCATIONS, "mixed")
    with network:
        st.markdown("**Network and optimiser**")
        width = st.number_input("Width", 4, 512, 40, key="width", bind="query-params")
        depth = st.number_input("Depth", 1, 8, 3, key="depth", bind="query-params")
        batch_size = st.number_input("Points a step", 16, 8192, 512, 64, key="batch_size", bind="query-params")
        optimiser = _choice("Optimiser", "optimiser", OPTIMISERS, "gauss_newton")
    with sampling:
        st.markdown("**Sampling**")
        solver = _choice("ODE solver", "solver", SOLVERS, "rk4")
        num_steps = st.number_input("Steps of the solver", 2, 1000, 50, key="num_steps", bind="query-params")
        beta_max = st.slider(
            "Largest β of the gradient flow", 5.0, 60.0, 20.0, 1.0, key="beta_max", bind="query-params",
            help="A larger β makes the flow forget the target more fully at t = 0.",
        )  # fmt: skip
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


def _choice(label: str, key: str, options: dict[str, str], default: str) -> str:
    return st.selectbox(
        label,
        list(options),
        index=list(options).index(default),
        format_func=options.__getitem__,
        key=key,
        bind="query-params",
    )


def _parameter(target: str, name: str, parameter: Parameter, default: Any) -> Any:
    """A widget for one parameter of a target, and its value."""
    key, label = f"{target}_{name}", name.replace("_", " ").capitalize()
    label = {"Dim": "Dimensions", "Num modes": "Number of modes", "Std": "Standard deviation"}.get(label, label)
    if isinstance(parameter, Integer):
        return st.number_input(
            label, parameter.minimum, parameter.maximum, default, key=key, bind="query-params", help=parameter.help
        )
    if isinstance(parameter, Number):
        low, high = parameter.slider or (parameter.minimum, parameter.maximum)
        return _slider(label, key, low, high, default, parameter.help)
    if isinstance(parameter, Places):
        text = "\n".join(", ".join(f"{value:g}" for value in point) for point in default)
        text = st.text_area(label, text, key=key, bind="query-params", help=f"{parameter.help} One point a line.")
        return [_numbers(label, line) for line in text.splitlines() if line.strip()]
    return _number_list(label, key, parameter, default)


def _number_list(label: str, key: str, parameter: Numbers, default: float | None) -> Any:
    text = "" if default is None else f"{default:g}"
    text = st.text_input(label, text, key=key, bind="query-params", help=parameter.help, placeholder="equal")
    if not text.strip():
        return None
    values = _numbers(label, text)
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
