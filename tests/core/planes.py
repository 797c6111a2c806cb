"""Exact fields of linear curves in the plane by finite volumes, for the tests of them."""

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
    """On a mesh, although a closed form may be known."""
    return meshed(Problem(target, sigma=sigma), cells, box)


def meshed(problem: Problem, cells: int, box: Box | None = None) -> PlaneField:
    latent, target = build_latent(problem), build_target(problem)
    return PlaneField(LinearPath(latent, target), latent, target, cells, box)
