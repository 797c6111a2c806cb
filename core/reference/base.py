"""What an exact answer tells beyond a Field."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from core.fields import AbstractField, GridValue
from core.types import Box, Times


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


class AbstractExactField(AbstractField):
    """A Field that was not learned.

    Attributes:
        method: how it is computed, in a few words.
        box: where it is known; the mass outside is negligible.
    """

    method: str
    box: Box

    @abstractmethod
    def slices(self, t: Times) -> Slices:
        """The answer at the times t, on nodes of the field's own."""

    @abstractmethod
    def coarsened(self) -> AbstractExactField | None:
        """The same answer at half of the resolution; None where no resolution is involved."""

    def portrait(self, t: Times, axes: tuple[Tensor, ...]) -> tuple[GridValue, Times, Times]:
        """The field on a grid, its kinetic energy and log Z_t: in one go where that costs less than one after the other."""
        return self.on_grid(t, axes), self.kinetic_energy(t), self.log_z(t)

    def log_z(self, t: Times) -> Times:
        return self.slices(t).log_z

    def kinetic_energy(self, t: Times) -> Times:
        """`‖v_t‖² = E_{ρ_t} |v_t|²`, in squared units of x per squared unit of time."""
        slices = self.slices(t)
        return (slices.mass * slices.velocity.square().sum(-1)).sum(-1)
