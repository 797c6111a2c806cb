"""Detect mixtures whose modes have equal width and lie on one line: across this line, the linear curve is Gaussian."""

from __future__ import annotations

from core.targets.mixture import GaussianMixture
from core.types import Vector

# Modes count as collinear if their distances from a common line are at most this fraction of their width.
STRAIGHT = 1e-9


def common_direction(target: GaussianMixture) -> Vector | None:
    """The unit vector along the line of the modes.

    Returns:
        The unit vector; the zero vector if all modes coincide; None if the modes differ in width or are not on one line.
    """
    if bool((target.std != target.std[0]).any()):
        return None
    away = target.modes - target.modes[0]
    farthest = away[away.norm(dim=1).argmax()]
    if not farthest.any():
        return farthest
    direction = farthest / farthest.norm()
    off = away - (away @ direction)[:, None] * direction
    return direction if bool((off.norm(dim=1) <= STRAIGHT * target.std[0]).all()) else None
