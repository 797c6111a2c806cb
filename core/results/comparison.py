"""The difference between a learned and an exact field on a common grid. Needs NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import Array
from core.pictures.frames import Frames

# The fields are compared where the exact density exceeds this fraction of its maximum at the same time.
FLOOR = 1e-4


@dataclass(frozen=True, eq=False)
class Comparison:
    """The difference between a learned field (ρ̂_t, v̂_t) and the exact one (ρ_t, v_t); NaN where the density is negligible or unknown.

    Attributes:
        times: (T,) times of the exact frames.
        axes: coordinates of the grid.
        log_density: (T, *grid) log ρ̂_t − log ρ_t in nats, both normalised on the grid.
        velocity: (T, *grid) |v̂_t − v_t| in units of x per unit of time.
        relative_velocity: (T,) √(E|v̂_t − v_t|² / E|v_t|²) over the exact ρ_t.
    """

    times: Array
    axes: tuple[Array, ...]
    log_density: Array
    velocity: Array
    relative_velocity: Array

    def index(self, t: float) -> int:
        """The index of the frame nearest to the time t."""
        return int(np.abs(self.times - t).argmin())


def compare(learned: Frames, exact: Frames) -> Comparison | None:
    """Compare two fields at the times of the exact frames.

    Args:
        learned: frames of the learned field, which must include the times of the exact ones.
        exact: frames of the exact field.

    Returns:
        The comparison, or None if the grids or times differ or a velocity is unknown.
    """
    same = len(learned.axes) == len(exact.axes) and all(
        len(a) == len(b) and np.allclose(a, b) for a, b in zip(learned.axes, exact.axes, strict=True)
    )
    at = [learned.index(t) for t in exact.times]
    if not (
        same and exact.has_velocity and learned.has_velocity and np.allclose(learned.times[at], exact.times)
    ):
        return None
    counts = exact.holds_mass(FLOOR)
    with np.errstate(divide="ignore"):
        log_density = np.log(learned.density[at]) - np.log(np.where(counts, exact.density, 1.0))
    difference = ((learned.velocity[at] - exact.velocity) ** 2).sum(-1)
    size = (exact.velocity**2).sum(-1)
    mass = np.where(counts, exact.density, 0.0)
    axes = tuple(range(1, exact.dim + 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nansum(mass * difference, axis=axes) / np.nansum(mass * size, axis=axes)
    return Comparison(
        exact.times,
        exact.axes,
        np.where(counts, log_density, np.nan),
        np.where(counts, np.sqrt(difference), np.nan),
        np.sqrt(share),
    )
