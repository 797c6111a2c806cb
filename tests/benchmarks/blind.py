"""Search for the box and the scale of a target, using only its energy and gradient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import torch

from core.interpolations import build
from core.interpolations.build import build_target
from core.problem import Problem
from core.results.samplers import draw
from core.sampling.allowance import Allowance
from core.sampling.cost import Cost, measured
from core.targets.base import AbstractTarget, energy_gradient
from core.targets.moved import MovedTarget
from core.types import Box, Points

# Widths of the latents from which SMC searches for mass, and the number of points and energy calls of each search.
WIDTHS, POINTS, CALLS = (1.0, 4.0, 16.0, 64.0), 400, 8000
# Number of points at which the curvature is measured, and the step of the differences relative to the spread of the points.
PROBES, STEP = 50, 1e-3
# How far the box extends beyond the points that the search found, in units of the scale.
MARGIN = 4.0


class FoundTarget(MovedTarget):
    """A target whose box and scale are replaced by the given ones."""

    def __init__(self, target: AbstractTarget, box: Box, scale: float) -> None:
        super().__init__(target, torch.zeros(target.dim, dtype=torch.float64))
        self._box, self._scale = box, scale

    @property
    def box(self) -> Box:
        return self._box

    @property
    def scale(self) -> float:
        return self._scale


def search(problem: Problem) -> tuple[Box, float, Cost]:
    """The box, the scale and the cost of finding them.

    SMC from latents of several widths estimates log Z. Too narrow a latent misses mass, so the largest estimate and its points are used. The
    scale is c^(−½), where c is the median curvature of the energy at these points.
    """
    cost, best, cloud = Cost(), -torch.inf, None
    for sigma in WIDTHS:
        draws = draw(replace(problem, sigma=sigma), "smc", Allowance(energy_calls=CALLS), POINTS)
        cost = cost.plus(draws.cost)
        if (log_z := float(draws.samples.log_weight[0])) > best:
            best, cloud = log_z, draws.samples.x
    assert cloud is not None
    target = build_target(problem)
    with measured(target) as probing:
        scale = _scale(target, cloud[:PROBES])
    margin = MARGIN * scale
    return Box(cloud.amin(0) - margin, cloud.amax(0) + margin), scale, cost.plus(probing)


def _scale(target: AbstractTarget, x: Points) -> float:
    """The inverse square root of the median curvature, by differences of the gradient along each axis."""
    width = STEP * float(x.std())
    second = torch.zeros(len(x), dtype=x.dtype)
    for axis in range(x.shape[1]):
        away = torch.zeros_like(x)
        away[:, axis] = width
        (_, above), (_, below) = energy_gradient(target, x + away), energy_gradient(target, x - away)
        second += (above - below)[:, axis] / (2 * width)
    return float((second / x.shape[1]).clamp(min=1e-12).median() ** -0.5)


@contextmanager
def with_found_box(problem: Problem) -> Iterator[Cost]:
    """Inside the block, curves are built with a box and a scale that a search has found; yields the cost of the search."""
    box, scale, cost = search(problem)
    with patch.object(build, "build_target", lambda other: FoundTarget(build_target(other), box, scale)):
        yield cost
