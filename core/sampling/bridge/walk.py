"""The bridge: a cloud of weighted points walks from latent to target along a curve of densities.

Its settings give annealed importance sampling (no transport, no resampling), sequential Monte Carlo (no transport), the
reweighted flow (transport only) and corrected samples (transport, resampling and moves).

References:
    Neal: Annealed importance sampling, 2001.
    Del Moral, Doucet, Jasra: Sequential Monte Carlo samplers, 2006.
    Arbel, Matthews, Doucet: Annealed Flow Transport Monte Carlo, ICML 2021.
    Albergo, Vanden-Eijnden: NETS: A Non-Equilibrium Transport Sampler, 2024 (arXiv 2410.02711).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch

from core.fields import AbstractVelocity
from core.problem import SamplingSettings
from core.sampling.bridge.cloud import Cloud
from core.sampling.curves import AbstractCurve, Located, Tilt
from core.sampling.flow import Flow, carry
from core.sampling.moves import Move, Walker, mala
from core.types import Points

# The cloud is resampled when its effective sample size falls below this fraction.
RESAMPLE_BELOW = 0.5
# A resampling threshold above every effective fraction, so that every group is resampled.
ALWAYS = 2.0


@dataclass(frozen=True)
class Ladder:
    """The times at which the cloud stops, and the step size of the moves there. A leg leads from one time to the next.

    Attributes:
        times: 0 = t_0 < … < t_K = 1.
        step_sizes: one for each time after the first, in squared units of x.
    """

    times: tuple[float, ...]
    step_sizes: tuple[float, ...]

    def refined(self, factor: int) -> Ladder:
        """Divide every leg into `factor` legs; step sizes are interpolated geometrically."""
        sizes = (self.step_sizes[0], *self.step_sizes)
        times, steps = [0.0], list[float]()
        for k in range(len(self.step_sizes)):
            for part in (i / factor for i in range(1, factor + 1)):
                times.append((1 - part) * self.times[k] + part * self.times[k + 1])
                steps.append(sizes[k] ** (1 - part) * sizes[k + 1] ** part)
        return Ladder((*times[:-1], 1.0), tuple(steps))

    def thinned(self, legs: int) -> Ladder:
        """Drop times until at most `legs` legs are left. The times that are kept are spread evenly over the ladder."""
        present = len(self.step_sizes)
        kept = sorted(
            {round(i * present / legs) for i in range(legs + 1)} if legs < present else range(present + 1)
        )
        return Ladder(tuple(self.times[i] for i in kept), tuple(self.step_sizes[i - 1] for i in kept[1:]))


@dataclass(frozen=True)
class Transport:
    """A velocity field that carries the cloud from one time to the next.

    Attributes:
        field: any velocity field; the weights correct its errors.
        settings: the ODE solver.
        scales: length scales of latent and target, the units of the solver's position errors at t = 0 and t = 1.
    """

    field: AbstractVelocity
    settings: SamplingSettings
    scales: tuple[float, float]

    def carried(self, x: Points, start: float, end: float) -> Flow:
        """Carry points from one time to another."""
        times = torch.tensor([start, end], dtype=torch.float64)
        return carry(self.field, x, times, self.settings, self.scales)


@dataclass(frozen=True)
class Bridge:
    """The bridge: curve, transport, resampling and moves.

    Attributes:
        curve: densities from latent to target.
        num_moves: moves at each time.
        resample_below: fraction of effective samples below which a group is resampled; 0 for never.
        transport: carries the cloud between times; None for no transport.
        move: kind of the moves.
    """

    curve: AbstractCurve
    num_moves: int = 2
    resample_below: float = RESAMPLE_BELOW
    transport: Transport | None = None
    move: Move = mala

    def start(self, num_points: int, num_groups: int, generator: torch.Generator) -> Cloud:
        """Samples of the latent with the weights `log w = log ρ̃_0 − log q_0`, q_0 being the normalised latent."""
        at = self.curve.locate(self.curve.latent.sample(num_points, generator))
        log_weight = self.density(0.0, at).log_density + at.start + self.curve.latent.log_z
        return Cloud(at, log_weight, torch.arange(num_points), num_groups)

    def density(self, t: float, at: Located) -> Tilt:
        """log ρ̃_t and its score at located points."""
        return self.curve.density(at.start.new_full(at.start.shape, t), at)

    def advanced(self, cloud: Cloud, start: float, end: float) -> Cloud:
        """Transport x to x' and reweight: `log w += log ρ̃_end(x') + ℓ − log ρ̃_start(x)`, with ℓ the log of the volume growth on the way.

        If the ODE solver fails for a point, the point stays where it is, with weight zero.
        """
        before = self.density(start, cloud.at).log_density
        if self.transport is None:
            gain = self.density(end, cloud.at).log_density - before
            return replace(
                cloud, log_weight=cloud.log_weight + gain.nan_to_num(nan=-math.inf, neginf=-math.inf)
            )
        flow = self.transport.carried(cloud.at.x, start, end)
        x = torch.where(flow.failed[:, None], cloud.at.x, flow.x[-1])
        at = self.curve.locate(x)
        gain = self.density(end, at).log_density + flow.log_volume[-1] - before
        gain = torch.where(flow.failed, -math.inf, gain).nan_to_num(nan=-math.inf, neginf=-math.inf)
        return replace(cloud, at=at, log_weight=cloud.log_weight + gain)

    def moved(
        self, cloud: Cloud, t: float, step_size: float, generator: torch.Generator
    ) -> tuple[Cloud, float]:
        """Apply one move that leaves ρ_t invariant; returns the cloud and the mean acceptance."""
        walker = Walker(self.curve.locate, lambda at: self.density(t, at))
        size = cloud.log_weight.new_full(cloud.log_weight.shape, step_size)
        result = self.move(walker, cloud.at, size, generator)
        return replace(cloud, at=result.at), float(result.acceptance.mean())


def walk(
    bridge: Bridge, ladder: Ladder, num_points: int, generator: torch.Generator, num_groups: int = 1
) -> Iterator[Cloud]:
    """Walk a cloud along the ladder; yields the start and the cloud after each leg.

    Args:
        bridge: curve, transport, resampling and moves.
        ladder: times and step sizes. If they do not depend on this cloud, the mean weight is unbiased for Z.
        num_points: size of the cloud, a multiple of `num_groups`.
        generator: source of all randomness.
        num_groups: number of independent groups.
    """
    cloud = bridge.start(num_points, num_groups, generator)
    yield cloud
    for (start, end), step_size in zip(pairwise(ladder.times), ladder.step_sizes, strict=True):
        cloud = bridge.advanced(cloud, start, end)
        if bridge.resample_below > 0:
            # Always resample at the target, so that the last moves separate copies of a point.
            cloud = cloud.resampled(bridge.resample_below if end < 1 else ALWAYS, generator)
        for _ in range(bridge.num_moves):
            cloud, _ = bridge.moved(cloud, end, step_size, generator)
        yield cloud
