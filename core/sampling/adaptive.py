"""An adaptive explicit Runge–Kutta solver of order 5(4) for batches, with an individual step size for every sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.sampling.runge_kutta import TSIT5, Rate, Rows, States, Step, Unfinished, rk_step
from core.sampling.status import Status
from core.types import Times, Values

# Largest error of one step, in the error unit of each coordinate (see `Unit`). It lies above the float32 rounding noise of a network.
TOLERANCE = 3e-5
# Rows per evaluation: enough to amortise the call overhead, few enough for the processor's cache.
CHUNK = 2000
# Safety factor for the estimated best step size, and the factors by which the size may shrink or grow from one step to the next.
SAFETY, SHRINK, GROW = 0.9, 0.2, 5.0


# A function that returns the error unit of every coordinate (batch, state) from the times (batch,) and the absolute values of the states
# (batch, state).
Unit = Callable[[Times, States], States]


def mixed(t: Times, size: States) -> States:
    """The error unit `1 + |y|`: absolute for small states, relative for large ones."""
    return 1 + size


@dataclass(frozen=True)
class Solution:
    """The solution of an ODE for a batch of samples.

    Attributes:
        states: the states at the output times. If a sample fails, its states are NaN from then on.
        status: a `Status` for each sample.
    """

    states: Float[Tensor, "times batch state"]
    status: Int[Tensor, " batch"]


def _fifth_root(value: Values) -> Values:
    """The fifth root, rounded to float32.

    In float64 the last bits of a power depend on the row's position in the batch; a step size must not.
    """
    return value.pow(1 / 5).to(torch.float32).to(value)


@torch.no_grad()
def integrate(
    rate: Rate,
    start: States,
    times: Float[Tensor, " times"],
    num_steps: int,
    tolerance: float = TOLERANCE,
    unit: Unit = mixed,
) -> Solution:
    """Solve `y' = rate(t, y)` for a batch of samples, from the first to the last of the given times.

    Args:
        rate: the right-hand side, evaluated row by row; NaN where it is unknown, infinite where the state is out of bounds.
        start: states at the first time, float64.
        times: output times, strictly increasing. Every sample steps exactly onto the last one. States at earlier times are
            interpolated to order 4, so further output times need no evaluations and do not change the result.
        num_steps: maximum number of attempted steps per sample.
        tolerance: largest estimated error of one step, per coordinate and in its unit.
        unit: error unit of each coordinate.

    Returns:
        The states at the times, and the status of each sample. A sample fails if its rate is not finite, if it runs out of steps, or if its
        step falls below the resolution of time. Its states are then NaN from that time on. Other samples are not affected.
    """
    run = _Run(rate, start, times.to(start), tolerance, unit)
    going = _in_chunks(run.begin, torch.arange(len(start)))
    for _ in range(num_steps):
        if not len(going):
            break
        going = _in_chunks(run.advance, going)
    run.status[going] = Status.TOO_MANY_STEPS
    return Solution(run.kept, run.status)


def _in_chunks(task: Callable[[Rows], Unfinished], rows: Rows) -> Unfinished:
    return torch.cat([task(chunk) for chunk in rows.split(CHUNK)])


class _Run:
    """The solver's state. `begin` and `advance` process some rows and return those that are not finished."""

    def __init__(self, rate: Rate, start: States, times: Tensor, tolerance: float, unit: Unit) -> None:
        self.rate, self.times, self.tolerance, self.unit = rate, times, tolerance, unit
        self.span = float(times[-1] - times[0])
        self.resolution = 4 * torch.finfo(times.dtype).eps * float(times.abs().max())
        self.t = times[0].repeat(len(start))
        self.state, self.slope = start.clone(), torch.empty_like(start)
        self.size = torch.empty_like(self.t)
        self.goal = torch.ones(len(start), dtype=torch.long)
        self.status = torch.full((len(start),), Status.ARRIVED)
        self.kept = torch.full((len(times), *start.shape), torch.nan, dtype=start.dtype)
        self.kept[0] = start

    def begin(self, rows: Rows) -> Unfinished:
        t, state = self.t[rows], self.state[rows]
        slope = self.rate(t, state)
        self.slope[rows] = slope
        self.size[rows] = self._first_size(t, state, slope)
        known = slope.isfinite().all(1)
        self._fail(rows, ~known, _why_unknown([slope]))
        return rows[known]

    def _first_size(self, t: Times, state: States, slope: States) -> Values:
        """The first step size, from the slope and its change along a short probing step.

        References:
            Hairer, Nørsett, Wanner: Solving Ordinary Differential Equations I, section II.4.
        """
        steepness = self._scaled(slope, t, state)
        probe = (0.01 / (self.tolerance * steepness)).clamp(max=0.01 * self.span)
        ahead = self.rate(t + probe, state + probe[:, None] * slope)
        bend = self._scaled(ahead - slope, t, state) / probe
        return _fifth_root(0.01 / torch.maximum(steepness, bend)).clamp(max=self.span)

    def advance(self, rows: Rows) -> Unfinished:
        t, state, size = self.t[rows], self.state[rows], self.size[rows]
        left = self.times[-1] - t
        lands = 1.01 * size >= left  # stretch this step a little to avoid a tiny last step
        taken = torch.where(lands, left, size)
        step = rk_step(TSIT5, self.rate, t, state, self.slope[rows], taken)
        error = self._scaled(step.error, t, torch.maximum(state.abs(), step.state.abs()))
        passed = error <= 1
        # The step size for which the estimated error would be just below the tolerance.
        size = taken * (SAFETY * _fifth_root(1 / error)).clamp(SHRINK, GROW)

        moved, after = rows[passed], torch.where(lands, self.times[-1], t + taken)
        self._keep(moved, t[passed], after[passed], step.of(passed))
        self.t[moved] = after[passed]
        self.state[moved], self.slope[moved] = step.state[passed], step.slopes[-1][passed]
        self.size[rows] = size
        known, done, small = error.isfinite(), lands & passed, size <= self.resolution
        self._fail(rows, known & small & ~done, Status.STEP_TOO_SMALL)
        self._fail(rows, ~known, _why_unknown(step.slopes))
        return rows[known & ~small & ~done]

    def _fail(
        self, rows: Rows, which: Bool[Tensor, " batch"], status: Status | Int[Tensor, " batch"]
    ) -> None:
        """Set the status of those rows for which `which` is true."""
        self.status[rows] = torch.where(which, status, self.status[rows])

    def _keep(self, rows: Rows, before: Times, after: Times, step: Step) -> None:
        """Store the states at all output times between `before` and `after`, the ends of the steps."""
        while len(rows):
            goal = self.goal[rows]
            within = self.times[goal] <= after
            rows, before, after, goal = rows[within], before[within], after[within], goal[within]
            step, time = step.of(within), self.times[goal]
            found = step.between((time - before) / step.size)
            self.kept[goal, rows] = torch.where((time == after)[:, None], step.state, found)
            self.goal[rows] = goal + 1
            on = goal + 1 < len(self.times)
            rows, before, after, step = rows[on], before[on], after[on], step.of(on)

    def _scaled(self, value: States, t: Times, state: States) -> Values:
        """The largest coordinate of a value, relative to the error allowed at this time and state."""
        return (value / (self.tolerance * self.unit(t, state.abs()))).abs().amax(1)


def _why_unknown(slopes: Sequence[States]) -> Int[Tensor, " batch"]:
    """The status of samples with rates that are not finite: out of bounds if a rate is infinite, otherwise not finite."""
    left = torch.stack([slope.isinf().any(1) for slope in slopes]).any(0)
    return torch.where(left, Status.OUT_OF_BOUNDS, Status.NOT_FINITE)
