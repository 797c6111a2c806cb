"""Curves of unnormalised densities from latent to target, evaluated so that no energy is computed twice."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from core.targets.base import AbstractDensity, AbstractEnergy, energy_gradient
from core.types import Derivatives, Points, Times, Values


@dataclass(frozen=True)
class Located:
    """Points with the energies of a curve's two ends, latent and target, there.

    Attributes:
        x: positions.
        start, start_gradient: the latent's energy f_Z and its gradient.
        end, end_gradient: the target's energy f_D and its gradient.
    """

    x: Points
    start: Values
    start_gradient: Points
    end: Values
    end_gradient: Points

    def of(self, rows: Int[Tensor, " rows"]) -> Located:
        """Select points by index, in the given order; repetitions are allowed."""
        return Located(*(value[rows] for value in self.parts))

    def replaced(self, mask: Bool[Tensor, " batch"], other: Located) -> Located:
        """The points of `other` where the mask is true, and the points of this object elsewhere."""
        pairs = zip(self.parts, other.parts, strict=True)
        return Located(*(torch.where(mask.view(-1, *[1] * (a.ndim - 1)), b, a) for a, b in pairs))

    def positions(self) -> Points:
        """The positions x."""
        return self.x

    @property
    def parts(self) -> tuple[Tensor, ...]:
        return self.x, self.start, self.start_gradient, self.end, self.end_gradient


@dataclass(frozen=True)
class Tilt:
    """A curve's density at points, each with its own time: log ρ̃_t and its gradient, the score."""

    log_density: Values
    score: Points


class AbstractCurve(ABC):
    """Densities ρ̃_t from the latent at t = 0 to the target at t = 1.

    Args:
        latent: ρ_Z, from which samples can be drawn.
        target: gives f_D. Each point that is located costs one call of f_D with its gradient.
    """

    def __init__(self, latent: AbstractDensity, target: AbstractEnergy) -> None:
        self.latent = latent
        self.target = target

    def locate(self, x: Points) -> Located:
        """Evaluate the energies of latent and target at points."""
        return Located(x, *energy_gradient(self.latent, x), *energy_gradient(self.target, x))

    @abstractmethod
    def density(self, t: Times, at: Located) -> Tilt:
        """The density at located points, each with its own time."""


class LinearCurve(AbstractCurve):
    """`log ρ̃_t = −(1 − t) f_Z − t f_D`, also called the annealing path."""

    def density(self, t: Times, at: Located) -> Tilt:
        # At t = 0 and t = 1 one term has the factor zero. It is left out, since zero times an infinite energy is NaN.
        start = torch.where(t < 1, -(1 - t) * at.start, 0.0)
        end = torch.where(t > 0, -t * at.end, 0.0)
        score = -(1 - t)[:, None] * at.start_gradient - t[:, None] * at.end_gradient
        return Tilt(start + end, score)


@runtime_checkable
class CurveModel(Protocol):
    """A learned curve, such as an interpolation."""

    def densities(self, t: Times, x: Points, energy: Derivatives | None = None) -> TrainedDensity:
        """The curve at points (t, x); `energy`, if given, is the target's energy and its gradient at x."""
        ...


@runtime_checkable
class TrainedDensity(Protocol):
    """What a learned curve returns: its log-density and score."""

    @property
    def log_density(self) -> Values: ...

    @property
    def score(self) -> Points: ...


class LearnedCurve(AbstractCurve):
    """The densities of a trained curve, and the target itself at t = 1.

    Args:
        latent, target: the ends, in float64.
        model: the trained curve, evaluated in float32.
    """

    def __init__(self, latent: AbstractDensity, target: AbstractEnergy, model: CurveModel) -> None:
        super().__init__(latent, target)
        self.model = model

    @torch.no_grad()
    def density(self, t: Times, at: Located) -> Tilt:
        narrow = [value.to(torch.float32) for value in (t, at.x, at.end, at.end_gradient)]
        unknown = torch.full_like(narrow[2], torch.nan)
        found = self.model.densities(narrow[0], narrow[1], Derivatives(narrow[2], narrow[3], unknown))
        is_target = t >= 1
        log_density = torch.where(is_target, -at.end, found.log_density.to(at.x))
        return Tilt(log_density, torch.where(is_target[:, None], -at.end_gradient, found.score.to(at.x)))
