"""Exact samples and log Z of a 1-D density, from its cumulative distribution function (CDF) on a fine grid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

# Number of points of the grid.
POINTS = 20_001


class InverseCdf:
    """Inverse transform sampling with a CDF that is tabulated once and interpolated linearly.

    Args:
        energy: a smooth energy of one coordinate, in nats.
        lower, upper: an interval that contains all of the mass.

    Attributes:
        log_z: `log ∫ e^{-energy}`, in nats.
    """

    def __init__(self, energy: Callable[[Tensor], Tensor], lower: float, upper: float) -> None:
        x = torch.linspace(lower, upper, POINTS, dtype=torch.float64)
        log_density = -energy(x)
        top = float(log_density.max())
        density = (log_density - top).exp().numpy()
        self._x = x.numpy()
        steps = (density[1:] + density[:-1]) / 2 * np.diff(self._x)
        # The trapezoidal rule converges faster than any power for a smooth density that vanishes at both ends.
        self.log_z = top + float(np.log(steps.sum()))
        self._cdf = np.concatenate([[0.0], steps.cumsum() / steps.sum()])

    def sample(self, num_samples: int, generator: torch.Generator) -> Tensor:
        """Independent samples, shape (num_samples,)."""
        level = torch.rand(num_samples, generator=generator, dtype=torch.float64).numpy()
        return torch.from_numpy(np.interp(level, self._cdf, self._x))
