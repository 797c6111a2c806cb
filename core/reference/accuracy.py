"""Estimate the error of an exact field by comparing it with the same field at half the resolution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from core.reference.base import TIMES_AT_ONCE, AbstractExactField
from core.types import TimeAxis


@dataclass(frozen=True)
class Accuracy:
    """The changes of an exact field when its resolution is halved. They usually overestimate the field's errors.

    Attributes:
        kinetic_energy: the largest relative change of ‖v_t‖² over the times.
        log_z: the largest change of log Z_t over the times, in nats.
    """

    kinetic_energy: float
    log_z: float


def accuracy(field: AbstractExactField, t: TimeAxis) -> Accuracy:
    """The changes of a field at the times t when its resolution is halved; NaN if the field has no resolution to halve."""
    coarse = field.coarsened()
    if coarse is None:
        return Accuracy(math.nan, math.nan)
    energy, log_z = [], []
    for some in t.split(TIMES_AT_ONCE):
        energy.append((coarse.kinetic_energy(some) / field.kinetic_energy(some) - 1).abs())
        log_z.append((coarse.log_z(some) - field.log_z(some)).abs())
    return Accuracy(float(torch.cat(energy).amax()), float(torch.cat(log_z).amax()))
