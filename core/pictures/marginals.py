"""Frames of the exact densities of latent and target in their first two coordinates, for curves that are unknown in between."""

from __future__ import annotations

import math

import numpy as np
import torch

from core.arrays import Array
from core.fields import grid_points
from core.interpolations.build import build_latent, build_target
from core.pictures.frames import Frames
from core.problem import Problem
from core.targets.base import AbstractEnergy, marginal

# Times of the frames of a curve that is known at t = 0 and t = 1 only. The density at the two inner times is NaN, so that pictures do not
# interpolate between latent and target.
END_TIMES = (0.0, 0.01, 0.99, 1.0)


def end_frames(problem: Problem, axes: tuple[Array, ...]) -> Frames | None:
    """Frames with the exact densities of the latent at t = 0 and of the target at t = 1; NaN in between.

    Returns:
        The frames; None if the density of the first two coordinates is unknown for latent or target.
    """
    start, end = marginal(build_latent(problem)), marginal(build_target(problem))
    if start is None or end is None:
        return None
    times = np.array(END_TIMES)
    density = np.full((len(times), *(len(axis) for axis in axes)), np.nan)
    density[0], density[-1] = density_on(start, axes), density_on(end, axes)
    unknown = np.full(len(times), np.nan)
    none = np.empty((len(times), 0, len(axes)))
    velocity = np.full((*density.shape, len(axes)), np.nan)
    samples = np.empty((0, len(axes)))
    return Frames(
        source="ends",
        times=times,
        axes=axes,
        density=density,
        velocity=velocity,
        particles=none,
        kinetic_energy=unknown,
        log_z=unknown,
        samples=samples,
    )


def density_on(density: AbstractEnergy, axes: tuple[Array, ...]) -> Array:
    """The values of a density on a grid, normalised so that they integrate to one over the grid."""
    x, cell = _points(axes)
    with torch.no_grad():
        return _normalised(-density.energy(x), axes, cell)


def _points(axes: tuple[Array, ...]) -> tuple[torch.Tensor, float]:
    cell = math.prod(float(axis[1] - axis[0]) for axis in axes)
    return grid_points(tuple(torch.from_numpy(axis) for axis in axes)), cell


def _normalised(log_density: torch.Tensor, axes: tuple[Array, ...], cell: float) -> Array:
    return (log_density.softmax(0) / cell).reshape([len(axis) for axis in axes]).numpy()
