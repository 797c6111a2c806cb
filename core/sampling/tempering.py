"""Non-reversible parallel tempering along the linear curve, at levels between which swaps are rejected equally often.

References:
    Syed, Bouchard-Côté, Deligiannidis, Doucet: Non-reversible parallel tempering, JRSS B 2022 (arXiv 1905.02939).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.sampling.allowance import Meter
from core.sampling.chains import States
from core.sampling.curves import LinearCurve, Located
from core.sampling.draws import Draws
from core.sampling.moment import Moment, Moments
from core.sampling.moves import MALA_ACCEPTANCE, DualAveraging, Walker, mala
from core.sampling.samples import Samples
from core.types import Points, Values

# The initial number of levels, and the smallest and largest number that the adaptation may choose.
FIRST_LEVELS, LEVELS = 10, (4, 32)
# New levels are chosen at these fractions of the allowance. States are collected after the last.
ROUNDS = (0.03, 0.08, 0.18, 0.4)
# Number of steps that each system should make, and maximum number of systems side by side. A larger allowance pays for more systems.
STEPS, MOST_SYSTEMS = 400, 100

Levels = Float[Tensor, " levels"]


@dataclass
class Replicas:
    """Systems of replicas. Each has one replica per level, from the latent (level 0) to the target (last level).

    Attributes:
        times: the levels' times, 0 = t_0 < … < t_L = 1.
        at: the points, system after system; within a system in the order of the levels.
        visited: which end each replica has visited last: 0 for the latent, 1 for the target, −1 for neither.
        trips: round trips from latent to target and back, so far.
        rejection: mean probability that a swap between two neighbouring levels is rejected, one tensor (levels − 1) per step.
    """

    times: Levels
    at: Located
    visited: Int[Tensor, "systems levels"]
    trips: int = 0
    rejection: list[Tensor] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of systems and of levels."""
        return len(self.at.x) // len(self.times), len(self.times)

    @property
    def per_point(self) -> Values:
        """The time of each point."""
        return self.times.repeat(self.shape[0])

    @property
    def difference(self) -> Float[Tensor, "systems levels"]:
        """f_D − f_Z at each point: `log ρ_t = −f_Z − t (f_D − f_Z)`."""
        return (self.at.end - self.at.start).view(self.shape)

    def swap(self, odd: bool, generator: torch.Generator) -> None:
        """Propose swaps for all pairs of neighbouring levels whose lower level is odd or, if `odd` is false, even; updates `visited`."""
        systems, levels = self.shape
        first = torch.arange(int(odd), levels - 1, 2)
        probability = swap_probability(self.times, self.difference)
        self.rejection.append(1 - probability.mean(0))
        u = torch.rand(systems, len(first), generator=generator, dtype=torch.float64)
        accept: Bool[Tensor, "systems pairs"] = u < probability[:, first]
        order = torch.arange(levels).repeat(systems, 1)
        order[:, first] += accept.long()
        order[:, first + 1] -= accept.long()
        self.at = self.at.of((order + levels * torch.arange(systems)[:, None]).flatten())
        self.visited = self.visited.gather(1, order)
        self.trips += int((self.visited[:, 0] == 1).sum())
        self.visited[:, 0], self.visited[:, -1] = (
            0,
            torch.where(self.visited[:, -1] == 0, 1, self.visited[:, -1]),
        )

    def relocated(self, times: Float[Tensor, " new_levels"]) -> Replicas:
        """Replicas at new levels. Each starts as a copy of the replica at the nearest old level."""
        systems, levels = self.shape
        nearest = (times[:, None] - self.times).abs().argmin(1)
        rows = (nearest + levels * torch.arange(systems)[:, None]).flatten()
        return Replicas(times, self.at.of(rows), torch.full((systems, len(times)), -1))


def swap_probability(
    times: Levels, difference: Float[Tensor, "systems levels"]
) -> Float[Tensor, "systems pairs"]:
    """The Metropolis probability `min(1, exp((t' − t)(V(x') − V(x))))` of swapping neighbours, V = f_D − f_Z."""
    log_ratio = (times[1:] - times[:-1]) * (difference[:, 1:] - difference[:, :-1])
    return log_ratio.nan_to_num(nan=-math.inf, neginf=-math.inf).clamp(max=0).exp()


def equal_rejection(
    times: Levels, rejection: Float[Tensor, " pairs"], levels: int
) -> Float[Tensor, " new_levels"]:
    """Levels between which swaps are rejected equally often, by interpolating the cumulated rejection rates.

    Args:
        times: the old levels.
        rejection: rejection rate between neighbours.
        levels: number of levels wanted.
    """
    barrier = np.concatenate([[0.0], np.cumsum(rejection.clamp(min=1e-3).numpy())])
    found = np.interp(np.linspace(0, barrier[-1], levels), barrier, times.numpy())
    found[0], found[-1] = 0.0, 1.0
    return torch.from_numpy(found)


def parallel_tempering(
    curve: LinearCurve,
    num_samples: int,
    meter: Meter,
    generator: torch.Generator,
) -> Moments:
    """Run systems of replicas side by side and collect the states at the target; yields after each step.

    Every step draws a fresh latent sample for level 0, makes a MALA step at each other level, and swaps even or odd pairs in turn.
    Rounds of adaptation choose the levels and the step sizes; both are fixed while states are collected.

    Args:
        curve: the linear curve from latent to target.
        num_samples: number of states to return.
        meter: counts what is spent of the allowance.
        generator: source of all randomness.
    """
    run = _Tempering(curve, num_samples, meter, generator)
    while run.steps == 0 or meter.affords(run.price):
        run.step()
        progress = meter.progress
        yield Moment(progress, run.text, progress, run.at_target, run.samples)
    return run.draws()


