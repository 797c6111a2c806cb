"""Sampling by a velocity field: the ODE dx/dt = v_t(x) from the latent to the target, with the log-density along it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from core.fields import AbstractField
from core.problem import SamplingSettings
from core.sampling.adaptive import Unit, integrate
from core.sampling.samples import Samples
from core.sampling.tsitouras import States
from core.targets.base import AbstractDensity, energy_in_parts
from core.types import Points, Times

# How many times farther than it started a point may go before it is lost.
RANGE = 1e6
# The accuracy of an adaptive solver's log weights, in nats: so far at most they are from those of a tight integration. A step may
# err by `adaptive.TOLERANCE` nats in the log volume and by that share of the density's scale in the position, which moves the energy
# by about as many nats. Over some dozens of steps errors grow; only samples that pass along a ridge where paths part may exceed it.
LOG_WEIGHT_NATS = 0.02


@dataclass(frozen=True)
class Flow:
    """Points carried by a field, at some times.

    Attributes:
        times: the times, rising from 0.
        x: the points at those times; for a failed one NaN, but for its start.
        log_volume: `∫_0^t ∇·v`, the log of how much the volume around each point has grown.
        failed: points that met a value that is not finite, went out of all bounds, or for which the solver ran out of steps.
    """

    times: Float[Tensor, " times"]
    x: Float[Tensor, "times batch dim"]
    log_volume: Float[Tensor, "times batch"]
    failed: Bool[Tensor, " batch"]


class _Motion:
    """The right-hand side for the state (x, log volume): NaN where it is not finite, and where a point is out of all bounds."""

    def __init__(self, field: AbstractField, limit: float) -> None:
        self.field = field
        self.limit = limit

    def __call__(self, t: Times, state: States) -> States:
        within = self.within(state)[:, None]
        value = self.field.velocities(t, torch.where(within, state[:, :-1], 0.0))
        rate = torch.cat([value.velocity, value.divergence[:, None]], dim=1)
        return torch.where(within & rate.isfinite().all(1, keepdim=True), rate, torch.nan)

    def within(self, state: Float[Tensor, "*batch state"]) -> Bool[Tensor, " *batch"]:
        return (state.abs() <= self.limit).all(-1)


def carry(
    field: AbstractField,
    x: Points,
    times: Float[Tensor, " times"],
    settings: SamplingSettings,
    scales: tuple[float, float] | None = None,
) -> Flow:
    """Carries points along a field, from the first of the times to the last.

    Args:
        field: the field.
        x: the points at the first time.
        times: where the state is kept.
        settings: `tsit5` adapts its steps for each point, so that log weights are right to LOG_WEIGHT_NATS, and tries at most
            `num_steps`; a point that needs more has failed. `rk4` takes at least `num_steps` equal steps.
        scales: of the densities at t = 0 and t = 1, the units of positions in which `tsit5` measures errors; without them
            errors of positions count absolutely near the origin and relatively far from it.
    """
    times = times.to(torch.float64)
    start = torch.cat([x.to(torch.float64), torch.zeros(len(x), 1, dtype=torch.float64)], dim=1)
    motion = _Motion(field, _limit(start))
    if settings.solver == "tsit5":
        states = integrate(motion, start, times, settings.num_steps, unit=_unit(scales))
    else:
        states = _fixed(motion, start, times, settings.num_steps)
    failed = ~motion.within(states).all(0)
    states = torch.where(failed[None, :, None], torch.nan, states)
    states[0] = start
    return Flow(times, states[..., :-1], states[..., -1], failed)


def _unit(scales: tuple[float, float] | None) -> Unit:
    """Nats for the log volume, and for positions the scale of a Gaussian whose precision moves evenly between both ends."""

    def unit(t: Times, size: States) -> States:
        if scales is None:
            lengths = 1 + size[:, :-1]
        else:
            # Roots and quotients round correctly at every place in a batch; powers may not.
            precision = (1 - t) / scales[0] ** 2 + t / scales[1] ** 2
            lengths = (1 / precision.sqrt())[:, None].expand_as(size[:, :-1])
        return torch.cat([lengths, torch.ones_like(size[:, -1:])], dim=1)

    return unit


def _limit(start: States) -> float:
    """How far a point may go: a million times as far as the farthest one starts, or as 1 where that is less."""
    norms = start.norm(dim=1)
    return RANGE * max([1.0, *norms[norms.isfinite()].tolist()])


def _fixed(motion: _Motion, state: States, times: Tensor, num_steps: int) -> Tensor:
    """The classical Runge–Kutta method of order 4."""
    between = -(-num_steps // (len(times) - 1))
    states = [state]
    for start, end in pairwise(times):
        h = (end - start) / between
        for i in range(between):
            t = (start + i * h).expand(len(state))
            k1 = motion(t, state)
            k2 = motion(t + h / 2, state + h / 2 * k1)
            k3 = motion(t + h / 2, state + h / 2 * k2)
            k4 = motion(t + h, state + h * k3)
            state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        states.append(state)
    return torch.stack(states)


def weighted_samples(flow: Flow, latent: AbstractDensity, target: AbstractDensity) -> Samples:
    """The flow's last points with `log w = −f_D(x) − log q(x)`, where log q is the latent's log-probability, less the volume."""
    log_prob = -latent.energy(flow.x[0]) - latent.log_z - flow.log_volume[-1]
    x = flow.x[-1]
    return Samples(x, -energy_in_parts(target, x) - log_prob)
