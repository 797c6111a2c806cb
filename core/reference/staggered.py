"""Interpolate velocities that are stored on the faces of a mesh (a staggered grid)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import Array
from core.reference.mesh import Mesh

Indices = NDArray[np.integer]


def interpolate(mesh: Mesh, faces: tuple[Array, Array], which: Indices, x: Array) -> tuple[Array, Array]:
    """The velocity v and its divergence at points, by cubic interpolation; NaN outside the mesh.

    Args:
        mesh: the cells.
        faces: the velocities at the faces, border included, at several times: (times, n0 + 1, n1) and (times, n0, n1 + 1).
        which: (points,) the index of each point's time.
        x: (points, 2) the points.
    """
    places = [axis.coordinate(x[:, i]) for i, axis in enumerate(mesh.axes)]
    outside = np.zeros(len(x), dtype=bool)
    for (place, _), cells in zip(places, mesh.shape, strict=True):
        outside |= ~((place >= 0) & (place <= cells))
    velocity, divergence = np.empty((len(x), 2)), np.zeros(len(x))
    for i, values in enumerate(faces):
        # A velocity component is stored on cell edges along its own axis, and at cell centres along the other one.
        (rows, row_shares, row_slopes), (columns, column_shares, column_slopes) = (
            _stencil(np.where(outside, 0.0, place) - (0.0 if j == i else 0.5), values.shape[j + 1])
            for j, (place, _) in enumerate(places)
        )
        around = values[which[:, None, None], rows[:, :, None], columns[:, None, :]]
        velocity[:, i] = _combined(around, row_shares, column_shares)
        slopes = (row_slopes, column_shares) if i == 0 else (row_shares, column_slopes)
        divergence += _combined(around, *slopes) * places[i][1]
    velocity[outside], divergence[outside] = np.nan, np.nan
    return velocity, divergence


def interpolate_grid(mesh: Mesh, faces: tuple[Array, Array], axes: tuple[Array, ...]) -> Array:
    """Interpolate the velocity on a grid, as `interpolate` does at single points; returns shape (points of axis 1, points of axis 2, 2).

    Args:
        mesh: the cells.
        faces: the velocities at the faces, border included: (n0 + 1, n1) and (n0, n1 + 1).
        axes: the coordinates of the grid.
    """
    places = [axis.coordinate(x)[0] for axis, x in zip(mesh.axes, axes, strict=True)]
    inside = [(place >= 0) & (place <= cells) for place, cells in zip(places, mesh.shape, strict=True)]
    parts = []
    for i, values in enumerate(faces):
        for j, place in enumerate(places):
            index, shares, _ = _stencil(
                np.where(inside[j], place, 0.0) - (0.0 if j == i else 0.5), values.shape[j]
            )
            values = np.einsum("kas,ka->ks", np.moveaxis(values, j, 0)[index], shares)
            values = np.moveaxis(values, 0, j)
        parts.append(values)
    known = inside[0][:, None, None] & inside[1][:, None]
    return np.where(known, np.stack(parts, -1), np.nan)


def with_border(velocity: tuple[Array, Array]) -> tuple[Array, Array]:
    """Add zero velocities at the border to the velocities at the inner faces."""
    return np.pad(velocity[0], ((1, 1), (0, 0))), np.pad(velocity[1], ((0, 0), (1, 1)))


def at_centers(faces: tuple[Array, Array]) -> Array:
    """Velocities at cell centres, (n0, n1, 2): means of opposite faces."""
    first, second = faces
    return np.stack([(first[1:] + first[:-1]) / 2, (second[:, 1:] + second[:, :-1]) / 2], axis=-1)


def _combined(around: Array, rows: Array, columns: Array) -> Array:
    """The interpolated values, `Σ_ab around·rows·columns` at every point."""
    return ((around @ columns[:, :, None])[..., 0] * rows).sum(1)


def _stencil(place: Array, size: int) -> tuple[Indices, Array, Array]:
    """Indices of the four neighbours on a unit grid, their cubic interpolation weights, and the derivatives of the weights.

    References:
        Keys: Cubic convolution interpolation for digital image processing, IEEE TASSP 1981.
    """
    first = np.clip(np.floor(place).astype(int), 0, size - 2)
    s = place - first
    index = np.clip(first[:, None] + np.arange(-1, 3), 0, size - 1)
    shares = (
        np.stack([-s + 2 * s**2 - s**3, 2 - 5 * s**2 + 3 * s**3, s + 4 * s**2 - 3 * s**3, s**3 - s**2], 1) / 2
    )
    slopes = (
        np.stack([-1 + 4 * s - 3 * s**2, -10 * s + 9 * s**2, 1 + 8 * s - 9 * s**2, 3 * s**2 - 2 * s], 1) / 2
    )
    return index, shares, slopes
