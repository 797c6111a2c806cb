"""Refine minima by Newton's method. In a curved valley, gradient descent stops before the minimum; Newton's method goes on."""

from __future__ import annotations

import torch
from torch import Tensor

from core.targets.computed.support import Energy, gradient, hessian
from core.types import Points, Vector

# Largest number of steps for each point. It stops earlier if the next step is expected to lower the energy by less than _WORTHWHILE nats.
_STEPS, _WORTHWHILE = 200, 1e-6
# First damping, relative to the largest curvature, and its factors after a step that lowers the energy and after one that does not.
_DAMPING, _EASED, _RAISED = 1e-3, 0.2, 5.0
# In more dimensions than this, second derivatives take too long.
MOST_DIM = 32


def settled(energy: Energy, points: Points) -> Points:
    """The local minima that damped Newton steps reach from some points. In more than MOST_DIM dimensions, returns the points themselves."""
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
    """Newton's step, to be subtracted from x. It uses damped absolute values of the curvatures, so that it always leads downhill."""
    size, axes = torch.linalg.eigh(curvature)
    size = size.abs() + damping * size.abs().max().clamp_min(1e-12)
    step: Vector = axes @ ((axes.T @ slope) / size)
    return step
