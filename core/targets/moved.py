"""A translated energy, so that code written for a latent at the origin works for any centre."""

from __future__ import annotations

from typing import overload

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import (
    AbstractEnergy,
    AbstractTarget,
    HasClosedForm,
    HasMarginal,
    closed_form,
    marginal,
)
from core.types import Box, Derivatives, Points, Values, Vector


class MovedEnergy(AbstractEnergy, HasClosedForm, HasMarginal):
    """The density of `X + by` for X from a target. Energy evaluations are counted on the original target.

    Args:
        target: the original target.
        by: translation, in the units of x.
    """

    def __init__(self, target: AbstractEnergy, by: Vector) -> None:
        super().__init__()
        self.target = target
        self.dim = target.dim
        self.kinks = tuple(kink + float(by) for kink in target.kinks)
        self.has_laplacian = target.has_laplacian
        self.counter = target.counter  # the same object, so that evaluations of either are counted together
        self.register_buffer("by", by)

    by: Vector

    def energy(self, x: Points) -> Values:
        return self.target.energy(x - self.by.to(x))

    def closed_form(self, x: Points) -> Derivatives | None:
        return closed_form(self.target, x - self.by.to(x))

    def marginal(self) -> AbstractEnergy | None:
        seen = marginal(self.target)
        return None if seen is None else moved(seen, self.by[:2])

    @property
    def box(self) -> Box:
        return self.target.box.moved(self.by)

    @property
    def scale(self) -> float:
        return self.target.scale


class MovedTarget(MovedEnergy, AbstractTarget):
    """A translated target with known log Z, modes and mode masses, and with an exact sampler."""

    target: AbstractTarget

    def __init__(self, target: AbstractTarget, by: Vector) -> None:
        super().__init__(target, by)
        self.log_z = target.log_z
        self.register_buffer("modes", target.modes + by)
        self.register_buffer("weights", target.weights)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        return self.target.sample(num_samples, generator) + self.by

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        return self.target.responsibilities(x - self.by.to(x))


@overload
def moved(target: AbstractTarget, by: Vector) -> AbstractTarget: ...
@overload
def moved(target: AbstractEnergy, by: Vector) -> AbstractEnergy: ...
def moved(target: AbstractEnergy, by: Vector) -> AbstractEnergy:
    """The density of `X + by` for X from a target; the target itself if `by` is zero."""
    if not by.any():
        return target
    return MovedTarget(target, by) if isinstance(target, AbstractTarget) else MovedEnergy(target, by)
