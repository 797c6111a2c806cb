"""The controls under "More settings": the target's other parameters, training, network, sampling."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import streamlit as st

from core.jobs.request import MOST_SECONDS
from core.problem import (
    CENTERS,
    COLLOCATIONS,
    INTERPOLATIONS,
    OPTIMISERS,
    SOLVERS,
    STARTS,
    Problem,
    SamplingSettings,
    TrainingSettings,
)
from core.targets import registry
from core.targets.registry import TARGETS
from dashboard.controls import inputs
from dashboard.controls.faults import Faults
from dashboard.controls.names import GRADIENT_FLOW, NETWORK, SAMPLING, SETTINGS, TRAINING
from dashboard.controls.parameters import parameter
from dashboard.controls.visible_controls import is_drawn
from dashboard.state import DEFAULT, Selection
from dashboard.texts import explore as texts

LEARN, SAMPLE = TrainingSettings(), SamplingSettings()


def settings(target: str, method: str, sigma: float, values: dict[str, Any], faults: Faults) -> Selection:
    """Draw the settings; returns the whole selection.

    Args:
        target: name of a registered target.
        method: a key of METHODS.
        sigma: scale of the latent, in units of x.
        values: the parameters of the target among the main controls.
        faults: the errors of the main controls; collects those of the settings, too.

    Raises:
        ValueError: the values do not form a valid problem.
    """
    about, training, network, sampling = (
        st.columns(4, gap="medium") if is_drawn(*SETTINGS) else [nullcontext()] * 4
    )
    with about:
        values = _target(target, values, faults)
        center = inputs.choice("Latent's centre", "center", CENTERS, DEFAULT.center, help=texts.CENTER)
    with training:
        _heading("Training", *TRAINING)
        seconds = inputs.integer(
            "Seconds of training", "seconds", (1, int(MOST_SECONDS)), 10, help=texts.SECONDS
        )
        learn = _training()
        seed = inputs.integer("Seed", "seed", (0, 2**31 - 1), DEFAULT.seed, help=texts.SEED)
    with network:
        learn |= _network()
    with sampling:
        sample = _sampling()
        beta_max, learn["start"] = _gradient_flow()
    faults.refuse()
    problem = {
        "target": {"name": target, **values},
        "interpolation": method if method in INTERPOLATIONS else "linear",
        "sigma": sigma,
        "center": center,
        "beta_max": beta_max,
        "seed": seed,
        "training": learn,
        "sampling": sample,
    }
    return Selection(method, Problem.from_dict(problem), float(seconds))


def _heading(text: str, *names: str) -> None:
    """Draw a heading over controls if one of them is drawn."""
    if is_drawn(*names):
        st.markdown(f"**{text}**")


def _target(target: str, values: dict[str, Any], faults: Faults) -> dict[str, Any]:
    """All parameters of the target; the default replaces an invalid value."""
    rest = {name: spec for name, spec in TARGETS[target].parameters.items() if name not in values}
    if is_drawn("settings", *rest):
        st.markdown("**Target**")
        st.caption(TARGETS[target].definition)
    values = dict(values)
    for name, spec in rest.items():
        with faults.beside(name):
            values[name] = spec.default
            values[name] = spec.check(name, parameter(target, name, spec))
    for name in ("std", "weights"):
        with faults.beside(name):
            registry.check_count(target, name, values)
    return values


def _training() -> dict[str, Any]:
    optimiser = inputs.choice("Optimiser", "optimiser", OPTIMISERS, LEARN.optimiser, help=texts.OPTIMISER)
    # Gauss–Newton ignores the learning rate. A value left over from Adam must not make two equal runs differ.
    own = optimiser == "gauss_newton"
    default, help = LEARN.learning_rate, texts.LEARNING_RATE
    rate = inputs.number(
        "Learning rate", "learning_rate", (1e-6, 1.0), default, step=0.001, help=help, disabled=own
    )
    return {"optimiser": optimiser, "learning_rate": default if own else rate}


def _network() -> dict[str, Any]:
    _heading("Network", *NETWORK)
    width = inputs.integer("Width", "width", (4, 512), LEARN.width, help=texts.WIDTH)
    depth = inputs.integer("Depth", "depth", (1, 8), LEARN.depth, help=texts.DEPTH)
    collocation = inputs.choice(
        "Collocation", "collocation", COLLOCATIONS, LEARN.collocation, help=texts.COLLOCATION
    )
    help = texts.batch_size(LEARN.num_points(1), LEARN.num_points(2))
    batch_size: int | None = inputs.integer(
        "Points per step", "batch_size", (16, 8192), None, step=64, help=help, placeholder="automatic"
    )
    return {"width": width, "depth": depth, "collocation": collocation, "batch_size": batch_size}


def _sampling() -> dict[str, Any]:
    _heading("Sampling", *SAMPLING)
    solver = inputs.choice("ODE solver", "solver", SOLVERS, SAMPLE.solver, help=texts.SOLVER)
    num_steps = inputs.integer(
        "Steps of the solver", "num_steps", (2, 1000), SAMPLE.num_steps, help=texts.NUM_STEPS
    )
    return {"solver": solver, "num_steps": num_steps}


def _gradient_flow() -> tuple[float | None, str]:
    """The gradient flow's largest β and the start of its training."""
    _heading("Gradient flow", *GRADIENT_FLOW)
    help = texts.BETA_MAX
    beta_max: float | None = inputs.number(
        "Largest β", "beta_max", (1.0, 100.0), None, step=1.0, help=help, placeholder="automatic"
    )
    return beta_max, inputs.choice("Start of training", "start", STARTS, LEARN.start, help=texts.START)
