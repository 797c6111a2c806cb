"""Exact fields of linear curves in 2-D, solved on a mesh, for tests."""

from __future__ import annotations

import torch
from torch import Tensor

from core.interpolations.build import build_latent, build_target
from core.problem import Problem, TargetSpec
from core.reference.path import LinearPath
from core.reference.plane import PlaneField
from core.types import Box


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def plane(target: TargetSpec, sigma: float = 1.0, cells: int = 64, box: Box | None = None) -> PlaneField:
    """The exact field solved on a mesh, even if a closed form is known."""
    return meshed(Problem(target, sigma=sigma), cells, box)


def meshed(problem: Problem, cells: int, box: Box | None = None) -> PlaneField:
    latent, target = build_latent(problem), build_target(problem)
    return PlaneField.of(LinearPath(latent, target), latent, target, cells, box)
