"""What an exact answer tells beyond a Field."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.fields import AbstractField, GridValue
from core.frames import SPEED_FLOOR
from core.types import Box, Times

# All nodes at thousands of times would take gigabytes.
TIMES_AT_ONCE = 64


@dataclass(frozen=True)
class Slices:
    """The exact answer at some times, on nodes that integrate against ρ_t.

    Attributes:
        x: the nodes; where they are the same at all times, the first axis has length one.
        mass: the share of ρ_t at each node: `E_{ρ_t}[g] = Σ mass·g`.
        log_prob: log ρ_t, normalised.
        velocity: v_t, in units of x per unit of time.
        log_z: log Z_t, in nats.
        rate: C_t = d/dt log Z_t, in nats per unit of time.
    """

    x: Float[Tensor, "times nodes dim"]
    mass: Float[Tensor, "times nodes"]
    log_prob: Float[Tensor, "times nodes"]
    velocity: Float[Tensor, "times nodes dim"]
    log_z: Times
    rate: Times


@dataclass(frozen=True)
class Motion:
    """How fast a curve moves at some times; NaN where that is not known.

    Attributes:
        kinetic_energy: `‖v_t‖² = E_{ρ_t} |v_t|²`, in squared units of x per squared unit of time.
        max_speed: the largest |v_t| where the kinetic energy is: where its density ρ_t |v_t|² exceeds `SPEED_FLOOR` of the
            maximum. In units of x per unit of time, and at least ‖v_t‖; infinite or NaN where the energy is.
    """

    kinetic_energy: Times
    max_speed: Times

    @classmethod
    def of(cls, energy: Times, slices: Slices) -> Motion:
        """A kinetic energy, and the largest speed on some nodes."""
        fastest = largest_speed(slices.log_prob, slices.velocity)
        return cls(energy, fastest.where(energy.isfinite(), energy))

    @classmethod
    def joined(cls, parts: Iterable[Motion]) -> Motion:
        """Those of several times, one after the other."""
        energy, speed = zip(*((part.kinetic_energy, part.max_speed) for part in parts), strict=True)
        return cls(torch.cat(energy), torch.cat(speed))


@dataclass(frozen=True)
class Portrait:
    """A field on a grid, and what it has at those times as a whole."""

    value: GridValue
    motion: Motion
    log_z: Times


class AbstractExactField(AbstractField):
    """A Field that was not learned.

    Attributes:
        solver: how it is computed, in a few words.
        box: where it is known; the mass outside is negligible.
    """

    solver: str
    box: Box

    @property
    def times_at_once(self) -> int:
        """At how many times slices are taken together, so that they fit into memory."""
        return TIMES_AT_ONCE

    @abstractmethod
    def slices(self, t: Times) -> Slices:
        """The answer at the times t, on nodes of the field's own."""

    @abstractmethod
    def coarsened(self) -> AbstractExactField | None:
        """The same answer at half of the resolution; None where no resolution is involved."""

    def portrait(self, t: Times, axes: tuple[Tensor, ...]) -> Portrait:
        """The field on a grid, its motion and log Z_t: in one go where that costs less than one after the other."""
        return Portrait(self.on_grid(t, axes), self.motion(t), self.log_z(t))

    def log_z(self, t: Times) -> Times:
        return self.slices(t).log_z

    def motion(self, t: Times) -> Motion:
        """Kinetic energy and largest speed."""
        slices = self.slices(t)
        energy = (slices.mass * slices.velocity.square().sum(-1)).sum(-1)
        return Motion.of(energy, slices)

    def kinetic_energy(self, t: Times) -> Times:
        """`‖v_t‖² = E_{ρ_t} |v_t|²`, in squared units of x per squared unit of time."""
        return self.motion(t).kinetic_energy


def largest_speed(
    log_prob: Float[Tensor, "times nodes"], velocity: Float[Tensor, "times nodes dim"]
) -> Times:
    """The largest |v| where ρ|v|² exceeds `SPEED_FLOOR` of its maximum, in logs: a deep neck holds little mass and all of the energy.

    Places with an unknown velocity do not count; where all are unknown, so is the result. Without a density, all places count
    alike.
    """
    size = velocity.abs().amax(-1)
    # By the largest part, since the square of a speed may be beyond the largest number.
    log_speed = size.log() + (velocity / size.where(size > 0, 1.0)[..., None]).norm(dim=-1).log()
    log_speed = log_speed.where(size.isfinite(), size)
    log_energy = 2 * log_speed + (torch.zeros_like(log_prob) if log_prob.isnan().all() else log_prob)
    log_energy = log_energy.where(~log_energy.isnan(), -torch.inf)
    top = log_energy.amax(1, keepdim=True)
    counts = (log_energy >= top + math.log(SPEED_FLOOR)) & ~log_speed.isnan()
    fastest = log_speed.where(counts, -torch.inf).amax(1).exp()
    return fastest.masked_fill(log_speed.isnan().all(1), torch.nan)
