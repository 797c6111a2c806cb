"""The action of a curve, and its lower bound: the squared Wasserstein distance between latent and target."""

from __future__ import annotations

import math

import numpy as np
import torch

from core.arrays import Array
from core.interpolations.build import build_latent, build_target
from core.problem import Problem
from core.reference.base import AbstractExactField
from core.reference.wasserstein import SquaredDistance, squared_distance

# By dimension: the initial number of panels of the time axis, and the Gauss–Legendre nodes in each. In 2-D every node costs one
# linear system.
PANELS = {1: 8, 2: 4}
NODES = {1: 6, 2: 4}
# A panel is halved until halving changes its integral by at most this fraction of the total. This matters for a linear curve from a
# wide latent to a narrow mode: nearly all of its kinetic energy is spent in a fraction (std/σ)² of the time.
TOLERANCE = {1: 1e-7, 2: 1e-3}
# The quadrature fails if more panels than this are unfinished.
MOST_OPEN = 512
# Speeds below this fraction of the box's half-width per unit of time are rounding errors, so changes of their square are ignored.
ROUNDING = 1e-12


def action(field: AbstractExactField) -> float:
    """The action `∫_0^1 ‖v_t‖² dt` of a curve, by adaptive quadrature over time.

    Args:
        field: the exact field of the curve.

    Returns:
        The action in squared units of x per unit of time, at least W₂²(latent, target); NaN if the quadrature does not converge.
    """
    panels, tolerance = PANELS[field.dim], TOLERANCE[field.dim]
    width, left = 1 / panels, np.arange(panels) / panels
    open_parts, done = _parts(field, left, width), 0.0
    nothing = (ROUNDING * float(field.box.half_width)) ** 2
    while np.isfinite(open_parts).all() and len(left) <= MOST_OPEN:
        width /= 2
        left = np.stack([left, left + width], axis=1).ravel()
        halves = _parts(field, left, width)
        if not np.isfinite(halves).all():
            break
        both = halves.reshape(-1, 2).sum(1)
        settled = np.abs(both - open_parts) <= tolerance * (done + halves.sum()) + nothing
        done += float(both[settled].sum())
        if settled.all():
            return done
        still = np.repeat(~settled, 2)
        left, open_parts = left[still], halves[still]
    return math.nan


def _parts(field: AbstractExactField, left: Array, width: float) -> Array:
    """The integral of ‖v_t‖² over each panel of the time axis."""
    xi, weights = np.polynomial.legendre.leggauss(NODES[field.dim])
    times = left[:, None] + width * (1 + xi) / 2
    energy = field.kinetic_energy(torch.from_numpy(times.ravel())).numpy()
    return energy.reshape(times.shape) @ weights * width / 2


def ends_distance(problem: Problem) -> SquaredDistance:
    """W₂² between the problem's latent and target, with its uncertainty if it is estimated from samples."""
    return squared_distance(build_latent(problem), build_target(problem), problem.seed)


def w2_squared(problem: Problem) -> float:
    """W₂² between the problem's latent and target, in squared units of x; NaN where unknown."""
    return ends_distance(problem).value
