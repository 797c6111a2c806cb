"""Minima to the end: descent stops early in a curved valley, where Newton's method still finds its way down."""

from __future__ import annotations

import torch
from torch import Tensor

from core.targets.computed.support import Energy, gradient, hessian
from core.types import Points, Vector

# Most steps for each point, and the fall of the energy (in nats) that a further step must promise.
_STEPS, _WORTHWHILE = 200, 1e-6
# Damping at first, relative to the largest curvature, and its factors after a success and after a failure.
_DAMPING, _EASED, _RAISED = 1e-3, 0.2, 5.0
# In more dimensions, second derivatives take too long.
MOST_DIM = 32


def settled(energy: Energy, points: Points) -> Points:
    """The local minima below some points, by damped Newton steps. In more than MOST_DIM dimensions, the points themselves."""
    if points.shape[1] > MOST_DIM:
        return points
    return torch.stack([_settled(energy, x) for x in points])


def _settled(energy: Energy, x: Vector) -> Vector:
    value, damping = float(energy(x[None])), _DAMPING
    for _ in range(_STEPS):
        slope = gradient(energy, x[None])[0].nan_to_num()
        step = _step(slope, hessian(energy, x), damping)
        if float(slope @ step) < _WORTHWHILE:
            break
        trial = x - step
        if (there := float(energy(trial[None]))) < value:
            x, value, damping = trial, there, damping * _EASED
        else:
            damping *= _RAISED
    return x


def _step(slope: Vector, curvature: Tensor, damping: float) -> Vector:
    """Newton's step with the size of each curvature, damped, so that it always leads down."""
    size, axes = torch.linalg.eigh(curvature)
    size = size.abs() + damping * size.abs().max().clamp_min(1e-12)
    step: Vector = axes @ ((axes.T @ slope) / size)
    return step
