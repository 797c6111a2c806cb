"""A rectangular mesh: uniform over the target, coarser towards the outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.arrays import Array

# The rate at which cell widths grow with the distance from the core, the interval of equally wide cells.
GRADING = 0.25


@dataclass(frozen=True)
class Axis:
    """Cells along one axis: of equal width on the core, with widths that grow linearly with the distance to it.

    The growth is smooth enough for central differences to remain second-order accurate.

    Attributes:
        lower, upper: the ends of the axis.
        core: the interval of equal cells, between the ends.
        scale: the distance over which cell widths grow by the fraction `GRADING`.
        cells: number of cells.
    """

    lower: float
    upper: float
    core: tuple[float, float]
    scale: float
    cells: int

    @cached_property
    def edges(self) -> Array:
        return self._place(np.arange(self.cells + 1.0))

    @cached_property
    def centers(self) -> Array:
        return self._place(np.arange(self.cells) + 0.5)

    @cached_property
    def widths(self) -> Array:
        return np.diff(self.edges)

    def coordinate(self, x: Array) -> tuple[Array, Array]:
        """The position of x, counted in cells from the lower end, and its derivative, the number of cells per unit of x."""
        stretched, density = self._stretch(x)
        start, end = self._ends
        unit = self.cells / (end - start)
        return (stretched - start) * unit, density * unit

    @cached_property
    def _ends(self) -> tuple[float, float]:
        ends, _ = self._stretch(np.array([self.lower, self.upper]))
        return float(ends[0]), float(ends[1])

    def _stretch(self, x: Array) -> tuple[Array, Array]:
        """A coordinate in which all cells have equal width, and its derivative. It equals x on the core and is logarithmic outside."""
        nearest = np.clip(x, *self.core)
        growth = 1 + GRADING * np.abs(x - nearest) / self.scale
        return nearest + np.sign(x - nearest) * self.scale / GRADING * np.log(growth), 1 / growth

    def _place(self, cells: Array) -> Array:
        """The inverse of `coordinate`."""
        start, end = self._ends
        stretched = start + cells * (end - start) / self.cells
        nearest = np.clip(stretched, *self.core)
        beyond = np.abs(stretched - nearest) * GRADING / self.scale
        return nearest + np.sign(stretched - nearest) * np.expm1(beyond) * self.scale / GRADING


@dataclass(frozen=True)
class Mesh:
    """The cells of a 2-D mesh: all products of a cell of the first axis and one of the second.

    Attributes:
        axes: the first and the second axis.
    """

    axes: tuple[Axis, Axis]

    @property
    def shape(self) -> tuple[int, int]:
        return self.axes[0].cells, self.axes[1].cells

    @cached_property
    def volumes(self) -> Array:
        return np.outer(self.axes[0].widths, self.axes[1].widths)

    @cached_property
    def centers(self) -> Array:
        """Centres of all cells, (cells, 2); the second axis varies fastest."""
        return np.stack(np.meshgrid(*(a.centers for a in self.axes), indexing="ij"), axis=-1).reshape(-1, 2)

    @cached_property
    def gaps(self) -> tuple[Array, Array]:
        """The distances between the centres of neighbours: (n0 − 1, 1) and (1, n1 − 1)."""
        first, second = (np.diff(axis.centers) for axis in self.axes)
        return first[:, None], second[None, :]

    @cached_property
    def faces(self) -> tuple[Array, Array]:
        """The areas of the faces between neighbours: (1, n1) and (n0, 1)."""
        return self.axes[1].widths[None, :], self.axes[0].widths[:, None]
