"""What an exact answer tells beyond a Field."""

from __future__ import annotations

from abc import abstractmethod

from core.fields import AbstractField
from core.types import Times


class AbstractExactField(AbstractField):
    """A Field that was not learned.

    Attributes:
        method: how it is computed, in a few words.
    """

    method: str

    @abstractmethod
    def kinetic_energy(self, t: Times) -> Times:
        """`‖v_t‖² = E_{ρ_t} |v_t|²`, in squared units of x per squared unit of time."""
