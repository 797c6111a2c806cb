"""The exact velocity of any given curve of densities in the plane: the gradient field that carries it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.fields import AbstractField, FieldValue, GridValue, grid_points
from core.reference.base import AbstractExactField, Slices
from core.reference.domain import domain
from core.reference.errors import UnfitDensityError
from core.reference.mesh import Array, Axis, Mesh
from core.reference.path import AbstractPath
from core.reference.poisson import WeightedPoisson
from core.targets.base import AbstractDensity, AbstractTarget
from core.types import Box, Points, Times, Values

CELLS = 128
# What lies so far below the highest density at all times is left out: e^{-20} = 2·10⁻⁹.
TAIL_NATS = 20.0
MOST_KEPT = 256
# Over half a cell next to a mode the log-density may fall by this much.
MOST_NATS = 1.0


@dataclass(frozen=True)
class _Slice:
    """One time: normalised log-density and its growth at the cells, velocity at the faces, border included (zero flux)."""

    log_prob: Array
    log_z: float
    rate: float
    faces: tuple[Array, Array]
    kinetic_energy: float


class PlaneField(AbstractExactField):
    """`v_t = ∇φ_t` with `−∇·(ρ_t ∇φ_t) = ∂_t ρ_t`: of all fields that carry the curve, the one of least kinetic energy.

    Args:
        path: the curve of densities.
        latent, target: its ends, which fix the box and where the cells are fine.
        cells: along each axis.
        box: to use instead of the one that is found from the energy.

    Raises:
        UnfitDensityError: the curve has no box; the message says why.
    """

    def __init__(
        self,
        path: AbstractPath,
        latent: AbstractDensity,
        target: AbstractDensity,
        cells: int = CELLS,
        box: Box | None = None,
    ) -> None:
        self.dim = 2
        self.path = path
        self.box = domain(path, latent.box.hull(target.box), TAIL_NATS, box)
        first, second = (_axis(self.box, target.box, target.scale, i, cells) for i in (0, 1))
        self.mesh = Mesh((first, second))
        self._kept: dict[float, _Slice] = {}
        if isinstance(target, AbstractTarget):
            self._check_resolves(target.modes)

    def _check_resolves(self, modes: Points) -> None:
        """Whether a cell is small enough for the density to be about even over it, at every mode of the target."""
        steps = torch.stack([self._widths(modes[:, i], i) for i in (0, 1)], dim=1) / 2
        around = torch.cat([modes, modes + steps * torch.eye(2)[0], modes + steps * torch.eye(2)[1]])
        log_density, _ = self.path.on_grid(torch.ones(1, dtype=torch.float64), around)
        center, *sides = log_density[0].chunk(3)
        if float(max((center - side).max() for side in sides)) > MOST_NATS:
            n0, n1 = self.mesh.shape
            raise UnfitDensityError(
                f"The target is too fine for {n0} × {n1} cells: within half a cell its density falls by more than "
                f"{MOST_NATS:g} nat. Take more cells, or a wider mode."
            )

    def _widths(self, x: Tensor, axis: int) -> Tensor:
        """The width of a cell at places along an axis."""
        return 1 / torch.from_numpy(self.mesh.axes[axis].coordinate(x.numpy())[1])

    @property
    def method(self) -> str:  # type: ignore[override]
        sides = zip(self.box.lower.tolist(), self.box.upper.tolist(), strict=True)
        box = " × ".join(f"[{low:.3g}, {high:.3g}]" for low, high in sides)
        n0, n1 = self.mesh.shape
        return f"weighted Poisson problem, finite volumes, {n0} × {n1} cells on {box}"

    def coarsened(self) -> PlaneField:
        coarse = object.__new__(PlaneField)
        coarse.dim, coarse.path, coarse.box, coarse._kept = 2, self.path, self.box, {}
        first, second = (
            Axis(axis.lower, axis.upper, axis.core, axis.scale, axis.cells // 2) for axis in self.mesh.axes
        )
        coarse.mesh = Mesh((first, second))
        return coarse

    def prepare(self, t: Times) -> None:
        """Solves for the times t, on all cores; what is solved is kept."""
        wanted = list(dict.fromkeys(t.tolist()))
        missing = [time for time in wanted if time not in self._kept]
        if len(self._kept) + len(missing) > MOST_KEPT:
            self._kept.clear()
            missing = wanted
        workers = min(os.cpu_count() or 1, len(missing))
        if workers < 2:
            self._kept.update(self._solve(missing))
            return
        with ThreadPoolExecutor(workers) as pool:
            for part in pool.map(lambda i: dict(self._solve(missing[i::workers])), range(workers)):
                self._kept.update(part)

    def _solve(self, times: list[float]) -> Iterator[tuple[float, _Slice]]:
        if not times:
            return
        solver = WeightedPoisson(self.mesh)
        log_volumes = np.log(self.mesh.volumes)
        centers = torch.from_numpy(self.mesh.centers)
        grids = self.path.on_grid(torch.tensor(times, dtype=torch.float64), centers)
        shape = (len(times), *self.mesh.shape)
        for time, log_density, growth in zip(times, *(g.numpy().reshape(shape) for g in grids), strict=True):
            log_z = float(np.logaddexp.reduce((log_density + log_volumes).ravel()))
            log_prob = log_density - log_z
            mass = np.exp(log_prob + log_volumes)
            rate = float((mass * growth).sum())
            with np.errstate(
                all="ignore"
            ):  # beyond the largest number a velocity is infinite or NaN, and shown as such
                flux = solver.solve(log_prob, growth - rate)
            yield time, _Slice(log_prob, log_z, rate, _with_border(flux.velocity), flux.energy)

    def _slices(self, t: Times) -> list[_Slice]:
        self.prepare(t)
        return [self._kept[time] for time in t.tolist()]

    def slices(self, t: Times) -> Slices:
        found = self._slices(t)
        log_prob = torch.from_numpy(np.stack([s.log_prob.ravel() for s in found]))
        mass = log_prob.exp() * torch.from_numpy(self.mesh.volumes.ravel())
        velocity = torch.from_numpy(np.stack([_at_centers(s.faces) for s in found])).flatten(1, 2)
        log_z, rate = (
            torch.tensor([getattr(s, name) for s in found], dtype=torch.float64) for name in ("log_z", "rate")
        )
        return Slices(torch.from_numpy(self.mesh.centers)[None], mass, log_prob, velocity, log_z, rate)

    def kinetic_energy(self, t: Times) -> Times:
        return torch.tensor([s.kinetic_energy for s in self._slices(t)], dtype=torch.float64)

    def log_z(self, t: Times) -> Times:
        return torch.tensor([s.log_z for s in self._slices(t.to(torch.float64))], dtype=torch.float64)

    def log_density(self, t: Times, x: Points) -> Values:
        return self.path.evaluate(t, x).log_density

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Cubic interpolation of the faces' velocities and its derivative; NaN outside of the box."""
        t, x = t.to(torch.float64), x.to(torch.float64)
        times, which = t.unique(return_inverse=True)
        faces = _stacked(self._slices(times))
        velocity, divergence = self._interpolate(faces, which.numpy(), x.numpy())
        log_density = self.path.evaluate(t, x).log_density
        return FieldValue(torch.from_numpy(velocity), torch.from_numpy(divergence), log_density)

    def on_grid(self, t: Times, axes: tuple[Tensor, ...]) -> GridValue:
        x = grid_points(axes)
        shape = [len(axis) for axis in axes]
        log_density = self.path.on_grid(t.to(x), x)[0].reshape(len(t), *shape)
        same = np.zeros(len(x), dtype=int)
        rows = [self._interpolate(_stacked([found]), same, x.numpy())[0] for found in self._slices(t)]
        return GridValue(log_density, torch.from_numpy(np.stack(rows)).reshape(len(t), *shape, 2))

    def between(self, times: Times) -> AbstractField:
        """The velocity solved for at these times only and linear in between: rougher, and quick enough to carry points along in
        many steps. It tells no density."""
        return _Between(self, times)

    def _interpolate(self, faces: tuple[Array, Array], which: Array, x: Array) -> tuple[Array, Array]:
        """v and ∇·v at points, each on the slice of its number `which`."""
        places = [axis.coordinate(x[:, i]) for i, axis in enumerate(self.mesh.axes)]
        outside = np.zeros(len(x), dtype=bool)
        for (place, _), cells in zip(places, self.mesh.shape, strict=True):
            outside |= ~((place >= 0) & (place <= cells))
        velocity, divergence = np.empty((len(x), 2)), np.zeros(len(x))
        for i, values in enumerate(faces):
            # Along its own axis a velocity stands on the edges, along the other one in the middle of the cells.
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


