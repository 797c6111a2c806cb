"""The mesh of 2-D fields: equal cells on a core, and wider cells outside it."""

from __future__ import annotations

import numpy as np
import pytest

from core.reference.mesh import GRADING, Axis, Mesh

AXES = {
    "margins": Axis(-10.0, 14.0, (-2.0, 3.0), 0.5, 96),
    "margin on the right": Axis(-1.0, 40.0, (-1.0, 2.0), 0.7, 33),
    "no margin": Axis(-3.0, 5.0, (-3.0, 5.0), 0.1, 17),
    "far away": Axis(990.0, 1100.0, (1000.0, 1001.0), 0.05, 128),
    "core of no width": Axis(-6.0, 6.0, (0.0, 0.0), 0.3, 64),
}
everywhere = pytest.mark.parametrize("axis", AXES.values(), ids=AXES)


@everywhere
def test_cells_fill_the_axis_in_order(axis: Axis) -> None:
    assert len(axis.widths) == len(axis.centers) == axis.cells
    assert axis.edges[0] == pytest.approx(axis.lower, rel=1e-12)
    assert axis.edges[-1] == pytest.approx(axis.upper, rel=1e-12)
    assert (axis.widths > 0).all()
    assert (axis.centers > axis.edges[:-1]).all()
    assert (axis.centers < axis.edges[1:]).all()


@everywhere
def test_edges_have_integer_coordinates_and_centers_half_integers(axis: Axis) -> None:
    np.testing.assert_allclose(axis.coordinate(axis.edges)[0], np.arange(axis.cells + 1), atol=1e-9)
    np.testing.assert_allclose(axis.coordinate(axis.centers)[0], np.arange(axis.cells) + 0.5, atol=1e-9)


@everywhere
def test_coordinate_returns_its_derivative(axis: Axis) -> None:
    x = np.linspace(axis.lower, axis.upper, 99)[1:-1]
    x = x[np.abs(x[:, None] - np.array(axis.core)).min(1) > 1e-3]
    step = 1e-4
    slope = (axis.coordinate(x + step)[0] - axis.coordinate(x - step)[0]) / (2 * step)
    np.testing.assert_allclose(axis.coordinate(x)[1], slope, rtol=1e-5)


@everywhere
def test_cells_on_the_core_have_equal_width(axis: Axis) -> None:
    inside = (axis.edges[:-1] >= axis.core[0]) & (axis.edges[1:] <= axis.core[1])
    widths = axis.widths[inside]
    np.testing.assert_allclose(widths, axis.widths.min(), rtol=1e-9)


@everywhere
def test_cell_widths_grow_linearly_outside_the_core(axis: Axis) -> None:
    """At a distance d from the core, widths are larger by the factor 1 + GRADING·d/scale."""
    distance = np.abs(axis.centers - np.clip(axis.centers, *axis.core))
    beyond = (axis.edges[1:] < axis.core[0]) | (axis.edges[:-1] > axis.core[1])
    finest = 1 / axis.coordinate(np.array([sum(axis.core) / 2]))[1][0]
    expected = finest * (1 + GRADING * distance / axis.scale)
    # The formula holds at the cell centre; its relative error is the square of the growth per cell.
    np.testing.assert_allclose(
        axis.widths[beyond], expected[beyond], rtol=(GRADING * finest / axis.scale) ** 2
    )


def test_mesh_is_the_product_of_its_axes() -> None:
    mesh = Mesh((AXES["margins"], AXES["no margin"]))
    assert mesh.shape == (96, 17)
    assert mesh.volumes.sum() == pytest.approx(24 * 8, rel=1e-12)
    assert mesh.centers.shape == (96 * 17, 2)
    np.testing.assert_array_equal(mesh.centers[:17, 1], AXES["no margin"].centers)
    np.testing.assert_array_equal(mesh.centers[::17, 0], AXES["margins"].centers)
    assert [gap.shape for gap in mesh.gaps] == [(95, 1), (1, 16)]
    assert [face.shape for face in mesh.faces] == [(1, 17), (96, 1)]
    np.testing.assert_allclose(mesh.gaps[0].sum(), mesh.axes[0].centers[-1] - mesh.axes[0].centers[0])
    np.testing.assert_allclose(mesh.faces[0].sum(), 8)
    np.testing.assert_allclose(mesh.faces[1].sum(), 24)
