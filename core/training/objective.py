"""The training objective: the weighted continuity residual of a curve."""

from __future__ import annotations

from torch import Tensor, nn

from core.interpolations.base import AbstractInterpolation
from core.types import Points, Times, Values


class Objective(nn.Module):
    """The weighted residuals of a curve at collocation points.

    Args:
        model: the curve.
    """

    def __init__(self, model: AbstractInterpolation) -> None:
        super().__init__()
        self.model = model

    def forward(self, t: Times, x: Points, weight: Values, *known: Tensor) -> Values:
        """Compute `weight · r(t, x)`, in nats per unit of the curve's clock; `known` as returned by the curve."""
        return weight * self.model(t, x, *known)
