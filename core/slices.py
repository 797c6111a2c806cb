"""Densities and velocities at some times on quadrature nodes, and the kinetic energy and largest speed of a curve."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.arrays import SPEED_FLOOR
from core.types import PerTime, TimeAxis


@dataclass(frozen=True)
class Slices:
    """An exact field at some times, on quadrature nodes for ρ_t.

    Attributes:
        x: the nodes; the first axis has length one if they are the same at all times.
        mass: the fraction of ρ_t at each node: `E_{ρ_t}[g] = Σ mass·g`.
        log_prob: log ρ_t, normalised.
        velocity: v_t, in units of x per unit of time.
        log_z: log Z_t, in nats.
        rate: C_t = d/dt log Z_t, in nats per unit of time.
    """

    x: Float[Tensor, "#times nodes dim"]
    mass: Float[Tensor, "times nodes"]
    log_prob: Float[Tensor, "times nodes"]
    velocity: Float[Tensor, "times nodes dim"]
    log_z: PerTime
    rate: PerTime


@dataclass(frozen=True)
class Motion:
    """The kinetic energy and largest speed of a curve at some times; NaN where unknown.

    Attributes:
        kinetic_energy: `‖v_t‖² = E_{ρ_t} |v_t|²`, in squared units of x per squared unit of time.
        max_speed: the largest |v_t| over the points where ρ_t |v_t|² exceeds `SPEED_FLOOR` times its maximum, in units of x per unit of
            time. At least ‖v_t‖; infinite or NaN at times at which the kinetic energy is.
    """

    kinetic_energy: PerTime
    max_speed: PerTime

    @classmethod
    def on(cls, slices: Slices) -> Motion:
        """Kinetic energy by quadrature, and the largest speed on the nodes."""
        return cls.of((slices.mass * slices.velocity.square().sum(-1)).sum(-1), slices)

    @classmethod
    def of(cls, energy: PerTime, slices: Slices) -> Motion:
        """Combine a given kinetic energy with the largest speed on the nodes of slices."""
        fastest = largest_speed(slices.log_prob, slices.velocity)
        return cls(energy, fastest.where(energy.isfinite(), energy))

    @classmethod
    def unknown(cls, t: TimeAxis) -> Motion:
        return cls(torch.full_like(t, torch.nan), torch.full_like(t, torch.nan))

    @classmethod
    def joined(cls, parts: Iterable[Motion]) -> Motion:
        """Concatenate motions at different times."""
        energy, speed = zip(*((part.kinetic_energy, part.max_speed) for part in parts), strict=True)
        return cls(torch.cat(energy), torch.cat(speed))


def largest_speed(
    log_prob: Float[Tensor, "times nodes"], velocity: Float[Tensor, "times nodes dim"]
) -> PerTime:
    """The largest |v| over the nodes where ρ|v|² exceeds `SPEED_FLOOR` times its maximum.

    The criterion uses ρ|v|², not ρ: a gap between modes can contain little mass but almost all of the kinetic energy. Nodes with unknown
    velocity are ignored; the result is NaN if all are unknown. If the whole density is unknown, it counts as uniform.
    """
    size = velocity.abs().amax(-1)
    # Scale by the largest component, since the square of a speed may overflow.
    log_speed = size.log() + (velocity / size.where(size > 0, 1.0)[..., None]).norm(dim=-1).log()
    log_speed = log_speed.where(size.isfinite(), size)
    log_energy = 2 * log_speed + (torch.zeros_like(log_prob) if log_prob.isnan().all() else log_prob)
    log_energy = log_energy.where(~log_energy.isnan(), -torch.inf)
    top = log_energy.amax(1, keepdim=True)
    counts = (log_energy >= top + math.log(SPEED_FLOOR)) & ~log_speed.isnan()
    fastest = log_speed.where(counts, -torch.inf).amax(1).exp()
    return fastest.masked_fill(log_speed.isnan().all(1), torch.nan)
