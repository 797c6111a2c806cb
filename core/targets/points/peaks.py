"""The peaks of a kernel density, found by mean shift."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.targets.computed.anywhere import separated
from core.targets.mixture import GaussianMixture
from core.types import OtherPoints, Points

# Number of mean-shift steps from each kernel, number of further steps from each peak, and the factor by which a step is longer than a plain
# mean-shift step.
_STEPS, _LAST_STEPS, _FARTHER = 50, 400, 1.6
# Kernels whose uphill paths end this close together (in bandwidths) share a peak.
_NEAR = 0.05
# A peak owns at least this fraction of the kernels; the kernels of smaller peaks go to the nearest other peak. At most _MOST peaks are
# considered.
_LEAST_MASS, _MOST = 0.02, 32


@dataclass(frozen=True)
class Peaks:
    """The peaks of a kernel density.

    Attributes:
        at: their positions, in units of the bandwidth, from the highest to the lowest.
        owner: for each kernel, the index of its peak.
    """

    at: Float[Tensor, "peaks dim"]
    owner: Int[Tensor, " points"]


def find_peaks(kernels: GaussianMixture) -> Peaks:
    """Find the peaks that are separated by valleys, and the kernels that belong to each.

    Args:
        kernels: one Gaussian with standard deviation 1 for each point.

    References:
        Comaniciu, Meer: Mean Shift: A Robust Approach toward Feature Space Analysis, 2002.
    """
    with torch.no_grad():
        feet = _uphill(kernels, kernels.modes, _STEPS)
        peaks = separated(kernels.energy, _distinct(feet))
        owner = torch.cdist(feet, peaks).argmin(1)
        counts = torch.bincount(owner, minlength=len(peaks))
        peaks = peaks[counts >= min(_LEAST_MASS * len(feet), int(counts.max()))]
        peaks = _uphill(kernels, peaks, _LAST_STEPS)
        return Peaks(peaks, torch.cdist(feet, peaks).argmin(1))


def _uphill(kernels: GaussianMixture, x: Points, steps: int) -> Points:
    """Move each point repeatedly to the mean of the kernels, weighted by their densities there, and a little farther."""
    middle = kernels.modes.mean(0)
    centres, x = kernels.modes - middle, x - middle
    half = centres.square().sum(1) / 2
    for _ in range(steps):
        mean = torch.cat([(part @ centres.T - half).softmax(1) @ centres for part in x.split(kernels.rows)])
        x = x + _FARTHER * (mean - x)
    return x + middle


def _distinct(x: Points) -> OtherPoints:
    """Merge points that nearly coincide: one point for each of the fullest cells of a fine grid, up to _MOST points."""
    cells, which, counts = (x / _NEAR).round().unique(dim=0, return_inverse=True, return_counts=True)
    first = torch.full((len(cells),), len(x)).scatter_reduce_(0, which, torch.arange(len(x)), "amin")
    return x[first[counts.argsort(descending=True)[:_MOST]]]
