"""Curves of densities without a velocity: what the exact solvers start from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.interpolations.base import AbstractInterpolation
from core.targets.base import AbstractDensity, energy_gradient
from core.types import Points, Times, Values

Grid = Float[Tensor, "times points"]


@dataclass(frozen=True)
class PathValue:
    """A curve of densities at points (t, x): `log ρ̃_t`, its time derivative and its score."""

    log_density: Values
    log_density_dt: Values
    score: Points


class AbstractPath(ABC):
    """`log ρ̃_t` for all t in [0, 1]."""

    @abstractmethod
    def evaluate(self, t: Times, x: Points) -> PathValue:
        """The curve at a batch of points (t, x)."""

    @abstractmethod
    def on_grid(self, times: Times, x: Points) -> tuple[Grid, Grid]:
        """`log ρ̃_t` and `∂_t log ρ̃_t` at every time and every point."""


class LinearPath(AbstractPath):
    """`log ρ̃_t = −(1 − t) f_Z − t f_D`."""

    def __init__(self, latent: AbstractDensity, target: AbstractDensity) -> None:
        self.latent = latent
        self.target = target

    def evaluate(self, t: Times, x: Points) -> PathValue:
        start, start_gradient = energy_gradient(self.latent, x)
        end, end_gradient = energy_gradient(self.target, x)
        score = -(1 - t)[:, None] * start_gradient - t[:, None] * end_gradient
        return PathValue(-(1 - t) * start - t * end, start - end, score)

    def on_grid(self, times: Times, x: Points) -> tuple[Grid, Grid]:
        """One evaluation of each energy, however many times there are."""
        with torch.no_grad():
            start, end = self.latent.energy(x), self.target.energy(x)
        growth = start - end
        return torch.outer(times, growth).sub_(start), growth.expand(len(times), -1)


class CurvePath(AbstractPath):
    """The densities of an interpolation as it stands, such as the learned one with its ψ; its velocity is not looked at."""

    def __init__(self, interpolation: AbstractInterpolation) -> None:
        self.interpolation = interpolation
        self.dtype = next(interpolation.parameters()).dtype

    @torch.no_grad()
    def evaluate(self, t: Times, x: Points) -> PathValue:
        value = self.interpolation.curve(t.to(self.dtype), x.to(self.dtype))
        parts = (value.log_density, value.log_density_dt, value.score)
        return PathValue(*(part.detach().to(x) for part in parts))

    def on_grid(self, times: Times, x: Points) -> tuple[Grid, Grid]:
        rows = [self.evaluate(t.expand(len(x)), x) for t in times]
        return torch.stack([r.log_density for r in rows]), torch.stack([r.log_density_dt for r in rows])


class ConstantPath(AbstractPath):
    """One density at all times."""

    def __init__(self, density: AbstractDensity) -> None:
        self.density = density

    def evaluate(self, t: Times, x: Points) -> PathValue:
        energy, gradient = energy_gradient(self.density, x)
        return PathValue(-energy, torch.zeros_like(energy), -gradient)

    def on_grid(self, times: Times, x: Points) -> tuple[Grid, Grid]:
        with torch.no_grad():
            log_density = -self.density.energy(x).expand(len(times), -1)
        return log_density, torch.zeros_like(log_density)
