"""What work may cost here, and one sentence for what would cost more."""

from __future__ import annotations

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

# Environment: gigabytes that one piece of work may take, and seconds that an exact solution may take.
MEMORY, SECONDS = "BOLTZMANN_MEMORY_GB", "BOLTZMANN_SECONDS"
# Otherwise this share of the memory that is available, and never less than so many bytes: small work is not refused.
SHARE, LEAST_BYTES = 0.5, 1e9
# A page waits for exact fields, in the background, for two minutes; the command line for an hour; a preview must be there at once.
PAGE_SECONDS, COMMAND_SECONDS, PREVIEW_SECONDS = 120.0, 3600.0, 1.0
# Fewest points of a step, and units of a layer, that a refusal offers instead; the limits of `TrainingSettings`.
FEWEST_POINTS, NARROWEST = 16, 4


@dataclass(frozen=True)
class Limits:
    """What a piece of work may take.

    Attributes:
        bytes: of memory.
        seconds: by estimate, on one core.
    """

    bytes: float
    seconds: float

    @classmethod
    def here(cls, seconds: float) -> Limits:
        """Half of the memory that is available now, a container's limit included; the environment's `BOLTZMANN_MEMORY_GB` and
        `BOLTZMANN_SECONDS` win.

        Raises:
            ValueError: the environment does not hold a positive number.
        """
        memory, patience = (_from_environment(name) for name in (MEMORY, SECONDS))
        allowed = max(SHARE * available_memory(), LEAST_BYTES) if memory is None else 1e9 * memory
        return cls(allowed, patience or seconds)

    def allow(self, cost: Estimate) -> bool:
        return cost.bytes <= self.bytes and cost.seconds <= self.seconds

    def compared(self, cost: Estimate) -> str:
        """`about 12 GB of memory; the limit here is 4 GB`, or the same of time."""
        if cost.bytes > self.bytes:
            return f"about {_memory(cost.bytes)} of memory; the limit here is {_memory(self.bytes)}"
        return f"about {_duration(cost.seconds)}; the limit here is {_duration(self.seconds)}"


def check_exact(problem: Problem, detail: Pictures, limits: Limits | None = None) -> None:
    """Refuses exact frames that would take too much.

    Raises:
        TooDearError: in one sentence.
    """
    _check_exact(problem, estimates.exact(problem, detail), limits or Limits.here(PAGE_SECONDS), "")


def check_preview(problem: Problem, detail: Pictures) -> None:
    """The same for one moment that a preview shows while a slider moves."""
    limits = Limits.here(PAGE_SECONDS)
    quick = Limits(limits.bytes, min(limits.seconds, PREVIEW_SECONDS))
    _check_exact(problem, estimates.moment(problem, detail), quick, "A preview of ")


def check_command(problem: Problem, num_times: int, cells: int, written: int) -> None:
    """The same for a profile at many times, and the grid that it is written on."""
    cost, limits = estimates.profile(problem, num_times, cells, written), Limits.here(COMMAND_SECONDS)
    if not limits.allow(cost):
        raise TooDearError(
            f"The exact curve at {num_times} times would take {limits.compared(cost)}. Take fewer times or a coarser grid."
        )


def _check_exact(problem: Problem, cost: Estimate, limits: Limits, start: str) -> None:
    if not limits.allow(cost):
        what = f"{start}the exact {_CURVES.get(problem.interpolation, 'linear curve')} of {_size(problem)}"
        raise TooDearError(
            f"{what[0].upper()}{what[1:]} would take {limits.compared(cost)}. Take fewer modes or dimensions."
        )


_CURVES = {"gradient_flow": "gradient flow", "transport": "optimal transport"}


def training_refusal(problem: Problem, budget: Budget, limits: Limits | None = None) -> str | None:
    """Why training would be refused: a sentence with what would fit; None where it is not.

    Args:
        problem: what is trained.
        budget: at least one step must fit into its seconds.
        limits: of memory; those of this machine when left out.
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
    """Refuses training of which no step would end.

    Raises:
        ValueError: in one sentence, with what would fit.
    """
    if (refusal := training_refusal(problem, budget, limits)) is not None:
        raise ValueError(refusal)


def _what_fits(problem: Problem, limits: Limits) -> str:
    """The most points of a step, or else the widest layers with few of them."""

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
    return "Take fewer points, units, modes or dimensions, or more seconds."


def _largest(least: int, most: int, fits: Callable[[int], bool]) -> int | None:
    """The largest number that fits, where all smaller ones do; None where none does."""
    if not fits(least):
        return None
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(middle) else (least, middle - 1)
    return least


def _size(problem: Problem) -> str:
    modes = registry.num_modes(problem.target.name, problem.target.values)
    return f"{modes} modes in {problem.target.dim} dimensions"


def _memory(size: float) -> str:
    return f"{size / 1e9:.2g} GB" if size < 1e11 else f"{round(size / 1e9)} GB"


def _duration(seconds: float) -> str:
    """Two digits, in the unit that a person would choose."""
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
