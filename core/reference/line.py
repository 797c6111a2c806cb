"""The exact velocity of any curve of densities in 1-D, from its distribution function, accumulated from both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.fields import Carry, FieldValue, GridSummary, GridValue, Paths, Report
from core.reference.base import AbstractExactField, exact_paths
from core.reference.crossing import Crossing, crossing
from core.reference.domain import domain
from core.reference.fitting import TAIL_NATS, fitted_cells
from core.reference.path import AbstractPath
from core.reference.quadrature import Cells
from core.slices import Motion, Slices
from core.targets.base import AbstractDensity, AbstractEnergy
from core.types import Axes, Box, PerTime, Points, TimeAxis, Times, Values

# Largest number of nodes in one batch, summed over its times. Very low density between modes needs thousands of cells.
MOST_NODES = 2**19


class LineField(AbstractExactField):
    """`v_t = −∂_t F_t / ρ_t` with F_t the distribution function of ρ_t: the only field in 1-D that generates the curve.

    ∂_t F is accumulated from the side on which less mass moves (`crossing.py`), so the velocity is accurate even where the density
    between modes is tiny.

    Args:
        path: the curve of densities.
        box: the interval that contains its mass.
        cells: cells on which it is resolved.
    """

    solver = "two-sided distribution function, Gauss–Legendre quadrature fitted to the kinks"

    def __init__(self, path: AbstractPath, box: Box, cells: Cells) -> None:
        self.dim = 1
        self.path = path
        self.box = box
        self.cells = cells

    @classmethod
    def of(
        cls, path: AbstractPath, latent: AbstractDensity, target: AbstractEnergy, box: Box | None = None
    ) -> LineField:
        """The field of a curve.

        Args:
            path: the curve of densities.
            latent, target: the densities at t = 0 and t = 1, which determine the interval and the cells.
            box: the interval; found from the energy if omitted.

        Raises:
            UnfitDensityError: the curve cannot be resolved; the message gives the reason.
        """
        found = domain(path, latent.box.hull(target.box), TAIL_NATS, box)
        return cls(path, found, fitted_cells(path, found, latent, target))

    def coarsened(self) -> LineField:
        return LineField(self.path, self.box, self.cells.coarsened())

    def slices(self, t: TimeAxis) -> Slices:
        """The field on the cells' nodes; the velocity is NaN where unknown."""
        solved = self._solve(t)
        mass = (self.cells.weights * solved.crossing.log_prob.exp()).flatten(1)
        x = self.cells.nodes.reshape(1, -1, 1)
        log_prob, velocity = solved.crossing.log_prob.flatten(1), solved.crossing.velocity.flatten(1)
        return Slices(x, mass, log_prob, velocity[..., None], solved.log_z, solved.rate)

    def _parts(self, t: TimeAxis) -> Iterator[_Solved]:
        return map(self._solve, t.split(max(1, MOST_NODES // self.cells.nodes.numel())))

    def _solve(self, t: TimeAxis) -> _Solved:
        nodes, weights = self.cells.nodes, self.cells.weights
        grids = self.path.on_grid(t.to(nodes), nodes.reshape(-1, 1))
        log_density, growth = (grid.reshape(len(t), *nodes.shape) for grid in grids)
        log_z = (log_density + weights.log()).flatten(1).logsumexp(1)
        log_prob = log_density - log_z[:, None, None]
        rate = torch.einsum("cn,tcn,tcn->t", weights, log_prob.exp(), growth)
        return _Solved(crossing(self.cells, log_prob, growth - rate[:, None, None]), log_z, rate)

    def motion(self, t: TimeAxis) -> Motion:
        """‖v_t‖² and the largest speed; infinite on overflow, NaN if a relevant cell is not resolved."""
        return Motion.joined(part.crossing.motion for part in self._parts(t))

    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        return torch.cat([part.crossing.kinetic_energy for part in self._parts(t)])

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Velocity, divergence and log-density. All are NaN outside the cells; velocity and divergence are also NaN in the far tails."""
        t, x = t.to(torch.float64), x.to(torch.float64)
        times, which = t.unique(return_inverse=True)
        solved = self._solve(times)
        nodes = solved.crossing.velocity
        velocity = torch.empty_like(t)
        for i in range(len(times)):
            here = which == i
            velocity[here] = self.cells.interpolate(nodes[i], x[here, 0])
        value = self.path.evaluate(t, x)
        # The continuity equation gives the divergence without another derivative.
        divergence = -(value.log_density_dt - solved.rate[which]) - velocity * value.score[:, 0]
        return FieldValue(velocity[:, None], divergence, value.log_density)

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return self._grid_value(t, axes[0], [part.crossing.velocity for part in self._parts(t)])

    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        parts = [(p.crossing.velocity, p.crossing.motion, p.log_z) for p in self._parts(t)]
        velocity, motions, log_z = zip(*parts, strict=True)
        return GridSummary(
            self._grid_value(t, axes[0], list(velocity)), Motion.joined(motions), torch.cat(log_z)
        )

    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        return exact_paths(self, start, times, carry, report)

    def _grid_value(self, t: TimeAxis, axis: Tensor, velocity: list[Tensor]) -> GridValue:
        log_density, _ = self.path.on_grid(t.to(axis), axis[:, None])
        return GridValue(log_density, self.cells.interpolate_rows(torch.cat(velocity), axis)[..., None])

    def log_z(self, t: TimeAxis) -> PerTime:
        return torch.cat([part.log_z for part in self._parts(t)])

    def log_density(self, t: Times, x: Points) -> Values:
        return self.path.evaluate(t, x).log_density


@dataclass(frozen=True)
class _Solved:
    """The solution at each time: the mass flux at the nodes, log Z_t and its time derivative C_t (`rate`)."""

    crossing: Crossing
    log_z: PerTime
    rate: PerTime
