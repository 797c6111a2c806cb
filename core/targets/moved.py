"""A translated target, so that code written for a latent at the origin works for any centre."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget, HasClosedForm, HasMarginal, closed_form, marginal
from core.types import Box, Derivatives, Points, Values, Vector


class MovedTarget(AbstractTarget, HasClosedForm, HasMarginal):
    """The density of `X + by` for X from a target. Energy evaluations are counted on the original target.

    Args:
        target: the original target.
        by: translation, in the units of x.
    """

    def __init__(self, target: AbstractTarget, by: Vector) -> None:
        super().__init__()
        self.target = target
        self.dim = target.dim
        self.log_z = target.log_z
        self.kinks = tuple(kink + float(by) for kink in target.kinks)
        self.counter = target.counter  # one count for both
        self.register_buffer("by", by)
        self.register_buffer("modes", target.modes + by)
        self.register_buffer("weights", target.weights)

    by: Vector

    def energy(self, x: Points) -> Values:
        return self.target.energy(x - self.by.to(x))

    def closed_form(self, x: Points) -> Derivatives | None:
        return closed_form(self.target, x - self.by.to(x))

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        return self.target.sample(num_samples, generator) + self.by

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        return self.target.responsibilities(x - self.by.to(x))

    def marginal(self) -> AbstractTarget | None:
        seen = marginal(self.target)
        return moved(seen, self.by[:2]) if isinstance(seen, AbstractTarget) else None

    @property
    def box(self) -> Box:
        return self.target.box.moved(self.by)

    @property
    def scale(self) -> float:
        return self.target.scale


def moved(target: AbstractTarget, by: Vector) -> AbstractTarget:
    """The density of `X + by` for X from a target; the target itself if `by` is zero."""
    return MovedTarget(target, by) if by.any() else target
