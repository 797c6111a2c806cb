"""The exact velocity of any curve of densities in 2-D: the gradient field that generates it, found on a mesh."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.arrays import Array
from core.fields import Carry, FieldValue, GridSummary, GridValue, Paths, Report, grid_points
from core.machine import usable_cores
from core.reference.base import AbstractExactField, summary_of_parts
from core.reference.between import STEPS_BETWEEN, Between, refined
from core.reference.domain import domain
from core.reference.errors import UnfitDensityError
from core.reference.mesh import Axis, Mesh
from core.reference.path import AbstractPath
from core.reference.poisson import WeightedPoisson
from core.reference.staggered import at_centers, interpolate, interpolate_grid, with_border
from core.slices import Motion, Slices
from core.targets.base import AbstractDensity, AbstractEnergy, AbstractTarget
from core.types import Axes, Box, PerTime, Points, TimeAxis, Times, Values

# Default number of cells per axis.
CELLS = 128
# Densities that stay this many nats below the maximum at all times are neglected: e^{-20} = 2·10⁻⁹.
TAIL_NATS = 20.0
# Largest number of times whose solutions a field keeps for later calls.
MOST_KEPT = 256
TIMES_AT_ONCE = 32
# The mesh is too coarse if the log-density falls by more than this over half a cell next to a mode.
MOST_NATS = 1.0


@dataclass(frozen=True)
class _Slice:
    """The solution at one time.

    Attributes:
        log_prob: log ρ_t at the cell centres, normalised.
        log_z, rate: log Z_t in nats, and its time derivative.
        faces: the velocities at the cell faces along each axis, including the border, where they are zero.
        kinetic_energy: ‖v_t‖².
    """

    log_prob: Array
    log_z: float
    rate: float
    faces: tuple[Array, Array]
    kinetic_energy: float


class PlaneField(AbstractExactField):
    """`v_t = ∇φ_t` with `−∇·(ρ_t ∇φ_t) = ∂_t ρ_t`, the field of least kinetic energy among those that generate the curve.

    Args:
        path: the curve of densities.
        box: the box that contains its mass.
        mesh: the cells.
    """

    def __init__(self, path: AbstractPath, box: Box, mesh: Mesh) -> None:
        self.dim = 2
        self.path = path
        self.box = box
        self.mesh = mesh
        self._kept: dict[float, _Slice] = {}
        sides = zip(box.lower.tolist(), box.upper.tolist(), strict=True)
        extent = " × ".join(f"[{low:.3g}, {high:.3g}]" for low, high in sides)
        n0, n1 = mesh.shape
        self.solver = f"weighted Poisson problem, finite volumes, {n0} × {n1} cells on {extent}"

    @classmethod
    def of(
        cls,
        path: AbstractPath,
        latent: AbstractDensity,
        target: AbstractEnergy,
        cells: int = CELLS,
        box: Box | None = None,
    ) -> PlaneField:
        """The field of a curve.

        Args:
            path: the curve of densities.
            latent, target: the densities at t = 0 and t = 1, which determine the box and where the cells are fine.
            cells: number of cells along each axis.
            box: the box; found from the energy if omitted.

        Raises:
            UnfitDensityError: the mass does not fit into any box, or the mesh is too coarse for the target; the message gives the reason.
        """
        found = domain(path, latent.box.hull(target.box), TAIL_NATS, box)
        first, second = (_axis(found, target.box, target.scale, i, cells) for i in (0, 1))
        field = cls(path, found, Mesh((first, second)))
        if isinstance(target, AbstractTarget):
            field._check_resolves(target.modes)
        return field

    def _check_resolves(self, modes: Points) -> None:
        """Raise UnfitDensityError if the density varies too much over a cell at some mode of the target."""
        steps = torch.stack([self._widths(modes[:, i], i) for i in (0, 1)], dim=1) / 2
        around = torch.cat([modes, modes + steps * torch.eye(2)[0], modes + steps * torch.eye(2)[1]])
        log_density, _ = self.path.on_grid(torch.ones(1, dtype=torch.float64), around)
        center, *sides = log_density[0].chunk(3)
        if float(max((center - side).max() for side in sides)) > MOST_NATS:
            n0, n1 = self.mesh.shape
            raise UnfitDensityError(
                f"The target is too fine for {n0} × {n1} cells: within half a cell its density falls by more than "
                f"{MOST_NATS:g} nat. Use more cells or wider modes, or train a curve, which needs no mesh."
            )

    def _widths(self, x: Tensor, axis: int) -> Tensor:
        """The cell widths at positions x along an axis."""
        return 1 / torch.from_numpy(self.mesh.axes[axis].coordinate(x.numpy())[1])

    def coarsened(self) -> PlaneField:
        first, second = (
            Axis(axis.lower, axis.upper, axis.core, axis.scale, axis.cells // 2) for axis in self.mesh.axes
        )
        return PlaneField(self.path, self.box, Mesh((first, second)))

    def _solve(self, times: list[float]) -> Iterator[tuple[float, _Slice]]:
        if not times:
            return
        solver = WeightedPoisson(self.mesh)
        log_volumes = np.log(self.mesh.volumes)
        for time, log_density, growth in self._densities(times):
            log_z = float(np.logaddexp.reduce((log_density + log_volumes).ravel()))
            log_prob = log_density - log_z
            mass = np.exp(log_prob + log_volumes)
            rate = float((mass * growth).sum())
            # Velocities may overflow; infinite and NaN values are kept and shown as such.
            with np.errstate(all="ignore"):
                flux = solver.solve(log_prob, growth - rate)
            yield time, _Slice(log_prob, log_z, rate, with_border(flux.velocity), flux.energy)

    def _densities(self, times: list[float]) -> Iterator[tuple[float, Array, Array]]:
        """log ρ̃_t and its time derivative at the cell centres, in batches: a batch of times may cost little more than one time."""
        centers = torch.from_numpy(self.mesh.centers)
        for some in torch.tensor(times, dtype=torch.float64).split(TIMES_AT_ONCE):
            grids = (grid.numpy().reshape(-1, *self.mesh.shape) for grid in self.path.on_grid(some, centers))
            yield from zip(some.tolist(), *grids, strict=True)

    def _slices(self, t: TimeAxis) -> list[_Slice]:
        """The solutions at the times t, computed on all cores. The most recent `MOST_KEPT` are kept for later calls."""
        wanted = dict.fromkeys(t.tolist())
        known = {time: self._kept[time] for time in wanted if time in self._kept}
        missing = [time for time in wanted if time not in known]
        workers = min(usable_cores(), len(missing))
        if workers < 2:
            known.update(self._solve(missing))
        else:
            with ThreadPoolExecutor(workers) as pool:
                for part in pool.map(lambda i: dict(self._solve(missing[i::workers])), range(workers)):
                    known.update(part)
        # Another thread may be here at the same time, so the dictionary is replaced, never modified.
        self._kept = dict(list({**self._kept, **known}.items())[-MOST_KEPT:])
        return [known[time] for time in t.tolist()]

    def slices(self, t: TimeAxis) -> Slices:
        found = self._slices(t)
        log_prob = torch.from_numpy(np.stack([s.log_prob.ravel() for s in found]))
        mass = log_prob.exp() * torch.from_numpy(self.mesh.volumes.ravel())
        velocity = torch.from_numpy(np.stack([at_centers(s.faces) for s in found])).flatten(1, 2)
        log_z, rate = (
            torch.tensor([getattr(s, name) for s in found], dtype=torch.float64) for name in ("log_z", "rate")
        )
        return Slices(torch.from_numpy(self.mesh.centers)[None], mass, log_prob, velocity, log_z, rate)

    def motion(self, t: TimeAxis) -> Motion:
        motion = Motion.of(self.kinetic_energy(t), self.slices(t))
        # A velocity at a cell centre is the mean of two faces, so its maximum may be slightly too small. The true maximum is at least
        # ‖v_t‖.
        return Motion(motion.kinetic_energy, torch.maximum(motion.max_speed, motion.kinetic_energy.sqrt()))

    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        return torch.tensor([s.kinetic_energy for s in self._slices(t)], dtype=torch.float64)

    def log_z(self, t: TimeAxis) -> PerTime:
        return torch.tensor([s.log_z for s in self._slices(t.to(torch.float64))], dtype=torch.float64)

    def log_density(self, t: Times, x: Points) -> Values:
        return self.path.evaluate(t, x).log_density

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Interpolate the face velocities and their divergence cubically; NaN outside the box."""
        t, x = t.to(torch.float64), x.to(torch.float64)
        times, which = t.unique(return_inverse=True)
        faces = _stacked(self._slices(times))
        velocity, divergence = interpolate(self.mesh, faces, which.numpy(), x.numpy())
        log_density = self.path.evaluate(t, x).log_density
        return FieldValue(torch.from_numpy(velocity), torch.from_numpy(divergence), log_density)

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        x = grid_points(axes)
        shape = [len(axis) for axis in axes]
        log_density = self.path.on_grid(t.to(x), x)[0].reshape(len(t), *shape)
        grid = tuple(axis.numpy() for axis in axes)
        rows = [interpolate_grid(self.mesh, found.faces, grid) for found in self._slices(t)]
        return GridValue(log_density, torch.from_numpy(np.stack(rows)))

    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        return summary_of_parts(
            self, t, axes
        )  # slices are kept for later calls, so each time is solved only once

    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        """Paths in many small steps, along a velocity that is computed at some times and interpolated between them."""
        between = refined(times, self.kinetic_energy(times))
        if report is not None:
            for time in between:
                self.kinetic_energy(time[None])
                report(float(time))
        path = carry(self.between(between), start, between, STEPS_BETWEEN)
        return path[torch.isin(between, times)]

    def between(self, times: TimeAxis) -> Between:
        """The velocity, computed at the given times and linear in time between them."""
        return Between(self.mesh, times, _stacked(self._slices(times.to(torch.float64))))


def _stacked(slices: list[_Slice]) -> tuple[Array, Array]:
    """The face velocities of several times, (times, n0 + 1, n1) and (times, n0, n1 + 1)."""
    first, second = (np.stack([s.faces[i] for s in slices]) for i in (0, 1))
    return first, second


def _axis(box: Box, core: Box, scale: float, i: int, cells: int) -> Axis:
    lower, upper = float(box.lower[i]), float(box.upper[i])
    inside = (max(lower, float(core.lower[i])), min(upper, float(core.upper[i])))
    return Axis(lower, upper, inside, scale, cells)
