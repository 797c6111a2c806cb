"""The weighted Poisson problem `−∇·(ρ ∇φ) = ρ h` with zero flux at the border, by cell-centred finite volumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import qdldl
import scipy.sparse
from numpy.typing import NDArray

from core.reference.mesh import Array, Mesh

# At most so many local maxima are pinned.
MOST_PINS = 64
# Below this fall the density is taken as constant: its square root must stay a number.
DEEPEST_NATS = 1200.0
# Neighbours that differ by less are equal.
TIE_NATS = 1e-9
# Sums in float64 are good to about this share of what was added up.
ROUNDING = 1e-12


@dataclass(frozen=True)
class GradientFlux:
    """∇φ and what it costs.

    Attributes:
        velocity: ∇φ at the faces along the first axis (n0 − 1, n1) and along the second (n0, n1 − 1).
        energy: `∫ ρ |∇φ|² = ∫ φ ρ h`.
    """

    velocity: tuple[Array, Array]
    energy: float


class WeightedPoisson:
    """Solves for many densities on one mesh.

    What joins the cells i and j is the conductance `A / ∫ dx/ρ` from centre to centre, exact along a line, by Simpson's rule
    with the face's log-density from the cubic through four cells. The unknown is `u = √(ρ V) φ`, V the cells' volumes, so all
    entries are of order one where the density of one cell does not differ much from the next, wherever it lies.

    As ρ's modes separate, φ grows like e^{barrier}, and a plain factorisation has lost all digits when that exceeds 10¹⁶. So
    one cell at every local maximum is pinned, that is, leaks. Every part of the grid that holds no maximum drains to a denser
    neighbour, hence no pivot of the pinned matrix cancels and, as it is an M-matrix, every entry of a solution is right to
    rounding, however small. The leaks are then undone in the small weighted graph that joins the pins: its
    conductances are entries of the inverse, positive, and its elimination needs no subtraction either.

    References:
        Alfa, Xue, Ye: Accurate computation of the smallest eigenvalue of a diagonally dominant M-matrix, Math. Comp. 2002.
    """

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        n0, n1 = mesh.shape
        columns = np.arange(n0 * n1)[:, None]
        rows = columns - np.array([n1, 1, 0])
        # The upper triangle by columns: the neighbour a line above, the neighbour before, the cell itself.
        self._there = np.ones((n0, n1, 3), dtype=bool)
        self._there[0, :, 0] = self._there[:, 0, 1] = False
        kept = self._there.reshape(-1, 3)
        starts = np.concatenate([[0], kept.sum(1).cumsum()])
        ones = np.ones(starts[-1])
        self._matrix = scipy.sparse.csc_array((ones, rows[kept], starts), shape=(n0 * n1, n0 * n1))
        self._solver: qdldl.Solver | None = None

    def solve(self, log_prob: Array, source: Array) -> GradientFlux:
        """∇φ.

        Args:
            log_prob: log ρ at the cells' centres, normalised.
            source: h there, with `∫ ρ h = 0`.
        """
        top = log_prob.max()
        log_density = np.maximum(log_prob - top, -DEEPEST_NATS)
        mass = np.exp(log_density / 2) * np.sqrt(self.mesh.volumes)
        joints = tuple(self._joint(log_density, axis) for axis in (0, 1))
        diagonal = _row_sums(joints, mass)
        pins = _local_maxima(log_density)
        leaks = diagonal.flat[pins]
        diagonal.flat[pins] *= 2
        self._factorise(joints, diagonal)
        leaking = self._solve(mass * source) / mass  # what flows while every pin leaks
        steps = [np.diff(leaking, axis=axis) for axis in (0, 1)]
        if len(pins) > 1:
            moved = self._solve(mass * np.abs(source)) / mass
            shares, levels = self._undo_leaks(mass, pins, leaks, leaking.flat[pins], moved.flat[pins])
            steps = [step + _steps(shares, levels, axis) for axis, step in enumerate(steps)]
        velocity = [joint.velocity * step for joint, step in zip(joints, steps, strict=True)]
        energy = 0.0
        for axis, (joint, step) in enumerate(zip(joints, steps, strict=True)):
            before, after = _neighbours(mass, axis)
            energy += float(((np.sqrt(before * after * joint.entry) * step) ** 2).sum())
        return GradientFlux((velocity[0], velocity[1]), energy * np.exp(top))

    def _undo_leaks(
        self, mass: Array, pins: NDArray[np.intp], leaks: Array, leaking: Array, moved: Array
    ) -> tuple[Array, Array]:
        """For each pin the share of its leak that starts from every cell, and the level that makes up for it.

        Args:
            mass: √(ρ V).
            pins, leaks: where the leaks are, and how strong.
            leaking, moved: the leaking solution at the pins, and that of all sources taken as positive.
        """
        shares = np.stack([self._solve_unit(pin) for pin in pins])
        shares *= (leaks * mass.flat[pins])[:, None, None]
        shares /= mass
        strengths = leaks * mass.flat[pins] ** 2
        conductances = strengths[:, None] * shares.reshape(len(pins), -1)[:, pins].T
        return shares, _potentials(conductances, strengths * leaking, strengths * moved)

    def _joint(self, log_density: Array, axis: int) -> _Joint:
        low, high = _neighbours(log_density, axis)
        mean, half_step = (low + high) / 2, (high - low) / 2
        middle = np.zeros_like(mean)
        if mean.shape[axis] > 2:
            inner = _between(middle, axis)
            # (9 (l₁ + l₂) − (l₀ + l₃))/16 is the cubic's middle value, here less the mean of l₁ and l₂.
            before, after = (_between(part, axis, shift) for part, shift in ((mean, -1), (mean, 1)))
            inner += (2 * _between(mean, axis) - before - after) / 8
        resistance = (np.cosh(half_step) + 2 * np.exp(-middle)) / 3
        conductance = self.mesh.faces[axis] / self.mesh.gaps[axis] / resistance
        before, after = _neighbours(np.sqrt(self.mesh.volumes), axis)
        return _Joint(conductance / (before * after), np.exp(-middle) / resistance / self.mesh.gaps[axis])

    def _factorise(self, joints: tuple[_Joint, ...], diagonal: Array) -> None:
        entries = np.empty((*diagonal.shape, 3))
        entries[1:, :, 0], entries[:, 1:, 1] = -joints[0].entry, -joints[1].entry
        entries[..., 2] = diagonal
        self._matrix.data[:] = entries[self._there]
        if self._solver is None:
            self._solver = qdldl.Solver(self._matrix, upper=True)
        else:
            self._solver.update(self._matrix, upper=True)

    def _solve(self, right: Array) -> Array:
        assert self._solver is not None
        return self._solver.solve(right.ravel()).reshape(self.mesh.shape)

    def _solve_unit(self, pin: int) -> Array:
        unit = np.zeros(self.mesh.shape)
        unit.flat[pin] = 1
        return self._solve(unit)


@dataclass(frozen=True)
class _Joint:
    """What joins the cells along one axis.

    Attributes:
        entry: minus the off-diagonal entries of the matrix.
        velocity: the velocity at a face for a unit step of φ between the centres.
    """

    entry: Array
    velocity: Array


def _row_sums(joints: tuple[_Joint, ...], mass: Array) -> Array:
    """The diagonal: the rates at which a cell drains to its neighbours, so that `u = √(ρ V)` has no flux."""
    result = np.zeros_like(mass)
    for axis, joint in enumerate(joints):
        ratio = np.divide(*_neighbours(mass, axis)[::-1])
        low, high = _neighbours(result, axis)
        low += joint.entry * ratio
        high += joint.entry / ratio
    return result


def _steps(shares: Array, levels: Array, axis: int) -> Array:
    """The steps of `Σ level·share` along one axis.

    The shares sum to one. At each face the largest of them is left out and its level taken off the others: a share near
    one has lost the digits of its steps, which are those of the small ones.
    """
    low, high = _neighbours(shares, axis + 1)
    largest = np.maximum(low, high).argmax(0)
    relative = levels[:, None, None] - levels[largest]
    return (relative * (high - low)).sum(0)


def _neighbours(values: Array, axis: int) -> tuple[Array, Array]:
    """Views of the cells before and behind every face along an axis."""
    length = values.shape[axis]
    first = tuple(slice(length - 1) if i == axis else slice(None) for i in range(values.ndim))
    second = tuple(slice(1, length) if i == axis else slice(None) for i in range(values.ndim))
    return values[first], values[second]


def _between(values: Array, axis: int, shift: int = 0) -> Array:
    """A view without the first and the last place along an axis, moved by one place or none."""
    places = slice(1 + shift, values.shape[axis] - 1 + shift)
    return values[(slice(None),) * axis + (places,)]


def _local_maxima(log_density: Array) -> NDArray[np.intp]:
    """The flat indices of the cells that no neighbour exceeds, the highest first; of equal neighbours the last alone."""
    from scipy.ndimage import maximum_filter

    tilted = log_density + np.linspace(0, TIE_NATS, log_density.size).reshape(log_density.shape)
    top = maximum_filter(tilted, size=3, mode="nearest")
    found = np.flatnonzero((tilted == top) & (log_density > -DEEPEST_NATS))
    return found[np.argsort(-log_density.flat[found], kind="stable")][:MOST_PINS]


def _potentials(conductances: Array, charges: Array, sizes: Array) -> Array:
    """The potentials φ of a graph with `Σ_l c_kl (φ_k − φ_l) = q_k`; the first one is zero.

    Nodes are eliminated one by one, the last first. A diagonal is the sum of what is left of its row, never a difference. A charge
    that is only the rounding of what was summed (its `sizes`) is none: it would be divided by a conductance as small as
    e^{−barrier}.
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
