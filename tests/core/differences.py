"""Derivatives by fourth-order central differences, to check every derivative in the engine independently."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

STEP = 1e-3


def along(function: Callable[[Tensor], Tensor], at: Tensor, direction: Tensor, step: float = STEP) -> Tensor:
    """The derivative of a batched function along a direction, at each point of the batch."""
    values = [function(at + n * step * direction) for n in (-2, -1, 1, 2)]
    return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)


def by_time(function: Callable[[Tensor], Tensor], t: Tensor, step: float = STEP) -> Tensor:
    """∂_t of a function of a batch of times."""
    return along(function, t, torch.ones_like(t), step)


def gradient(function: Callable[[Tensor], Tensor], x: Tensor, step: float = STEP) -> Tensor:
    """∇ of a scalar function of a batch of points."""
    axes = torch.eye(x.shape[1], dtype=x.dtype)
    return torch.stack([along(function, x, axis, step) for axis in axes], dim=1)


def divergence(velocity: Callable[[Tensor], Tensor], x: Tensor, step: float = STEP) -> Tensor:
    """∇· of a vector field at a batch of points: the trace of its Jacobian."""
    axes = torch.eye(x.shape[1], dtype=x.dtype)
    return sum((along(velocity, x, axis, step) @ axis for axis in axes), torch.zeros(len(x), dtype=x.dtype))
