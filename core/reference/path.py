"""Curves of densities without a velocity: the input of the exact solvers."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from core.interpolations.base import AbstractInterpolation, DensityValue, linear_density
from core.targets.base import AbstractDensity, AbstractEnergy, energy_gradient
from core.types import Points, TimeAxis, Times

Grid = Float[Tensor, "times points"]


class AbstractPath(ABC):
    """The unnormalised log-density `log ρ̃_t` for all t in [0, 1].

    Attributes:
        only_time: the time of the density, if there is only a single one; None for a full curve.
    """

    only_time: float | None = None

    @abstractmethod
    def evaluate(self, t: Times, x: Points) -> DensityValue:
        """The curve at a batch of points (t, x)."""

    @abstractmethod
    def on_grid(self, times: TimeAxis, x: Points) -> tuple[Grid, Grid]:
        """`log ρ̃_t` and `∂_t log ρ̃_t` at all pairs of times and points."""


class LinearPath(AbstractPath):
    """`log ρ̃_t = −(1 − t) f_Z − t f_D`, with the energies f_Z of the latent and f_D of the target."""

    def __init__(self, latent: AbstractDensity, target: AbstractEnergy) -> None:
        self.latent = latent
        self.target = target

    def evaluate(self, t: Times, x: Points) -> DensityValue:
        return linear_density(self.latent, t, x, *energy_gradient(self.target, x))

    def on_grid(self, times: TimeAxis, x: Points) -> tuple[Grid, Grid]:
        """Evaluate each energy once, for any number of times."""
        with torch.no_grad():
            start, end = self.latent.energy(x), self.target.energy(x)
        growth = start - end
        log_density = torch.outer(times, growth).sub_(start)
        endless = start.isinf() | end.isinf()
        if endless.any():  # an infinite energy times t = 0 or 1 − t = 0 would give NaN
            log_density[:, endless] = -(start + end)[endless]
        return log_density, growth.expand(len(times), -1)


class CurvePath(AbstractPath):
    """The densities of an interpolation with its current parameters, such as the learned curve. Its velocity is ignored.

    Uses a copy in float64, since adaptive quadrature would mistake float32 rounding for fine structure.
    """

    def __init__(self, interpolation: AbstractInterpolation) -> None:
        self.interpolation = copy.deepcopy(interpolation).to(torch.float64)

    @torch.no_grad()
    def evaluate(self, t: Times, x: Points) -> DensityValue:
        value = self.interpolation.densities(t.to(torch.float64), x.to(torch.float64))
        return DensityValue(value.log_density.detach(), value.log_density_dt.detach(), value.score.detach())

    def on_grid(self, times: TimeAxis, x: Points) -> tuple[Grid, Grid]:
        rows = [self.evaluate(t.expand(len(x)), x) for t in times]
        return torch.stack([r.log_density for r in rows]), torch.stack([r.log_density_dt for r in rows])


class ConstantPath(AbstractPath):
    """A single density, constant in time: one end of a curve."""

    def __init__(self, density: AbstractDensity, time: float = 1.0) -> None:
        self.density = density
        self.only_time = time

    def evaluate(self, t: Times, x: Points) -> DensityValue:
        energy, gradient = energy_gradient(self.density, x)
        return DensityValue(-energy, torch.zeros_like(energy), -gradient)

    def on_grid(self, times: TimeAxis, x: Points) -> tuple[Grid, Grid]:
        with torch.no_grad():
            log_density = -self.density.energy(x).expand(len(times), -1)
        return log_density, torch.zeros_like(log_density)
