"""How a curve was learned, in words and numbers: what a result must say of itself."""

from __future__ import annotations

from typing import Any

from core.interpolations.base import AbstractInterpolation
from core.interpolations.gradient_flow import GradientFlowInterpolation
from core.networks import MANY_DIMENSIONS, OWN_UNITS
from core.problem import COLLOCATIONS, OPTIMISERS, TrainingSettings


def recipe(model: AbstractInterpolation, settings: TrainingSettings) -> dict[str, Any]:
    """Plain data: the start, the network, the optimiser, and where the residual was made small.

    All of it knows the target by its energy, its scale and its box alone.
    """
    start = (
        model.start.description
        if isinstance(model, GradientFlowInterpolation)
        else "the linear curve, at rest"
    )
    return {
        "start": start,
        "network": f"{settings.depth} layers of {settings.width} units{_own_units(model.dim)}{_energy_input(model)}",
        "parameters": sum(p.numel() for p in model.parameters()),
        "optimiser": OPTIMISERS[settings.optimiser],
        "collocation": f"{COLLOCATIONS[settings.collocation]}, {settings.num_points(model.dim)} fresh points a step, "
        "more at times where the residual is large",
        "clock": "t itself" if model.clock.is_even else "even Fisher–Rao speed of the linear curve",
        "box": [model.box.lower.tolist(), model.box.upper.tolist()],
    }


def _own_units(dim: int) -> str:
    return f" and {OWN_UNITS} for each coordinate" if dim >= MANY_DIMENSIONS else ""


def _energy_input(model: AbstractInterpolation) -> str:
    motion = getattr(model, "motion", None)
    return ", the energy among their inputs" if motion is not None and motion.uses_energy else ""
