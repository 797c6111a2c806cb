"""A translated target, so that code written for a latent at the origin works for any centre."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget
from core.types import Box, Derivatives, Points, Values, Vector


class MovedTarget(AbstractTarget):
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
        self.register_buffer("by", by)

    by: Vector

    @property
    def calls(self) -> int:
        return self.target.calls

    @calls.setter
    def calls(self, count: int) -> None:
        self.target.calls = count

    @property
    def gradient_calls(self) -> int:
        return self.target.gradient_calls

    @gradient_calls.setter
    def gradient_calls(self, count: int) -> None:
        self.target.gradient_calls = count

    def energy(self, x: Points) -> Values:
        return self.target.energy(x - self.by.to(x))

    def closed_form(self, x: Points) -> Derivatives | None:
        return self.target.closed_form(x - self.by.to(x))

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        return self.target.sample(num_samples, generator) + self.by

    @property
    def modes(self) -> Float[Tensor, "modes dim"]:  # type: ignore[override]
        return self.target.modes + self.by

    @property
    def weights(self) -> Float[Tensor, " modes"]:  # type: ignore[override]
        return self.target.weights

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        return self.target.responsibilities(x - self.by.to(x))

    def marginal(self) -> AbstractTarget | None:
        seen = self.target.marginal()
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
