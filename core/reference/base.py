"""The interface of exact fields: a Field with quadrature nodes, kinetic energy and error estimates."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.arrays import SPEED_FLOOR
from core.fields import AbstractField, GridValue, VelocityValue
from core.types import Axes, Box, PerTime, Points, TimeAxis, Times, Values

# All nodes at thousands of times would take gigabytes.
TIMES_AT_ONCE = 64


@dataclass(frozen=True)
class Slices:
    """An exact field at some times, on quadrature nodes for ρ_t.

    Attributes:
        x: the nodes; where they are the same at all times, the first axis has length one.
        mass: the share of ρ_t at each node: `E_{ρ_t}[g] = Σ mass·g`.
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
    """The speed of a curve at some times; NaN where unknown.

    Attributes:
        kinetic_energy: `‖v_t‖² = E_{ρ_t} |v_t|²`, in squared units of x per squared unit of time.
        max_speed: the largest |v_t| where the kinetic energy is: where its density ρ_t |v_t|² exceeds `SPEED_FLOOR` of the
            maximum. In units of x per unit of time, and at least ‖v_t‖; infinite or NaN where the energy is.
    """

    kinetic_energy: PerTime
    max_speed: PerTime

    @classmethod
    def on(cls, slices: Slices) -> Motion:
        """Kinetic energy by quadrature, and the largest speed on the nodes."""
        return cls.of((slices.mass * slices.velocity.square().sum(-1)).sum(-1), slices)

    @classmethod
    def of(cls, energy: PerTime, slices: Slices) -> Motion:
        """Combine a kinetic energy with the largest speed on the nodes of slices."""
        fastest = largest_speed(slices.log_prob, slices.velocity)
        return cls(energy, fastest.where(energy.isfinite(), energy))

    @classmethod
    def joined(cls, parts: Iterable[Motion]) -> Motion:
        """Concatenate the motions of several times."""
        energy, speed = zip(*((part.kinetic_energy, part.max_speed) for part in parts), strict=True)
        return cls(torch.cat(energy), torch.cat(speed))


@dataclass(frozen=True)
class GridSummary:
    """A field on a grid at some times, with its motion and log Z_t at these times."""

    value: GridValue
    motion: Motion
    log_z: PerTime

    @classmethod
    def of(cls, field: AbstractExactField, t: TimeAxis, axes: Axes) -> GridSummary:
        """Compute each part by itself."""
        return cls(field.on_grid(t, axes), field.motion(t), field.log_z(t))


class AbstractExactField(AbstractField):
    """A Field that is computed from the target, without training.

    Attributes:
        solver: short description of the computation.
        box: the region where the field is known; the mass outside is negligible.
        times_at_once: number of times for which `slices` fits into memory.
    """

    solver: str
    box: Box
    times_at_once: int = TIMES_AT_ONCE

    @abstractmethod
    def slices(self, t: TimeAxis) -> Slices:
        """The field at the times t, on quadrature nodes that the field chooses."""

    @abstractmethod
    def coarsened(self) -> AbstractExactField | None:
        """The same field at half the resolution, for error estimates; None if the method has no resolution."""

    @abstractmethod
    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        """The field on a grid, its motion and log Z_t, which may be cheaper than each by itself."""

    @abstractmethod
    def motion(self, t: TimeAxis) -> Motion:
        """Kinetic energy and largest speed at the times t."""

    @abstractmethod
    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        """`‖v_t‖² = E_{ρ_t} |v_t|²`, in squared units of x per squared unit of time."""

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        return self.evaluate(t, x).without_density


class AbstractPlainExactField(AbstractExactField):
    """An exact field without shortcuts: nothing is cheaper when computed alone or together with something else."""

    def log_density(self, t: Times, x: Points) -> Values:
        return self.evaluate(t, x).log_density

    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        return GridSummary.of(self, t, axes)

    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        return self.motion(t).kinetic_energy


def largest_speed(
    log_prob: Float[Tensor, "times nodes"], velocity: Float[Tensor, "times nodes dim"]
) -> PerTime:
    """The largest |v| where ρ|v|² exceeds `SPEED_FLOOR` of its maximum.

    The criterion uses ρ|v|², not ρ, since a deep neck contains little mass but all of the energy. Nodes with unknown velocity are
    ignored; the result is NaN if all are unknown. If the density is unknown, all nodes count.
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
