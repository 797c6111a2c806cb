"""Register a user's energy under a name, so that problems can refer to it. It exists in this process only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from core import checks
from core.targets.base import KnownTarget
from core.targets.computed.anywhere import SurveyedTarget, survey
from core.targets.computed.fitted import mass_within
from core.targets.computed.on_grid import GridTarget, known_on_grid
from core.targets.computed.reach import Reach
from core.targets.local.function import Function, as_energy, check
from core.targets.parameters import MOST_DIMENSIONS, is_name
from core.targets.registry import TARGETS, TargetEntry, unknown_of_an_energy
from core.types import Box

# A box: the lower ends of its axes, and the upper ends.
Ends = tuple[Sequence[float], Sequence[float]]
# The default σ of the latent, relative to half of the longest side of the box, and the limits of this default.
_SIGMA, _SIGMAS = 0.3, (0.01, 1000.0)


def register(
    name: str,
    energy: Function,
    dim: int,
    *,
    gradient: Function | None = None,
    box: Ends | None = None,
    scale: float | None = None,
    title: str | None = None,
) -> None:
    """Make a Python function available as the target `name`, in this process only.

    Args:
        name: a new name of up to 20 letters and digits.
        energy: maps points of shape (batch, dim) to energies of shape (batch,). Each energy depends on its own point only. The function must
            use torch operations, or NumPy if `gradient` is given.
        dim: number of coordinates.
        gradient: maps a NumPy array of points to the gradients there. Such an energy has no Laplacian, so gradient flows cannot be trained.
        box: lower and upper ends of a box that holds nearly all of the mass; found from the energy if omitted.
        scale: the typical width of a mode; found from the energy if omitted.
        title: title shown in the app; `name` by default.

    Raises:
        ValueError: the name is taken or invalid, or a number is outside its limits.
        UnusableEnergyError: the function cannot be used as an energy, or its density has no finite integral.
    """
    if name in TARGETS or not is_name(name):
        raise ValueError(
            f"A target needs a new name of up to 20 letters and digits; got {checks.brief(name)}."
        )
    checks.integer("dim", dim, 1, MOST_DIMENSIONS)
    if scale is not None:
        checks.number("scale", scale, 1e-9, 1e9)
    check(energy, dim, gradient)
    target = _computed(energy, dim, gradient, box, scale)
    sigma = min(max(_SIGMA * target.box.half_width, _SIGMAS[0]), _SIGMAS[1])
    modes = None if target.modes is None else len(target.modes)

    def build(**values: Any) -> KnownTarget:
        return _computed_again(target)

    TARGETS[name] = TargetEntry(
        title or name,
        "A Python function of this process.",
        build,
        {},
        sigma=(min(sigma / 10, 0.5), max(10 * sigma, 6.0), float(f"{sigma:.2g}")),
        count_modes=lambda values: modes,
        count_dimensions=lambda values: dim,
        unknown=lambda values: unknown_of_an_energy(dim),
        is_local=True,
    )


def _computed(
    function: Function, dim: int, gradient: Function | None, box: Ends | None, scale: float | None
) -> GridTarget | SurveyedTarget:
    """The target with all facts that can be computed about it, and with the user's box and scale if given."""
    energy, given = as_energy(function, gradient), None if box is None else _box(box, dim)
    target: GridTarget | SurveyedTarget
    with torch.no_grad():
        if dim <= 2:
            known = known_on_grid(energy, dim)
            if given is not None:
                known = replace(
                    known, box=given, held=float(mass_within(known.grid, known.coordinates, given).sum())
                )
            target = GridTarget(energy, replace(known, scale=scale or known.scale))
        else:
            found = survey(energy, dim)
            reach = found.reach if given is None else Reach(given, math.nan, math.nan)
            target = SurveyedTarget(energy, replace(found, reach=reach, scale=scale or found.scale))
    target.has_laplacian = gradient is None
    return target


def _computed_again(target: GridTarget | SurveyedTarget) -> KnownTarget:
    """A new target in float64 with its own counter of energy evaluations. It shares the facts that were computed for the given one."""
    made: GridTarget | SurveyedTarget
    if isinstance(target, GridTarget):
        made = GridTarget(target.formula, target.known)
    else:
        made = SurveyedTarget(target.formula, target.survey)
    made.has_laplacian = target.has_laplacian
    return made


def _box(ends: Ends, dim: int) -> Box:
    lower, upper = (torch.tensor(list(end), dtype=torch.float64) for end in ends)
    if lower.shape != (dim,) or upper.shape != (dim,) or not bool((lower < upper).all()):
        raise ValueError(
            f"`box` needs {dim} lower ends and {dim} larger upper ends, one for each coordinate."
        )
    return Box(lower, upper)


def local_names() -> Mapping[str, str]:
    """The titles of all registered energies, by name."""
    return {name: entry.title for name, entry in TARGETS.items() if entry.is_local}
