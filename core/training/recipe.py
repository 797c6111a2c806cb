"""How a curve was trained, as plain data to store and show with its result."""

from __future__ import annotations

from typing import Any

from core.interpolations.base import AbstractInterpolation
from core.interpolations.gradient_flow import GradientFlowInterpolation
from core.interpolations.surveyed import SurveyedInterpolation
from core.networks import MANY_DIMENSIONS, OWN_UNITS
from core.problem import COLLOCATIONS, OPTIMISERS, TrainingSettings


def recipe(model: AbstractInterpolation, settings: TrainingSettings) -> dict[str, Any]:
    """Describe a training run: initial curve, network, optimiser, collocation points, clock and box.

    Training uses only the target's energy, scale and box.

    Args:
        model: the trained curve.
        settings: the training settings of its problem.

    Returns:
        JSON-serialisable values by name.
    """
    return {
        "start": _start(model),
        "network": f"{settings.depth} layers of {settings.width} units{_own_units(model.dim)}{_energy_input(model)}",
        "parameters": sum(p.numel() for p in model.parameters()),
        "optimiser": OPTIMISERS[settings.optimiser],
        "collocation": f"{COLLOCATIONS[settings.collocation]}, {settings.num_points(model.dim)} fresh points per step, "
        "more at times where the residual is large",
        "clock": _clock(model),
        "box": [model.box.lower.tolist(), model.box.upper.tolist()],
    }


def _start(model: AbstractInterpolation) -> str:
    if isinstance(model, GradientFlowInterpolation):
        return model.start.description
    return (
        model.description
        if isinstance(model, SurveyedInterpolation)
        else "the linear curve with zero velocity"
    )


def _clock(model: AbstractInterpolation) -> str:
    if model.clock.is_even:
        return "t itself"
    curve = "mixture's flow" if isinstance(model, SurveyedInterpolation) else "linear curve"
    return f"even Fisher–Rao speed of the {curve}"


def _own_units(dim: int) -> str:
    return f" and {OWN_UNITS} for each coordinate" if dim >= MANY_DIMENSIONS else ""


def _energy_input(model: AbstractInterpolation) -> str:
    motion = getattr(model, "motion", None)
    return ", the energy among their inputs" if motion is not None and motion.uses_energy else ""
