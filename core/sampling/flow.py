"""Sampling with a velocity field: the flow ODE dx/dt = v_t(x) from latent to target, with its change of log-density."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.fields import AbstractVelocity
from core.problem import SamplingSettings
from core.sampling.adaptive import Solution, Unit, integrate
from core.sampling.runge_kutta import RK4, States, rk_step
from core.sampling.samples import Samples
from core.sampling.status import Status
from core.targets.base import AbstractDensity, AbstractEnergy, energy_in_parts
from core.types import Points, Times

# A point fails when one of its coordinates exceeds this multiple of the largest initial distance from the origin, or of 1 if that is larger.
RANGE = 1e6
# Log weights computed with the solver `tsit5` are accurate to about this many nats. Only samples near a ridge, where paths separate, may have
# larger errors. The tolerance of one step, `adaptive.TOLERANCE`, is much smaller, since errors accumulate over dozens of steps. It is in
# nats for the log volume, and in scales of the density for the position: such an error of the position changes the energy by about as many
# nats.
LOG_WEIGHT_NATS = 0.02


@dataclass(frozen=True)
class Flow:
    """Paths of points that move along a field.

    Attributes:
        times: output times, increasing from 0.
        x: positions at those times. The positions of a failed point are NaN, except the first.
        log_volume: `∫_0^t ∇·v`, the log of the growth of volume around each point.
        status: a `Status` for each point: whether it arrived, or why it failed.
    """

    times: Float[Tensor, " times"]
    x: Float[Tensor, "times batch dim"]
    log_volume: Float[Tensor, "times batch"]
    status: Int[Tensor, " batch"]

    @property
    def failed(self) -> Bool[Tensor, " batch"]:
        return self.status != Status.ARRIVED


class _Motion:
    """The right-hand side of the ODE for the state (x, log volume). It is NaN where the velocity is not finite, and infinite where a point is
    out of bounds."""

    def __init__(self, field: AbstractVelocity, limit: float) -> None:
        self.field = field
        self.limit = limit

    def __call__(self, t: Times, state: States) -> States:
        within = self.within(state)[:, None]
        value = self.field.velocities(t, torch.where(within, state[:, :-1], 0.0))
        rate = torch.cat([value.velocity, value.divergence[:, None]], dim=1)
        rate = torch.where(within & rate.isfinite().all(1, keepdim=True), rate, torch.nan)
        return torch.where(self.beyond(state)[:, None], torch.inf, rate)

    def within(self, state: Float[Tensor, "*batch state"]) -> Bool[Tensor, " *batch"]:
        return (state.abs() <= self.limit).all(-1)

    def beyond(self, state: Float[Tensor, "*batch state"]) -> Bool[Tensor, " *batch"]:
        """Whether a state is out of bounds, but not NaN."""
        return ~self.within(state) & ~state.isnan().any(-1)


def carry(
    field: AbstractVelocity,
    x: Points,
    times: Float[Tensor, " times"],
    settings: SamplingSettings,
    scales: tuple[float, float] | None = None,
) -> Flow:
    """Move points along a field by solving dx/dt = v_t(x) from the first to the last of the given times.

    Args:
        field: the velocity field.
        x: positions at the first time.
        times: output times.
        settings: solver and number of steps. `tsit5` adapts the steps of each point so that log weights are accurate to
            LOG_WEIGHT_NATS; a point that needs more than `num_steps` fails. `rk4` takes at least `num_steps` equal steps.
        scales: scales of the densities at t = 0 and t = 1, in which `tsit5` measures errors of position. Without them, these
            errors are measured in the unit 1 + |x|.

    Returns:
        The paths in float64, with failures marked per point.
    """
    times = times.to(torch.float64)
    start = torch.cat([x.to(torch.float64), torch.zeros(len(x), 1, dtype=torch.float64)], dim=1)
    motion = _Motion(field, _limit(start))
    if settings.solver == "tsit5":
        solution = integrate(motion, start, times, settings.num_steps, unit=_unit(scales))
    else:
        solution = _fixed(motion, start, times, settings.num_steps)
    left = motion.beyond(solution.states).any(0)
    status = torch.where(left, Status.OUT_OF_BOUNDS, solution.status)
    states = torch.where((status != Status.ARRIVED)[None, :, None], torch.nan, solution.states)
    states[0] = start
    return Flow(times, states[..., :-1], states[..., -1], status)


def _unit(scales: tuple[float, float] | None) -> Unit:
    """Error units: 1 nat for the log volume. For positions, the scale of a Gaussian whose precision is interpolated linearly between those of
    the two scales; without scales, 1 + |x|."""

    def unit(t: Times, size: States) -> States:
        if scales is None:
            lengths = 1 + size[:, :-1]
        else:
            # Only square roots and quotients: the rounding of powers can depend on a point's position in the batch.
            precision = (1 - t) / scales[0] ** 2 + t / scales[1] ** 2
            lengths = (1 / precision.sqrt())[:, None].expand_as(size[:, :-1])
        return torch.cat([lengths, torch.ones_like(size[:, -1:])], dim=1)

    return unit


def _limit(start: States) -> float:
    """The bound on every coordinate: RANGE times the largest initial distance from the origin, which counts as at least 1."""
    norms = start.norm(dim=1)
    return RANGE * max([1.0, *norms[norms.isfinite()].tolist()])


def _fixed(motion: _Motion, state: States, times: Float[Tensor, " times"], num_steps: int) -> Solution:
    """Equal steps of the classical Runge–Kutta method."""
    between = -(-num_steps // (len(times) - 1))
    states = [state]
    for start, end in pairwise(times):
        h = (end - start) / between
        for i in range(between):
            t = (start + i * h).expand(len(state))
            state = rk_step(RK4, motion, t, state, motion(t, state), h.expand(len(state))).state
        states.append(state)
    known = torch.stack([~state.isnan().any(1) for state in states]).all(0)
    return Solution(torch.stack(states), torch.where(known, Status.ARRIVED, Status.NOT_FINITE))


def weighted_samples(flow: Flow, latent: AbstractDensity, target: AbstractEnergy) -> Samples:
    """The end points of a flow with their importance weights, `log w = −f_D(x_1) − log q(x_1)`.

    The density of the end points is `log q(x_1) = log ρ_Z(x_0) − ∫ ∇·v`.

    Args:
        flow: paths of latent samples from t = 0 to t = 1.
        latent: the density ρ_Z of the start points.
        target: gives the energy f_D.
    """
    log_prob = -latent.energy(flow.x[0]) - latent.log_z - flow.log_volume[-1]
    x = flow.x[-1]
    return Samples(x, -energy_in_parts(target, x) - log_prob, status=flow.status)
