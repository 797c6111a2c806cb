"""What every optimiser does: one step on fresh collocation points. None knows which interpolation it serves."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor

from core.types import Values

# Residuals beyond this, in nats per turn of the curve's clock, count linearly: the tails of the box would rule otherwise.
ROBUST_SCALE = 1.0


class Step(NamedTuple):
    """What a step tells.

    Attributes:
        loss: the robust loss before the step. NaN when the loss or the step is not finite: then the model has the last parameters
            whose loss was finite.
        residual: of the batch, before the step.
    """

    loss: float
    residual: Values

    @property
    def failed(self) -> bool:
        return not math.isfinite(self.loss)


class AbstractOptimiser(ABC):
    """Changes an objective's parameters in place. The objective is a module whose `forward(*batch)` gives residuals."""

    @abstractmethod
    def step(self, batch: tuple[Tensor, ...], progress: float) -> Step:
        """One step.

        Args:
            batch: what the objective is evaluated at; the first axis of every tensor counts the points.
            progress: the used share of the budget, from 0 to 1.
        """

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Copies of what later steps depend on, besides the parameters."""

    @abstractmethod
    def load(self, state: dict[str, Tensor]) -> None:
        """Goes back to a state; the parameters have been set already."""


def robust_loss(residual: Values) -> torch.Tensor:
    """The mean pseudo-Huber loss `c²(√(1 + (r/c)²) − 1)`: r²/2 near zero, c|r| far from it."""
    c = ROBUST_SCALE
    return (c * c * ((1 + (residual / c).square()).sqrt() - 1)).mean()


def robust_weight(residual: Values) -> Values:
    """The weight of each residual in the least-squares problem whose gradient is the robust loss's."""
    return (1 + (residual / ROBUST_SCALE).square()).rsqrt()
