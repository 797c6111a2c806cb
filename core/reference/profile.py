"""Diagnostics of a curve over time: kinetic energy, mode masses, normaliser, and overlap of successive densities."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor

from core.fields import AbstractField
from core.reference.base import AbstractExactField
from core.slices import Motion, Slices
from core.targets.base import AbstractTarget
from core.types import PerTime, TimeAxis

# Time between the two densities whose overlap is computed.
NEIGHBOUR = 0.025
# The overlap ignores nodes with less mass than this: in the far tails the later density may be unknown.
LEAST_MASS = 1e-15


@dataclass(frozen=True)
class Profile:
    """Diagnostics of a curve at some times.

    Attributes:
        times: the times.
        log_z: log Z_t, in nats.
        rate: C_t = d/dt log Z_t, in nats per unit of time.
        kinetic_energy: ‖v_t‖² in squared units of x per squared unit of time.
        max_speed: the largest |v_t| where ρ_t |v_t|² exceeds `core.arrays.SPEED_FLOOR` times its maximum, in units of x per unit of time;
            infinite on overflow.
        mode_mass: the fraction of ρ_t that belongs to each mode of the target.
        overlap: the effective sample size, as a fraction, after reweighting samples of ρ_t to ρ_{t + NEIGHBOUR}. Annealed importance
            sampling along the curve loses the fraction 1 − overlap in this step. NaN for t > 1 − NEIGHBOUR.
    """

    times: TimeAxis
    log_z: PerTime
    rate: PerTime
    kinetic_energy: PerTime
    max_speed: PerTime
    mode_mass: Float[Tensor, "times modes"]
    overlap: PerTime


def profile(field: AbstractExactField, target: AbstractTarget, times: TimeAxis) -> Profile:
    """The profile of an exact field, computed on its quadrature nodes.

    Args:
        field: the exact field.
        target: its target; defines the modes.
        times: the times to evaluate.
    """
    parts = [
        _profile(field, field.slices(some), field.motion(some), target, some)
        for some in times.split(field.times_at_once)
    ]
    return Profile(*(torch.cat([getattr(part, f.name) for part in parts]) for f in fields(Profile)))


def _profile(
    field: AbstractField, slices: Slices, motion: Motion, target: AbstractTarget, times: TimeAxis
) -> Profile:
    rows = slices.x.expand(len(times), -1, -1)
    mode_mass = torch.stack(
        [mass @ target.responsibilities(x) for mass, x in zip(slices.mass, rows, strict=True)]
    )
    overlap = [_overlap(field, slices, i, float(t)) for i, t in enumerate(times)]
    return Profile(
        times,
        slices.log_z,
        slices.rate,
        motion.kinetic_energy,
        motion.max_speed,
        mode_mass,
        torch.tensor(overlap, dtype=torch.float64),
    )


def _overlap(field: AbstractField, slices: Slices, i: int, t: float) -> float:
    """The overlap `(E w)²/E w²` with w = ρ_{t + NEIGHBOUR}/ρ_t up to a constant, in expectation over ρ_t."""
    if t + NEIGHBOUR > 1 + 1e-9:
        return math.nan
    counts = slices.mass[i] > LEAST_MASS
    x = slices.x[min(i, len(slices.x) - 1)][counts]
    later = torch.full((len(x),), min(t + NEIGHBOUR, 1.0), dtype=torch.float64)
    log_weight = field.log_density(later, x) - slices.log_prob[i, counts]
    log_mass = slices.mass[i, counts].log()
    return float((2 * (log_mass + log_weight).logsumexp(0) - (log_mass + 2 * log_weight).logsumexp(0)).exp())
