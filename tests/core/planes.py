"""Exact fields of linear curves in the plane, for the tests of them."""

from __future__ import annotations

import torch
from torch import Tensor

from core.problem import Problem, TargetSpec
from core.reference.plane import PlaneField
from core.reference.solve import solve
from core.types import Box


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def plane(target: TargetSpec, sigma: float = 1.0, cells: int = 64, box: Box | None = None) -> PlaneField:
    field = solve(Problem(target, sigma=sigma), box, cells)
    assert isinstance(field, PlaneField)
    return field
