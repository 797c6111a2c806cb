"""How accurate an exact answer is, estimated from two resolutions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.reference.base import AbstractExactField
from core.types import Times


@dataclass(frozen=True)
class Accuracy:
    """How much the answer changes when its resolution is halved: an upper estimate of its error.

    Attributes:
        kinetic_energy: the largest relative change of ‖v_t‖².
        log_z: the largest change of log Z_t, in nats.
    """

    kinetic_energy: float
    log_z: float


def accuracy(field: AbstractExactField, t: Times) -> Accuracy:
    """The estimate at some times; NaN where there is no second resolution."""
    coarse = field.coarsened()
    if coarse is None:
        return Accuracy(math.nan, math.nan)
    fine_energy, fine_log_z = field.kinetic_energy(t), field.log_z(t)
    energy = (coarse.kinetic_energy(t) / fine_energy - 1).abs().amax()
    return Accuracy(float(energy), float((coarse.log_z(t) - fine_log_z).abs().amax()))
