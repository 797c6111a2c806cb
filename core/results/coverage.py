"""Scores of how well samples cover the modes of a target, computed from the mass in each mode."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import KnownTarget, membership
from core.types import Points, Values

Masses = Float[Tensor, " modes"]
# Mode weights whose relative difference is at most this count as equal.
EQUAL = 1e-9
# Number of points processed at once, which bounds the memory for tables of shape (points, modes).
_CHUNK = 10_000


def weighted_mode_masses(target: KnownTarget, x: Points, log_weight: Values) -> Masses | None:
    """The mass in each mode after reweighting, `Σ_i w_i p(mode | x_i) / Σ_i w_i`.

    Returns:
        The masses, which sum to one; NaN if a weight or a point is not finite, or all weights are zero. None if the modes are unknown.
    """
    if target.modes is None:
        return None
    share = log_weight.softmax(0).to(target.modes)
    parts = zip(x.split(_CHUNK), share.split(_CHUNK), strict=True)
    masses = [part @ rows for points, part in parts if (rows := membership(target, points)) is not None]
    return torch.stack(masses).sum(0)


def entropic_mode_coverage(masses: Masses, weights: Masses) -> float:
    """The entropy of the mode masses relative to its maximum, `−Σ p log p / log K`; 1 if all K modes hold equal mass.

    Returns:
        A number from 0 to 1; NaN if the target's modes have unequal weights, or there is only one.

    References:
        Blessing, Jia, Esslinger, Vargas, Neumann: Beyond ELBOs, ICML 2024, section 3.
    """
    num_modes = len(weights)
    if num_modes < 2 or not torch.allclose(weights, weights.mean(), rtol=EQUAL, atol=0):
        return math.nan
    return _entropy(_shares(masses)) / math.log(num_modes)


def jensen_shannon_distance(masses: Masses, weights: Masses) -> float:
    """The Jensen–Shannon distance between mode masses and exact weights, `√(H(m) − ½H(p) − ½H(w))` in bits.

    Here m = (p + w)/2. The distance is 0 for equal masses and 1 for masses without a common mode.
    """
    shares = _shares(masses)
    divergence = _entropy((shares + weights) / 2) - (_entropy(shares) + _entropy(weights)) / 2
    return math.sqrt(max(divergence, 0.0) / math.log(2)) if math.isfinite(divergence) else math.nan


def _shares(masses: Masses) -> Masses:
    """Masses that sum to one; NaN if all are zero."""
    return masses / masses.sum()


def _entropy(shares: Masses) -> float:
    """`−Σ p log p`, in nats."""
    return torch.special.entr(shares).sum().item()
