"""The interface of optimisers, and the robust loss they share. An optimiser does not depend on the interpolation."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor

from core.types import Values

# The loss is quadratic for residuals well below this (in nats per unit of the curve's clock) and linear well above, so that the tails of the
# box do not dominate it.
ROBUST_SCALE = 1.0


class Step(NamedTuple):
    """The result of one step.

    Attributes:
        loss: robust loss before the step. NaN if the loss or the step was not finite; the model then keeps the last parameters with a
            finite loss.
        residual: (batch) residuals before the step.
    """

    loss: float
    residual: Values

    @property
    def failed(self) -> bool:
        return not math.isfinite(self.loss)


class AbstractOptimiser(ABC):
    """Optimiser of an objective, a module whose `forward(*batch)` returns residuals. Changes the parameters in place."""

    @abstractmethod
    def step(
        self, batch: tuple[Tensor, ...], progress: float, check: tuple[Tensor, ...] | None = None
    ) -> Step:
        """Take one step.

        Args:
            batch: the objective's arguments; the first axis of every tensor is the batch.
            progress: fraction of the budget used, from 0 to 1.
            check: a second batch, for an optimiser that tries several step sizes and keeps one that lowers the loss. On its own batch, even a
                step that only fits the noise lowers the loss; such steps would spoil a model that is nearly right from the start.
        """

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Copies of everything that later steps depend on, besides the parameters."""

    @abstractmethod
    def load(self, state: dict[str, Tensor]) -> None:
        """Restore what `state` returned. The caller restores the parameters first."""


def robust_loss(residual: Values) -> torch.Tensor:
    """Mean pseudo-Huber loss `c²(√(1 + (r/c)²) − 1)` with c = ROBUST_SCALE: about r²/2 for small r, c|r| for large r."""
    c = ROBUST_SCALE
    return (c * c * ((1 + (residual / c).square()).sqrt() - 1)).mean()


def robust_weight(residual: Values) -> Values:
    """Weights `1/√(1 + (r/c)²)`: least squares with these weights has the same gradient as the robust loss."""
    return (1 + (residual / ROBUST_SCALE).square()).rsqrt()
