"""Limits on the memory and time of a computation, and the error messages for computations that exceed them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from core import checks, estimates
from core.budget import Budget
from core.estimates import Estimate, Pictures
from core.machine import available_memory
from core.problem import Problem
from core.reference.errors import TooDearError
from core.targets import registry

# Environment variables with the limits of one computation: memory in gigabytes, and seconds for an exact solution.
MEMORY, SECONDS = "BOLTZMANN_MEMORY_GB", "BOLTZMANN_SECONDS"
# Default memory limit: this fraction of the available memory, but at least LEAST_BYTES, so that small computations are never refused.
SHARE, LEAST_BYTES = 0.5, 1e9
# Default time limits in seconds: for exact frames of a page (computed in the background), for a command, and for a preview, which must follow
# a moving slider.
PAGE_SECONDS, COMMAND_SECONDS, PREVIEW_SECONDS = 120.0, 3600.0, 1.0
# The smallest number of points per step, and of units per layer, that an error message suggests: the lower limits of `TrainingSettings`.
FEWEST_POINTS, NARROWEST = 16, 4


@dataclass(frozen=True)
class Limits:
    """Limits on one computation.

    Attributes:
        bytes: memory.
        seconds: estimated time on one core.
    """

    bytes: float
    seconds: float

    @classmethod
    def here(cls, seconds: float, needed: float = math.inf) -> Limits:
        """Limits of this machine: `seconds`, and half of the memory that is available now (within a container's limit), but at least
        `LEAST_BYTES`.

        The environment variables `BOLTZMANN_MEMORY_GB` and `BOLTZMANN_SECONDS` override them.

        Args:
            seconds: limit on the time.
            needed: bytes that the computation needs. Up to `LEAST_BYTES`, the available memory is not looked up, since that takes longer
                than the rest of the check; the limit is then `LEAST_BYTES`.

        Raises:
            ValueError: an environment variable is not a positive number.
        """
        memory, patience = (_from_environment(name) for name in (MEMORY, SECONDS))
        if memory is not None:
            allowed = 1e9 * memory
        else:
            allowed = LEAST_BYTES if needed <= LEAST_BYTES else max(SHARE * available_memory(), LEAST_BYTES)
        return cls(allowed, patience or seconds)

    def allow(self, cost: Estimate) -> bool:
        """Whether an estimate is within the limits."""
        return cost.bytes <= self.bytes and cost.seconds <= self.seconds

    def compared(self, cost: Estimate) -> str:
        """Compare an estimate with the limit it exceeds: `about 12 GB of memory; the limit here is 4 GB`, or the same for time."""
        if cost.bytes > self.bytes:
            return f"about {_memory(cost.bytes)} of memory; the limit here is {_memory(self.bytes)}"
        return f"about {_duration(cost.seconds)}; the limit here is {_duration(self.seconds)}"


def check_exact(problem: Problem, detail: Pictures, limits: Limits | None = None) -> None:
    """Check that exact frames are within the limits.

    Raises:
        TooDearError: they are not; the message contains the estimate and the limit.
    """
    cost = estimates.exact(problem, detail)
    _check_exact(problem, cost, limits or Limits.here(PAGE_SECONDS, cost.bytes), "")


def check_preview(problem: Problem, detail: Pictures) -> None:
    """Check that one frame is fast enough for a preview while a slider moves.

    Raises:
        TooDearError: the frame is too slow or needs too much memory.
    """
    cost = estimates.moment(problem, detail)
    limits = Limits.here(PAGE_SECONDS, cost.bytes)
    quick = Limits(limits.bytes, min(limits.seconds, PREVIEW_SECONDS))
    _check_exact(problem, cost, quick, "A preview of ")


def check_command(problem: Problem, num_times: int, cells: int, written: int) -> None:
    """Check that `python -m core exact` is within the limits.

    Args:
        problem: the problem of the curve.
        num_times: number of times.
        cells: cells per axis of the solver in two dimensions.
        written: grid points per time in the output file.

    Raises:
        TooDearError: the command is not within them.
    """
    cost, limits = estimates.profile(problem, num_times, cells, written), Limits.here(COMMAND_SECONDS)
    if not limits.allow(cost):
        raise TooDearError(
            f"The exact curve at {num_times} times would take {limits.compared(cost)}. Use fewer times or a coarser grid."
        )


def _check_exact(problem: Problem, cost: Estimate, limits: Limits, start: str) -> None:
    if not limits.allow(cost):
        what = f"{start}the exact {_CURVES.get(problem.interpolation, 'linear curve')} of {_size(problem)}"
        raise TooDearError(
            f"{what[0].upper()}{what[1:]} would take {limits.compared(cost)}. Use fewer modes or dimensions."
        )


_CURVES = {"gradient_flow": "gradient flow", "transport": "optimal transport"}


def training_refusal(problem: Problem, budget: Budget, limits: Limits | None = None) -> str | None:
    """The reason why training is refused, with settings that would fit; None if training is allowed.

    Args:
        problem: the problem to train.
        budget: the budget of the training; if it is in seconds, at least one step must fit into it.
        limits: limits on the memory, and on the time of one step if the budget is in steps; by default those of this machine.
    """
    limits = limits or Limits.here(COMMAND_SECONDS)
    limits = Limits(limits.bytes, limits.seconds if budget.seconds is None else budget.seconds)
    cost = estimates.training(problem)
    if limits.allow(cost):
        return None
    settings, points = problem.training, problem.training.num_points(problem.target.dim)
    layers = "1 layer" if settings.depth == 1 else f"{settings.depth} layers"
    return (
        f"A training step with {layers} of {settings.width} units and {points} points would take {limits.compared(cost)}. "
        f"{_what_fits(problem, limits)}"
    )


def check_training(problem: Problem, budget: Budget, limits: Limits | None = None) -> None:
    """Check that at least one training step fits into the memory and the budget.

    Raises:
        ValueError: a step does not fit; the message suggests settings that would.
    """
    if (refusal := training_refusal(problem, budget, limits)) is not None:
        raise ValueError(refusal)


def _what_fits(problem: Problem, limits: Limits) -> str:
    """Suggest the largest number of points per step that fits, or else the widest layers with few points."""

    settings, points = problem.training, problem.training.num_points(problem.target.dim)

    def fits(width: int, batch_size: int) -> bool:
        changed = replace(problem, training=replace(settings, width=width, batch_size=batch_size))
        return limits.allow(estimates.training(changed))

    most = _largest(FEWEST_POINTS, points, lambda count: fits(settings.width, count))
    if most is not None:
        return f"Up to {most} points would fit."
    widest = _largest(NARROWEST, settings.width, lambda width: fits(width, FEWEST_POINTS))
    if widest is not None:
        return f"With {FEWEST_POINTS} points, layers of up to {widest} units would fit."
    return "Use fewer points, units, modes or dimensions, or more seconds."


def _largest(least: int, most: int, fits: Callable[[int], bool]) -> int | None:
    """Largest number between `least` and `most` that fits, by bisection; None if not even `least` fits."""
    if not fits(least):
        return None
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(middle) else (least, middle - 1)
    return least


def _size(problem: Problem) -> str:
    modes = registry.num_modes(problem.target.name, problem.target.values)
    space = f"{problem.target.dim} dimensions"
    return f"a target in {space}" if modes is None else f"{modes} modes in {space}"


def _memory(size: float) -> str:
    return f"{size / 1e9:.2g} GB" if size < 1e11 else f"{round(size / 1e9)} GB"


def _duration(seconds: float) -> str:
    """Format a time with two significant digits, in seconds, minutes, hours or days."""
    for unit, length in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{float(f'{seconds / length:.2g}'):g} {unit}"
    return f"{float(f'{seconds:.2g}'):g} s"


def _from_environment(name: str) -> float | None:
    text = os.environ.get(name, "")
    if not text:
        return None
    try:
        return checks.number(name, float(text), 1e-3, 1e9)
    except ValueError:
        raise ValueError(f"The environment's {name} must be a positive number; got {text!r}.") from None
