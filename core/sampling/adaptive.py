"""An explicit Runge–Kutta method of order 5(4) whose every sample has a step size of its own and costs nothing once it is done."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from core.sampling.tsitouras import Rate, Rows, States, Step, take
from core.types import Times, Values

# Of one step, in the units of the state; the noise of a network in single precision is below it.
TOLERANCE = 3e-5
# Rows of one evaluation: large enough for the work to outweigh the call, small enough for the processor's cache.
CHUNK = 2000
# Of the step that should just do, the share that is tried; and how much a step may shrink or grow at once.
SAFETY, SHRINK, GROW = 0.9, 0.2, 5.0


# The size of one unit of every coordinate, at times and at states of a size: (batch,), (batch, state) -> (batch, state).
Unit = Callable[[Times, States], States]


def mixed(t: Times, size: States) -> States:
    """Absolute for small states and relative for large ones."""
    return 1 + size


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
    unit: Unit = mixed,
) -> Float[Tensor, "times batch state"]:
    """Solves `y' = rate(t, y)` for a batch of samples, from the first of the times to the last.

    Args:
        rate: the right-hand side, each row by itself; NaN where it is not known.
        start: the states at the first time, float64.
        times: strictly rising. Samples step onto the last one; at those before it their states are read off the steps, to order 4,
            so however many there are, they cost no rate and change no result.
        num_steps: the most steps that a sample may try.
        tolerance: the largest estimated error of one step in every coordinate, in its unit.
        unit: what counts as one in each coordinate.

    Returns:
        The states at the times. NaN from where a sample fails: at a rate that is not finite, out of steps, or at a step below
        the resolution of time. The others do not notice.
    """
    run = _Run(rate, start, times.to(start), tolerance, unit)
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

    def __init__(self, rate: Rate, start: States, times: Tensor, tolerance: float, unit: Unit) -> None:
        self.rate, self.times, self.tolerance, self.unit = rate, times, tolerance, unit
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
        steepness = self._scaled(slope, t, state)
        probe = (0.01 / (self.tolerance * steepness)).clamp(max=0.01 * self.span)
        ahead = self.rate(t + probe, state + probe[:, None] * slope)
        bend = self._scaled(ahead - slope, t, state) / probe
        return _fifth_root(0.01 / torch.maximum(steepness, bend)).clamp(max=self.span)

    def advance(self, rows: Rows) -> Rows:
        t, state, size = self.t[rows], self.state[rows], self.size[rows]
        left = self.times[-1] - t
        lands = 1.01 * size >= left  # stretched a little, rather than leaving a sliver
        taken = torch.where(lands, left, size)
        step = take(self.rate, t, state, self.slope[rows], taken)
        error = self._scaled(step.error, t, torch.maximum(state.abs(), step.state.abs()))
        passed = error <= 1
        # The step whose error would be just below one.
        size = taken * (SAFETY * _fifth_root(1 / error)).clamp(SHRINK, GROW)

        moved, after = rows[passed], torch.where(lands, self.times[-1], t + taken)
        self._keep(moved, t[passed], after[passed], step.of(passed))
        self.t[moved] = after[passed]
        self.state[moved], self.slope[moved] = step.state[passed], step.slopes[-1][passed]
        self.size[rows] = size
        return rows[error.isfinite() & (size > self.resolution) & ~(lands & passed)]

    def _keep(self, rows: Rows, before: Times, after: Times, step: Step) -> None:
        """Notes the states at all output times that lie within the steps."""
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
        """The largest coordinate of a value, as a multiple of the error that a step may have at this time and state."""
        return (value / (self.tolerance * self.unit(t, state.abs()))).abs().amax(1)
