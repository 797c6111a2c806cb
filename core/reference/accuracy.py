"""How accurate an exact answer is, estimated from two resolutions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from core.reference.base import TIMES_AT_ONCE, AbstractExactField
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
    energy, log_z = [], []
    for some in t.split(TIMES_AT_ONCE):
        energy.append((coarse.kinetic_energy(some) / field.kinetic_energy(some) - 1).abs())
        log_z.append((coarse.log_z(some) - field.log_z(some)).abs())
    return Accuracy(float(torch.cat(energy).amax()), float(torch.cat(log_z).amax()))