class _Tempering:
    """A run of parallel tempering: its replicas, step sizes and collected states."""

    def __init__(
        self, curve: LinearCurve, num_samples: int, meter: Meter, generator: torch.Generator
    ) -> None:
        self.curve, self.meter, self.generator = curve, meter, generator
        calls = meter.allowance.energy_calls
        fit = MOST_SYSTEMS if calls is None else calls // (FIRST_LEVELS * STEPS)
        systems = min(max(fit, 1), MOST_SYSTEMS, num_samples)
        start = curve.locate(curve.latent.sample(systems * FIRST_LEVELS, generator))
        times = torch.linspace(0, 1, FIRST_LEVELS, dtype=torch.float64)
        self.replicas = Replicas(times, start, torch.full((systems, FIRST_LEVELS), -1))
        scale = curve.latent.scale
        self.sizes = [DualAveraging(0.1 * scale**2, MALA_ACCEPTANCE) for _ in times[1:]]
        self.collected = States(num_samples, systems)
        self.log_ratios: list[Tensor] = []
        self.rounds, self.steps, self.price = 0, 0, meter.cost

    @property
    def collects(self) -> bool:
        """Whether adaptation has ended."""
        return self.rounds == len(ROUNDS)

    @property
    def text(self) -> str:
        """The progress in a few words."""
        return f"step {self.steps}, {self.replicas.shape[1]} levels, {self.replicas.trips} round trips"

    def at_target(self) -> Points:
        """The replicas at the target, one for each system."""
        return self.replicas.at.x.view(*self.replicas.shape, -1)[:, -1]

    def step(self) -> None:
        """Move all replicas, swap, and adapt or collect."""
        before = self.meter.cost
        self._move()
        self.replicas.swap(bool(self.steps % 2), self.generator)
        self.steps += 1
        if self.collects:
            self._collect()
        elif self.meter.progress >= ROUNDS[self.rounds]:
            self._adapt()
        self.price = self.meter.cost.minus(before)

    def _move(self) -> None:
        replicas, (systems, levels) = self.replicas, self.replicas.shape
        upper = torch.arange(systems * levels).view(systems, levels)[:, 1:].flatten()
        times = replicas.per_point[upper]
        walker = Walker(self.curve.locate, lambda points: self.curve.density(times, points))
        size = torch.tensor([s.mean if self.collects else s.size for s in self.sizes]).double()
        moved = mala(walker, replicas.at.of(upper), size.repeat(systems), self.generator)
        fresh = self.curve.locate(self.curve.latent.sample(systems, self.generator))
        parts = zip(fresh.parts, moved.at.parts, strict=True)
        joined = [
            torch.cat([a.view(systems, 1, *a.shape[1:]), b.view(systems, levels - 1, *b.shape[1:])], 1)
            for a, b in parts
        ]
        replicas.at = Located(*(part.flatten(0, 1) for part in joined))
        if not self.collects:
            for averaging, rate in zip(
                self.sizes, moved.acceptance.view(systems, -1).mean(0).tolist(), strict=True
            ):
                averaging.observe(rate)

    def _adapt(self) -> None:
        """Choose new levels with equal rejection rates. The best number of levels is about twice the sum of these rates."""
        replicas = self.replicas
        rejection = torch.stack(replicas.rejection).mean(0)
        barrier = float(rejection.sum())
        levels = min(max(math.ceil(2 * barrier) + 2, LEVELS[0]), LEVELS[1])
        times = equal_rejection(replicas.times, rejection, levels)
        old = np.log([size.mean for size in self.sizes])
        sizes = np.exp(np.interp(times[1:].numpy(), replicas.times[1:].numpy(), old))
        self.replicas = replicas.relocated(times)
        self.sizes = [DualAveraging(float(size), MALA_ACCEPTANCE) for size in sizes]
        self.rounds += 1

    def _collect(self) -> None:
        replicas = self.replicas
        systems = replicas.shape[0]
        self.collected.add(self.at_target())
        gaps = replicas.times[1:] - replicas.times[:-1]
        ratios = -gaps * replicas.difference[:, :-1]
        self.log_ratios.append(ratios.logsumexp(0) - math.log(systems))

    def draws(self) -> Draws:
        """The result of the run."""
        replicas = self.replicas
        systems, levels = replicas.shape
        rejection = torch.stack(replicas.rejection).mean(0).tolist() if replicas.rejection else []
        facts = {
            "levels": levels,
            "systems": systems,
            "steps": self.steps,
            "round_trips": replicas.trips,
            "swap_rates": [1 - rate for rate in rejection],
            "barrier": sum(rejection),
        }
        return Draws(self.samples(), self.meter.cost, ("gradient", "latent"), facts)

    def samples(self) -> Samples:
        """The collected states; the log weight of each is the estimate of log Z."""
        x = self.collected.states(self.at_target())
        return Samples(x, torch.full((len(x),), self.log_z, dtype=torch.float64), weighted=False)

    @property
    def log_z(self) -> float:
        """log Z from the ratios of neighbouring levels (stepping stones), `Σ log E_t[ρ̃_t'/ρ̃_t]`; NaN while the run adapts."""
        if not self.log_ratios:
            return math.nan
        found = torch.stack(self.log_ratios)
        return float((found.logsumexp(0) - math.log(len(found))).sum()) + self.curve.latent.log_z
