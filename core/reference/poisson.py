"""The weighted Poisson problem `−∇·(ρ ∇φ) = ρ h` with zero flux at the border, by cell-centred finite volumes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import qdldl
import scipy.sparse
from numpy.typing import NDArray

from core.arrays import Array
from core.reference.mesh import Mesh

# Largest number of pinned cells, which `WeightedPoisson` explains.
MOST_PINS = 64
# Log-densities are cut off this far below the maximum, so that the square root of the density does not underflow.
DEEPEST_NATS = 1200.0
# Neighbouring log-densities count as equal if they differ by less than this.
TIE_NATS = 1e-9
# Relative rounding error of a sum in float64, with respect to the sum of absolute values.
ROUNDING = 1e-12
# At most MOST_SPARE solvers are kept for reuse, for meshes of at most MOST_SPARE_CELLS cells; such a solver takes about 10 MB.
MOST_SPARE, MOST_SPARE_CELLS = 4, 2**14


@dataclass(frozen=True)
class GradientFlux:
    """The solution ∇φ and its kinetic energy.

    Attributes:
        velocity: ∇φ at the faces along the first axis (n0 − 1, n1) and along the second (n0, n1 − 1).
        energy: `∫ ρ |∇φ|² = ∫ φ ρ h`.
    """

    velocity: tuple[Array, Array]
    energy: float


class WeightedPoisson:
    """Solver of the weighted Poisson problem for many densities ρ on one mesh.

    Discretisation: two neighbouring cells are coupled by the conductance `A / ∫ dx/ρ`, with A the area of their common face and
    the integral from centre to centre. This is exact in 1-D. The integral uses Simpson's rule, with the log-density at the face
    from the cubic through four cells. The unknown is `u = √(ρ V) φ`, with V the cell volumes. So all matrix entries are of order one
    wherever the density changes little from one cell to the next, even far out in the tails.

    Accuracy: as the modes of ρ separate, φ grows like e^{barrier}, where the barrier is the drop of log ρ between modes. A plain
    factorisation loses all digits once that exceeds 10¹⁶. Therefore one cell at every local maximum of ρ is pinned: it gets an
    artificial leak, a conductance to a fixed potential of zero. Every other cell drains to a denser neighbour, so no pivot of the
    pinned matrix suffers from cancellation. As it is an M-matrix, every entry of a solution is accurate to rounding, however small.
    The leaks are then removed by solving for the potentials on a small weighted graph whose nodes are the pins. Its conductances
    are entries of the inverse matrix, hence positive, so its elimination needs no subtraction either.

    References:
        Alfa, Xue, Ye: Accurate computation of the smallest eigenvalue of a diagonally dominant M-matrix, Math. Comp. 2002.
    """

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self._pattern = _pattern(mesh.shape)

    def solve(self, log_prob: Array, source: Array) -> GradientFlux:
        """Solve for ∇φ.

        Args:
            log_prob: log ρ at the cell centres, normalised.
            source: h at the cell centres, with `∫ ρ h = 0`.
        """
        top = log_prob.max()
        log_density = np.maximum(log_prob - top, -DEEPEST_NATS)
        mass = np.exp(log_density / 2) * np.sqrt(self.mesh.volumes)
        joints = tuple(self._joint(log_density, axis) for axis in (0, 1))
        diagonal = _row_sums(joints, mass)
        pins = _local_maxima(log_density)
        leaks = diagonal.flat[pins]
        diagonal.flat[pins] *= 2
        with _factorised(self._pattern.matrix(joints, diagonal), self.mesh.shape) as factors:
            leaking = factors.solve(mass * source) / mass  # φ of the pinned system, with all leaks
            steps = [np.diff(leaking, axis=axis) for axis in (0, 1)]
            if len(pins) > 1:
                moved = factors.solve(mass * np.abs(source)) / mass
                shares, levels = _undo_leaks(factors, mass, pins, leaks, leaking.flat[pins], moved.flat[pins])
                steps = [step + _steps(shares, levels, axis) for axis, step in enumerate(steps)]
        velocity = [joint.velocity * step for joint, step in zip(joints, steps, strict=True)]
        energy = 0.0
        for axis, (joint, step) in enumerate(zip(joints, steps, strict=True)):
            before, after = _neighbours(mass, axis)
            energy += float(((np.sqrt(before * after * joint.entry) * step) ** 2).sum())
        return GradientFlux((velocity[0], velocity[1]), energy * np.exp(top))

    def _joint(self, log_density: Array, axis: int) -> _Joint:
        low, high = _neighbours(log_density, axis)
        mean, half_step = (low + high) / 2, (high - low) / 2
        middle = np.zeros_like(mean)
        if mean.shape[axis] > 2:
            inner = _between(middle, axis)
            # The cubic through four cells has the value (9 (l₁ + l₂) − (l₀ + l₃))/16 at the face. The mean of l₁ and l₂ is subtracted.
            before, after = (_between(part, axis, shift) for part, shift in ((mean, -1), (mean, 1)))
            inner += (2 * _between(mean, axis) - before - after) / 8
        resistance = (np.cosh(half_step) + 2 * np.exp(-middle)) / 3
        conductance = self.mesh.faces[axis] / self.mesh.gaps[axis] / resistance
        before, after = _neighbours(np.sqrt(self.mesh.volumes), axis)
        return _Joint(conductance / (before * after), np.exp(-middle) / resistance / self.mesh.gaps[axis])


@dataclass(frozen=True)
class _Joint:
    """The coupling between neighbouring cells along one axis.

    Attributes:
        entry: minus the off-diagonal entries of the matrix.
        velocity: velocity at the face per unit difference of φ between the two cell centres.
    """

    entry: Array
    velocity: Array


@dataclass(frozen=True)
class _Pattern:
    """Where the matrix of a mesh has entries: its upper triangle, by columns.

    Attributes:
        there: (n0, n1, 3) whether the column of each cell has an entry for the cell before it along the first axis, for the cell before it
            along the second axis, and for itself.
        rows, starts: the row of each entry, and the first entry of each column.
    """

    there: NDArray[np.bool_]
    rows: NDArray[np.intp]
    starts: NDArray[np.intp]

    def matrix(self, joints: tuple[_Joint, ...], diagonal: Array) -> scipy.sparse.csc_array:
        """The matrix with these couplings."""
        entries = np.empty((*diagonal.shape, 3))
        entries[1:, :, 0], entries[:, 1:, 1] = -joints[0].entry, -joints[1].entry
        entries[..., 2] = diagonal
        return scipy.sparse.csc_array(
            (entries[self.there], self.rows, self.starts), shape=(diagonal.size,) * 2
        )


@lru_cache(maxsize=4)
def _pattern(shape: tuple[int, int]) -> _Pattern:
    n0, n1 = shape
    there = np.ones((n0, n1, 3), dtype=bool)
    there[0, :, 0] = there[:, 0, 1] = False
    kept = there.reshape(-1, 3)
    rows = np.arange(n0 * n1)[:, None] - np.array([n1, 1, 0])
    return _Pattern(there, rows[kept], np.concatenate([[0], kept.sum(1).cumsum()]))


@dataclass(frozen=True)
class _Factors:
    """A factorised matrix on a mesh of this shape."""

    solver: qdldl.Solver
    shape: tuple[int, int]

    def solve(self, right: Array) -> Array:
        return np.asarray(self.solver.solve(right.ravel())).reshape(self.shape)

    def solve_unit(self, pin: int) -> Array:
        unit = np.zeros(self.shape)
        unit.flat[pin] = 1
        return self.solve(unit)


# Solvers kept for reuse. Finding a good order of the unknowns takes several times as long as a factorisation, but depends only on the
# shape of the mesh.
_spare: deque[_Factors] = deque(maxlen=MOST_SPARE)
_lock = threading.Lock()


@contextmanager
def _factorised(matrix: scipy.sparse.csc_array, shape: tuple[int, int]) -> Iterator[_Factors]:
    """Factorise a matrix, reusing the ordering of an earlier one on a mesh of this shape. The factors are valid only inside the block."""
    factors = _taken(shape)
    if factors is None:
        factors = _Factors(qdldl.Solver(matrix, upper=True), shape)
    else:
        factors.solver.update(matrix, upper=True)
    yield factors
    if matrix.shape[0] <= MOST_SPARE_CELLS:
        with _lock:
            _spare.append(factors)


def _taken(shape: tuple[int, int]) -> _Factors | None:
    """Take a kept solver for meshes of this shape; None if there is none."""
    with _lock:
        found = next((factors for factors in _spare if factors.shape == shape), None)
        if found is not None:
            _spare.remove(found)
        return found


def _undo_leaks(
    factors: _Factors, mass: Array, pins: NDArray[np.intp], leaks: Array, leaking: Array, moved: Array
) -> tuple[Array, Array]:
    """The correction of φ that removes the leaks, as `Σ_k levels_k shares_k`.

    Args:
        factors: the factorised matrix with the leaks.
        mass: √(ρ V).
        pins, leaks: the pinned cells (flat indices) and the conductances of their leaks.
        leaking, moved: the potential φ at the pins, in the system with leaks: for the sources, and for their absolute values.

    Returns:
        Two arrays. For each pin and cell: the fraction of the flow from this cell that ends in this pin's leak, (pins, n0, n1). For each
        pin: the potential that balances its leak, (pins,).
    """
    shares = np.stack([factors.solve_unit(pin) for pin in pins.tolist()])
    shares *= (leaks * mass.flat[pins])[:, None, None]
    shares /= mass
    strengths = leaks * mass.flat[pins] ** 2
    conductances = strengths[:, None] * shares.reshape(len(pins), -1)[:, pins].T
    return shares, _potentials(conductances, strengths * leaking, strengths * moved)


def _row_sums(joints: tuple[_Joint, ...], mass: Array) -> Array:
    """The diagonal of the matrix: the total conductance of each cell. With it, a constant φ, that is `u = √(ρ V)`, has zero flux."""
    result = np.zeros_like(mass)
    for axis, joint in enumerate(joints):
        ratio = np.divide(*_neighbours(mass, axis)[::-1])
        low, high = _neighbours(result, axis)
        low += joint.entry * ratio
        high += joint.entry / ratio
    return result


def _steps(shares: Array, levels: Array, axis: int) -> Array:
    """The differences of `Σ_k levels_k shares_k` between neighbouring cells along one axis.

    The shares sum to one, so at each face the largest can be left out by subtracting its level from the other levels. This keeps precision:
    for a share near one, differences are lost to rounding, while those of small shares are accurate.
    """
    low, high = _neighbours(shares, axis + 1)
    largest = np.maximum(low, high).argmax(0)
    relative = levels[:, None, None] - levels[largest]
    return (relative * (high - low)).sum(0)


def _neighbours(values: Array, axis: int) -> tuple[Array, Array]:
    """Views of the cells on the lower and on the upper side of every inner face along an axis."""
    length = values.shape[axis]
    first = tuple(slice(length - 1) if i == axis else slice(None) for i in range(values.ndim))
    second = tuple(slice(1, length) if i == axis else slice(None) for i in range(values.ndim))
    return values[first], values[second]


def _between(values: Array, axis: int, shift: int = 0) -> Array:
    """A view of all entries but the first and the last along an axis, shifted by −1, 0 or 1 entries."""
    places = slice(1 + shift, values.shape[axis] - 1 + shift)
    return values[(slice(None),) * axis + (places,)]


def _local_maxima(log_density: Array) -> NDArray[np.intp]:
    """Flat indices of the local maxima, highest first. Among equal neighbours only the last one counts."""
    from scipy.ndimage import maximum_filter

    tilted = log_density + np.linspace(0, TIE_NATS, log_density.size).reshape(log_density.shape)
    top = maximum_filter(tilted, size=3, mode="nearest")
    found = np.flatnonzero((tilted == top) & (log_density > -DEEPEST_NATS))
    return found[np.argsort(-log_density.flat[found], kind="stable")][:MOST_PINS]


def _potentials(conductances: Array, charges: Array, sizes: Array) -> Array:
    """Solve `Σ_l c_kl (φ_k − φ_l) = q_k` on a weighted graph, with φ_0 = 0.

    Nodes are eliminated one by one, starting with the last. Each diagonal entry is recomputed as a sum over the rest of its row,
    which avoids subtraction. Charges below their rounding error are set to zero, since they would be divided by conductances as
    small as e^{−barrier}.

    Args:
        conductances: c, symmetric, (nodes, nodes).
        charges: q, (nodes,).
        sizes: for each charge, the sum of the absolute values of its terms, (nodes,).
    """
    c, q, size = conductances.copy(), charges.copy(), sizes.copy()
    totals = np.zeros(len(q))
    for k in range(len(q) - 1, 0, -1):
        if abs(q[k]) <= ROUNDING * size[k]:
            q[k] = 0.0
        totals[k] = c[k, :k].sum()
        share = c[:k, k] / totals[k]
        q[:k] += share * q[k]
        size[:k] += share * size[k]
        c[:k, :k] += np.outer(share, c[k, :k])
    potentials = np.zeros(len(q))
    for k in range(1, len(q)):
        potentials[k] = (q[k] + c[k, :k] @ potentials[:k]) / totals[k]
    return potentials
