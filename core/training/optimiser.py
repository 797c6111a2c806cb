"""What every optimiser does: one step on fresh collocation points. None knows which interpolation it serves."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch

from core.types import Points, Times, Values

# Residuals beyond this, in nats per unit of time, count linearly: the tails of the box would rule otherwise.
ROBUST_SCALE = 1.0


class AbstractOptimiser(ABC):
    """Changes a model's parameters in place."""

    @abstractmethod
    def step(self, t: Times, x: Points, progress: float) -> float:
        """One step on the points (t, x).

        Args:
            t, x: the collocation points.
            progress: the used share of the budget, from 0 to 1.

        Returns:
            The robust loss before the step. NaN when the loss or the step is not finite: then the model has the last parameters
            whose loss was finite.
        """


def robust_loss(residual: Values) -> torch.Tensor:
    """The mean pseudo-Huber loss `c²(√(1 + (r/c)²) − 1)`: r²/2 near zero, c|r| far from it."""
    c = ROBUST_SCALE
    return (c * c * ((1 + (residual / c).square()).sqrt() - 1)).mean()


def robust_weight(residual: Values) -> Values:
    """The weight of each residual in the least-squares problem whose gradient is the robust loss's."""
    return (1 + (residual / ROBUST_SCALE).square()).rsqrt()
