"""An explicit Runge–Kutta method of order 5(4) whose every sample has a step size of its own and costs nothing once it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.types import Times, Values

States = Float[Tensor, "batch state"]
Rate = Callable[[Times, States], States]
Rows = Int[Tensor, " rows"]

# The noise of a network in single precision is well below it; no smaller error can be seen in the weights.
TOLERANCE = 1e-4
# Rows of one evaluation: large enough for the work to outweigh the call, small enough for the processor's cache.
CHUNK = 2000
# Of the step that should just do, the share that is tried; and how much a step may shrink or grow at once.
SAFETY, SHRINK, GROW = 0.9, 0.2, 5.0

# Ch. Tsitouras: Runge–Kutta pairs of order 5(4) satisfying only the first column simplifying assumption. Computers &
# Mathematics with Applications 62 (2011), table 1. The last stage is the new state and its slope opens the next step (FSAL).
NODES = (0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0)
STAGES = (
    (0.161,),
    (-0.008480655492356989, 0.335480655492357),
    (2.8971530571054935, -6.359448489975075, 4.3622954328695815),
    (5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525),
    (5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.02826905039406838),
    (
        0.09646076681806523,
        0.01,
        0.4798896504144996,
        1.379008574103742,
        -3.290069515436081,
        2.324710524099774,
    ),
)
# Weights of order 5 less those of order 4; the paper prints the last with the wrong sign (they must add up to zero).
ERROR = (
    0.001780011052226,
    0.000816434459657,
    -0.007880878010262,
    0.144711007173263,
    -0.582357165452555,
    0.458082105929187,
    -1 / 66,
)


@dataclass(frozen=True)
class Step:
    """One step of every sample.

    Attributes:
        state: the state after it, of order 5.
        error: by how much that differs from the state of order 4; NaN where a rate on the way was not finite.
        slope: the rate at the new state.
    """

    state: States
    error: States
    slope: States


def take(rate: Rate, t: Times, state: States, slope: States, size: Values) -> Step:
    """A step of Tsitouras' pair.

    Args:
        rate: the right-hand side.
        t: where each sample is in time.
        state: its state.
        slope: its rate there.
        size: how far to go.
    """
    slopes, moved = [slope], state
    for node, weights in zip(NODES, STAGES, strict=True):
        moved = state + size[:, None] * _combined(weights, slopes)
        slopes.append(rate(t + node * size, moved))
    return Step(moved, size[:, None] * _combined(ERROR, slopes), slopes[-1])


def _combined(weights: tuple[float, ...], slopes: list[States]) -> States:
    """The weighted sum, added up in the same order for every sample: a matrix product may round by the place in the batch."""
    total = weights[0] * slopes[0]
    for weight, slope in zip(weights[1:], slopes[1:], strict=True):
        total = total + weight * slope
    return total


def _fifth_root(value: Values) -> Values:
    """In single precision: the last bits of a double's power depend on its place in the batch, and a step must not."""
    return value.pow(1 / 5).to(torch.float32).to(value)


@torch.no_grad()
def integrate(
    rate: Rate,
    start: States,
    times: Float[Tensor, " times"],
    num_steps: int,
    tolerance: float = TOLERANCE,
) -> Float[Tensor, "times batch state"]:
    """Solves `y' = rate(t, y)` for a batch of samples, from the first of the times to the last.

    Args:
        rate: the right-hand side, each row by itself; NaN where it is not known.
        start: the states at the first time, float64.
        times: strictly rising; every sample steps exactly onto each of them.
        num_steps: the most steps that a sample may try.
        tolerance: the error of one step that is let pass, in every coordinate, absolute and relative.

    Returns:
        The states at the times. NaN from where a sample fails: at a rate that is not finite, out of steps, or at a step below
        the resolution of time. The others do not notice.
    """
    run = _Run(rate, start, times.to(start), tolerance)
    going = _in_chunks(run.begin, torch.arange(len(start)))
    for _ in range(num_steps):
        if not len(going):
            break
        going = _in_chunks(run.advance, going)
    return run.kept


def _in_chunks(task: Callable[[Rows], Rows], rows: Rows) -> Rows:
    return torch.cat([task(chunk) for chunk in rows.split(CHUNK)])


class _Run:
    """Where every sample is. `begin` and `advance` move some rows and return those of them that have further to go."""

    def __init__(self, rate: Rate, start: States, times: Tensor, tolerance: float) -> None:
        self.rate, self.times, self.tolerance = rate, times, tolerance
        self.span = float(times[-1] - times[0])
        self.resolution = 4 * torch.finfo(times.dtype).eps * float(times.abs().max())
        self.t = times[0].repeat(len(start))
        self.state, self.slope = start.clone(), torch.empty_like(start)
        self.size = torch.empty_like(self.t)
        self.goal = torch.ones(len(start), dtype=torch.long)
        self.kept = torch.full((len(times), *start.shape), torch.nan, dtype=start.dtype)
        self.kept[0] = start

    def begin(self, rows: Rows) -> Rows:
        t, state = self.t[rows], self.state[rows]
        slope = self.rate(t, state)
        self.slope[rows] = slope
        self.size[rows] = self._first_size(t, state, slope)
        return rows[slope.isfinite().all(1)]

    def _first_size(self, t: Times, state: States, slope: States) -> Values:
        """From the slope, and how it changes along a probe of a hundredth of the state's size.

        References:
            Hairer, Nørsett, Wanner: Solving Ordinary Differential Equations I, section II.4.
        """
        steepness = self._scaled(slope, state)
        probe = (0.01 / (self.tolerance * steepness)).clamp(max=0.01 * self.span)
        ahead = self.rate(t + probe, state + probe[:, None] * slope)
        bend = self._scaled(ahead - slope, state) / probe
        return _fifth_root(0.01 / torch.maximum(steepness, bend)).clamp(max=self.span)

    def advance(self, rows: Rows) -> Rows:
        t, state, size, goal = self.t[rows], self.state[rows], self.size[rows], self.goal[rows]
        left = self.times[goal] - t
        lands = 1.01 * size >= left  # stretched a little, rather than leaving a sliver
        taken = torch.where(lands, left, size)
        step = take(self.rate, t, state, self.slope[rows], taken)
        error = self._scaled(step.error, torch.maximum(state.abs(), step.state.abs()))
        passed = error <= 1
        size = self._next_size(error, taken, torch.where(lands & passed, size, 0.0))

        moved, arrived = rows[passed], lands & passed
        self.t[moved] = torch.where(lands, self.times[goal], t + taken)[passed]
        self.state[moved], self.slope[moved] = step.state[passed], step.slope[passed]
        self.kept[goal[arrived], rows[arrived]] = step.state[arrived]
        self.size[rows], self.goal[rows] = size, goal + arrived
        return rows[error.isfinite() & (size > self.resolution) & (goal + arrived < len(self.times))]

    def _next_size(self, error: Values, taken: Values, least: Values) -> Values:
        """The step whose error would be just below one; after one cut short at an output time, no less than was planned."""
        factor = (SAFETY * _fifth_root(1 / error)).clamp(SHRINK, GROW)
        return torch.maximum(taken * factor, least)

    def _scaled(self, value: States, size: States) -> Values:
        """The largest coordinate of a value, in units of what is let pass at states of this size."""
        return (value / (self.tolerance * (1 + size.abs()))).abs().amax(1)
