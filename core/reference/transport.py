"""The action of a curve, and the squared Wasserstein distance of its ends, which bounds it from below."""

from __future__ import annotations

import numpy as np
import torch

from core.interpolations.build import build_latent, build_target
from core.problem import Problem
from core.reference.base import AbstractExactField
from core.reference.displacement import DisplacementLine, DisplacementPlane

# Panels of the time axis, with so many Gauss–Legendre nodes each; in the plane every node takes a system to solve.
PANELS = {1: 40, 2: 10}
NODES = {1: 6, 2: 4}


def action(field: AbstractExactField) -> float:
    """`∫_0^1 ‖v_t‖² dt`, in squared units of x per unit of time; at least W₂² of the curve's ends."""
    panels, nodes = PANELS[field.dim], NODES[field.dim]
    xi, weights = np.polynomial.legendre.leggauss(nodes)
    left = np.arange(panels)[:, None] / panels
    times = torch.from_numpy((left + (1 + xi) / (2 * panels)).ravel())
    energy = field.kinetic_energy(times).numpy().reshape(panels, nodes)
    return float((energy * weights).sum() / (2 * panels))


def w2_squared(problem: Problem) -> float:
    """W₂² of the problem's latent and target in squared units of x; in the plane an estimate from samples."""
    latent, target = build_latent(problem), build_target(problem)
    if target.dim == 1:
        return DisplacementLine(latent, target).w2_squared
    return DisplacementPlane(latent, target, problem.seed).w2_squared