class _Between(AbstractField):
    """A field in the plane, linear in time between some slices."""

    def __init__(self, field: PlaneField, times: Times) -> None:
        self.dim = 2
        self.field = field
        self.times = times.to(torch.float64)
        self.faces = _stacked(field._slices(self.times))

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        t, x = t.to(torch.float64), x.to(torch.float64)
        velocity, divergence = np.empty((len(x), 2)), np.empty(len(x))
        for time in t.unique():
            here = (t == time).numpy()
            after = int(torch.searchsorted(self.times, time).clamp(1, len(self.times) - 1))
            share = float((time - self.times[after - 1]) / (self.times[after] - self.times[after - 1]))
            first, second = (
                f[after - 1 : after] * (1 - share) + f[after : after + 1] * share for f in self.faces
            )
            same = np.zeros(int(here.sum()), dtype=int)
            found = self.field._interpolate((first, second), same, x.numpy()[here])
            velocity[here], divergence[here] = found
        unknown = torch.full_like(t, torch.nan)
        return FieldValue(torch.from_numpy(velocity), torch.from_numpy(divergence), unknown)

    def log_z(self, t: Times) -> Times:
        return self.field.log_z(t)


def _stacked(slices: list[_Slice]) -> tuple[Array, Array]:
    """The faces' velocities of several slices, (slices, n0 + 1, n1) and (slices, n0, n1 + 1)."""
    first, second = (np.stack([s.faces[i] for s in slices]) for i in (0, 1))
    return first, second


def _axis(box: Box, core: Box, scale: float, i: int, cells: int) -> Axis:
    lower, upper = float(box.lower[i]), float(box.upper[i])
    inside = (max(lower, float(core.lower[i])), min(upper, float(core.upper[i])))
    return Axis(lower, upper, inside, scale, cells)


def _with_border(velocity: tuple[Array, Array]) -> tuple[Array, Array]:
    return np.pad(velocity[0], ((1, 1), (0, 0))), np.pad(velocity[1], ((0, 0), (1, 1)))


def _at_centers(faces: tuple[Array, Array]) -> Array:
    first, second = faces
    return np.stack([(first[1:] + first[:-1]) / 2, (second[:, 1:] + second[:, :-1]) / 2], axis=-1)


def _combined(around: Array, rows: Array, columns: Array) -> Array:
    """Σ_ab around·rows·columns at every point."""
    return ((around @ columns[:, :, None])[..., 0] * rows).sum(1)


def _stencil(place: Array, size: int) -> tuple[Array, Array, Array]:
    """Indices of the four neighbours on a unit grid, their shares in the cubic between the middle two, and the shares' slopes.

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
