"""The action of a curve, and the squared Wasserstein distance of its ends, which bounds it from below."""

from __future__ import annotations

import math

import numpy as np
import torch

from core.frames import Array
from core.interpolations.build import build_latent, build_target
from core.problem import Problem
from core.reference.base import AbstractExactField
from core.reference.wasserstein import SquaredDistance, squared_distance

# Panels of the time axis at first, with so many Gauss–Legendre nodes each; in the plane every node takes a system to solve.
PANELS = {1: 8, 2: 4}
NODES = {1: 6, 2: 4}
# A panel is halved until that changes its part by no more than this share of the whole: a linear curve from a wide latent to a narrow
# mode spends nearly all of its energy within (std/σ)² of the time.
TOLERANCE = {1: 1e-7, 2: 1e-3}
MOST_OPEN = 512
# Nor does it count when a speed is no more than this share of the box per unit of time: so large is the rounding of what stands still.
ROUNDING = 1e-12


def action(field: AbstractExactField) -> float:
    """`∫_0^1 ‖v_t‖² dt`, in squared units of x per unit of time; at least W₂² of the curve's ends. NaN where it does not converge."""
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
    """The integral over each panel of the time axis."""
    xi, weights = np.polynomial.legendre.leggauss(NODES[field.dim])
    times = left[:, None] + width * (1 + xi) / 2
    energy = field.kinetic_energy(torch.from_numpy(times.ravel())).numpy()
    return energy.reshape(times.shape) @ weights * width / 2


def ends_distance(problem: Problem) -> SquaredDistance:
    """W₂² of the problem's latent and target, with its uncertainty where it comes from samples."""
    return squared_distance(build_latent(problem), build_target(problem), problem.seed)


def w2_squared(problem: Problem) -> float:
    """The same without its uncertainty."""
    return ends_distance(problem).value
