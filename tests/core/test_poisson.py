"""The solver of ∇·(ρ∇φ) = −ρ h on a mesh, which is accurate even across regions of very small density ρ."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import mpmath
import numpy as np
import pytest

from core.arrays import Array
from core.reference import poisson
from core.reference.mesh import Axis, Mesh
from core.reference.poisson import WeightedPoisson, _local_maxima, _potentials
from core.reference.staggered import interpolate, interpolate_grid, with_border

MESH = Mesh((Axis(-6.0, 7.0, (-2.0, 3.0), 0.8, 28), Axis(-5.0, 5.0, (-1.5, 1.5), 0.8, 22)))
X, Y = (MESH.centers[:, i].reshape(MESH.shape) for i in (0, 1))


def normalised(log_density: Array, mesh: Mesh = MESH) -> Array:
    return (
        log_density
        - np.log((np.exp(log_density - log_density.max()) * mesh.volumes).sum())
        - log_density.max()
    )


def centred(log_prob: Array, source: Array, mesh: Mesh = MESH) -> Array:
    return source - (np.exp(log_prob) * mesh.volumes * source).sum()


def pair(separation: float, std: float) -> Array:
    """Two modes, the second with twice the mass of the first."""
    modes = [-((X - place) ** 2 + Y**2) / (2 * std**2) for place in (-separation / 2, separation / 2)]
    return normalised(np.logaddexp(modes[0], modes[1] + np.log(2)))


def graph(nodes: int, seed: int) -> tuple[Array, Array]:
    """Random conductances between all nodes, and charges that sum to zero."""
    random = np.random.default_rng(seed)
    conductances = random.uniform(0.1, 2.0, (nodes, nodes))
    charges = random.normal(size=nodes)
    return np.triu(conductances, 1) + np.triu(conductances, 1).T, charges - charges.mean()


@pytest.mark.parametrize("nodes", [1, 2, 3, 8, 25])
def test_potentials_solve_the_graph_laplacian(nodes: int) -> None:
    conductances, charges = graph(nodes, nodes)
    found = _potentials(conductances, charges, np.abs(charges))
    laplacian = np.diag(conductances.sum(1)) - conductances
    expected = np.linalg.lstsq(laplacian, charges, rcond=None)[0]
    np.testing.assert_allclose(found, expected - expected[0], rtol=1e-9, atol=1e-11)


def test_diagonal_of_the_conductances_is_ignored() -> None:
    conductances, charges = graph(5, 0)
    np.testing.assert_allclose(
        _potentials(conductances + np.diag(np.arange(5.0)), charges, np.abs(charges)),
        _potentials(conductances, charges, np.abs(charges)),
    )


def test_potentials_of_two_nodes() -> None:
    found = _potentials(
        np.array([[0.0, 1e-200], [1e-200, 0.0]]), np.array([-3e-180, 3e-180]), np.full(2, 3e-180)
    )
    np.testing.assert_allclose(found, [0.0, 3e20], rtol=1e-15)


def test_potentials_of_a_chain_with_very_different_conductances() -> None:
    """Each edge carries the sum of the charges beyond it. An elimination with subtractions would lose the weak edges to rounding."""
    weak = np.array([1e-30, 1.0, 1e-60])
    conductances = np.diag(weak, 1) + np.diag(weak, -1)
    charges = np.array([-6.0, 1.0, 2.0, 3.0]) * 1e-40
    steps = np.array([6.0, 5.0, 3.0]) * 1e-40 / weak
    np.testing.assert_allclose(
        _potentials(conductances, charges, np.abs(charges)), [0, *steps.cumsum()], rtol=1e-14
    )


def test_potentials_do_not_modify_their_inputs() -> None:
    conductances, charges = graph(4, 1)
    before = conductances.copy(), charges.copy()
    _potentials(conductances, charges, np.abs(charges))
    np.testing.assert_array_equal(conductances, before[0])
    np.testing.assert_array_equal(charges, before[1])


def test_local_maxima_are_sorted_from_the_highest() -> None:
    log_density = np.full((7, 9), -30.0)
    log_density[1, 1], log_density[3, 6], log_density[6, 8], log_density[3, 5] = -2.0, 0.0, -1.0, -0.5
    found = _local_maxima(log_density)
    highest = [np.ravel_multi_index(place, (7, 9)) for place in ((3, 6), (6, 8), (1, 1))]
    assert found[:3].tolist() == highest
    # A cell next to a higher one is no maximum, nor is flat ground that touches a higher cell diagonally.
    assert np.ravel_multi_index((3, 5), (7, 9)) not in found
    assert np.ravel_multi_index((2, 2), (7, 9)) not in found


def test_local_maxima_exceed_all_eight_neighbours() -> None:
    random = np.random.default_rng(3)
    log_density = random.normal(size=(9, 9))
    log_density -= log_density.max()
    padded = np.pad(log_density, 1, constant_values=-np.inf)
    around = [
        padded[1 + i : 10 + i, 1 + j : 10 + j] for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)
    ]
    expected = np.flatnonzero(log_density > np.max(around, axis=0))
    assert sorted(_local_maxima(log_density)) == expected.tolist()


def outflow(log_prob: Array, velocity: tuple[Array, Array], mesh: Mesh) -> Array:
    """The mass that leaves each cell, with the density at a face approximated by the geometric mean."""
    parts = []
    for axis, faces in enumerate(mesh.faces):
        half = np.moveaxis(log_prob, axis, 0)
        density = np.moveaxis(np.exp((half[1:] + half[:-1]) / 2), 0, axis)
        padding = [(1, 1) if i == axis else (0, 0) for i in (0, 1)]
        parts.append(np.diff(np.pad(faces * density * velocity[axis], padding), axis=axis))
    return parts[0] + parts[1]


def test_inflow_of_a_cell_is_its_gain_of_mass() -> None:
    """−∇·(ρ v) = ρ h with the source h. This test approximates the density at faces differently from the solver; both are second order."""
    fine = Mesh((Axis(-6.0, 7.0, (-2.0, 3.0), 0.8, 120), Axis(-5.0, 5.0, (-1.5, 1.5), 0.8, 100)))
    x, y = (fine.centers[:, i].reshape(fine.shape) for i in (0, 1))
    log_prob = normalised(-((x - 0.3) ** 2) / 2 - y**2 / 1.5, fine)
    source = centred(log_prob, np.sin(x) + 0.3 * x * y, fine)
    flux = WeightedPoisson(fine).solve(log_prob, source)
    gained = np.exp(log_prob) * fine.volumes * source
    assert np.abs(outflow(log_prob, flux.velocity, fine) + gained).sum() < 5e-3 * np.abs(gained).sum()


def test_energy_is_the_work_of_the_source() -> None:
    """`∫ρ|∇φ|² = ∫φ ρ h` with source h; the potential φ is summed from the velocities along the first row, then down the columns."""
    log_prob = normalised(-(X**2) / 2 - Y**2 / 1.5)
    source = centred(log_prob, X + 0.5 * Y**2)
    flux = WeightedPoisson(MESH).solve(log_prob, source)
    step_x, step_y = (v * gap for v, gap in zip(flux.velocity, MESH.gaps, strict=True))
    first = np.concatenate([[0], step_y[0].cumsum()])
    potential = first + np.concatenate([np.zeros((1, MESH.shape[1])), step_x.cumsum(0)])
    work = (np.exp(log_prob) * MESH.volumes * source * potential).sum()
    # The solver's velocity is the value at a face, not the mean between two centres, so φ is only approximate.
    assert flux.energy == pytest.approx(work, rel=0.02)


def test_velocity_is_free_of_rotation() -> None:
    """The velocity is a gradient, so its circulation around the common corner of any four cells vanishes."""
    log_prob = normalised(-(X**2) / 8 - Y**2 / 6)
    flux = WeightedPoisson(MESH).solve(log_prob, centred(log_prob, X + X * Y))
    step_x, step_y = (v * gap for v, gap in zip(flux.velocity, MESH.gaps, strict=True))
    around = step_x[:, :-1] + step_y[1:] - step_x[:, 1:] - step_y[:-1]
    assert np.abs(around).max() < 0.02 * np.abs(step_x).max()


@pytest.mark.parametrize("shift", [-700.0, -3.0, 40.0])
def test_constant_added_to_the_log_density_only_scales_the_energy(shift: float) -> None:
    log_prob = pair(4.0, 0.7)
    source = centred(log_prob, X)
    solver = WeightedPoisson(MESH)
    one, other = solver.solve(log_prob, source), solver.solve(log_prob + shift, source)
    for before, after in zip(one.velocity, other.velocity, strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-10, atol=1e-10)
    assert other.energy == pytest.approx(one.energy * np.exp(shift), rel=1e-9)


def test_results_do_not_depend_on_earlier_solves() -> None:
    """The solver updates a single factorisation for all densities."""
    solver, log_prob = WeightedPoisson(MESH), pair(4.0, 0.7)
    source = centred(log_prob, X)
    first = solver.solve(log_prob, source)
    solver.solve(pair(2.0, 0.5), centred(pair(2.0, 0.5), Y))
    again = solver.solve(log_prob, source)
    np.testing.assert_array_equal(first.velocity[0], again.velocity[0])


def by_high_precision(log_prob: Array, source: Array, mesh: Mesh) -> float:
    """The energy of the same finite-volume system, solved with 400 digits by dense elimination; for small meshes only."""
    with mpmath.workdps(400):
        n0, n1 = mesh.shape
        solver = WeightedPoisson(mesh)
        log_density = log_prob - log_prob.max()
        joints = [solver._joint(log_density, axis) for axis in (0, 1)]
        mass = np.vectorize(lambda v: mpmath.exp(mpmath.mpf(float(v)) / 2))(log_density) * np.vectorize(
            lambda v: mpmath.sqrt(mpmath.mpf(float(v)))
        )(mesh.volumes)
        matrix = mpmath.zeros(n0 * n1)
        for axis, joint in enumerate(joints):
            for place, entry in np.ndenumerate(joint.entry):
                here = place[0] * n1 + place[1]
                there = here + (n1 if axis == 0 else 1)
                other = (place[0] + 1, place[1]) if axis == 0 else (place[0], place[1] + 1)
                conductance = mpmath.mpf(float(entry)) * mass[place] * mass[other]
                matrix[here, here] += conductance
                matrix[there, there] += conductance
                matrix[here, there] -= conductance
                matrix[there, here] -= conductance
        charge = [m * m * mpmath.mpf(float(s)) for m, s in zip(mass.ravel(), source.ravel(), strict=True)]
        excess = sum(charge) / sum(m * m for m in mass.ravel())
        charge = [c - excess * m * m for c, m in zip(charge, mass.ravel(), strict=True)]
        inner = mpmath.lu_solve(matrix[1:, 1:], mpmath.matrix(charge[1:]))
        return float(sum(c * p for c, p in zip(charge[1:], inner, strict=True)) * mpmath.exp(log_prob.max()))


@pytest.mark.parametrize("separation", [4.0, 12.0, 24.0])
def test_energy_is_accurate_to_rounding_for_any_barrier(separation: float) -> None:
    """Mass moves between two modes over a barrier of up to 294 nats, so φ is of the order of e^{294}.

    Both sides use the same discretisation. The test checks that the solver loses no digits.
    """
    axis = Axis(-separation, separation, (-separation, separation), 1.0, 9)
    mesh = Mesh((axis, Axis(-2.0, 2.0, (-2.0, 2.0), 1.0, 3)))
    x, y = (mesh.centers[:, i].reshape(mesh.shape) for i in (0, 1))
    left, right = (-((x - place) ** 2 + y**2) / 0.98 for place in (-separation / 2, separation / 2))
    log_prob = normalised(np.logaddexp(left, right + 0.3), mesh)
    source = centred(log_prob, np.where(x > 0, 1.0, -1.0), mesh)
    found = WeightedPoisson(mesh).solve(log_prob, source).energy
    assert np.isfinite(found)
    assert found == pytest.approx(by_high_precision(log_prob, source, mesh), rel=1e-9)


def test_solver_of_an_earlier_density_gives_the_same_solution() -> None:
    log_prob = pair(4.0, 0.8)
    source = centred(log_prob, X)
    poisson._spare.clear()
    first = WeightedPoisson(MESH).solve(log_prob, source)
    WeightedPoisson(MESH).solve(pair(1.0, 0.5), centred(pair(1.0, 0.5), Y))
    assert [factors.shape for factors in poisson._spare] == [MESH.shape]
    again = WeightedPoisson(MESH).solve(log_prob, source)
    assert again.energy == first.energy
    np.testing.assert_array_equal(again.velocity[0], first.velocity[0])


def test_solvers_of_two_threads_are_not_mixed_up() -> None:
    parts = [(pair(separation, 0.8), X) for separation in np.linspace(2, 5, 8)]

    def energy(part: tuple[Array, Array]) -> float:
        return WeightedPoisson(MESH).solve(part[0], centred(*part)).energy

    alone = [energy(part) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(energy, parts)) == alone


def test_velocity_on_a_grid_equals_that_at_its_points() -> None:
    faces = with_border(WeightedPoisson(MESH).solve(pair(4.0, 0.8), centred(pair(4.0, 0.8), X)).velocity)
    axes = (np.linspace(-6.5, 6.5, 13), np.linspace(-4.9, 5.2, 11))  # partly outside the mesh
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    stacked = (faces[0][None], faces[1][None])
    expected, _ = interpolate(MESH, stacked, np.zeros(len(points), dtype=int), points)
    found = interpolate_grid(MESH, faces, axes)
    np.testing.assert_allclose(found.reshape(-1, 2), expected, rtol=1e-12, atol=1e-12)
