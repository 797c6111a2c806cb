"""The Field: the one interface of every answer, exact or learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from core.types import Points, Times, Values


@dataclass(frozen=True)
class FieldValue:
    """A curve of densities and the velocity that carries it, at a batch of points.

    Attributes:
        velocity: v_t(x), in units of x per unit of time.
        divergence: ∇·v_t(x), per unit of time.
        log_density: log ρ̃_t(x), unnormalised; subtract `Field.log_z(t)` for the log-probability.
    """

    velocity: Points
    divergence: Values
    log_density: Values


class AbstractField(ABC):
    """A velocity field v_t and the densities ρ_t that it carries from the latent (t = 0) to the target (t = 1).

    Attributes:
        dim: number of coordinates of x.
    """

    dim: int

    @abstractmethod
    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Velocity, divergence and log-density at the times t and points x; NaN where the field is not known."""

    @abstractmethod
    def log_z(self, t: Times) -> Times:
        """`log Z_t = log ∫ ρ̃_t`, in nats; NaN where it is not known."""
