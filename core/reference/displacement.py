"""Optimal transport from the latent to the target in 1-D: the curve of least action."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.fields import FieldValue, GridValue, evaluate_on_grid
from core.reference.base import AbstractPlainExactField
from core.reference.domain import domain
from core.reference.fitting import TAIL_NATS, fitted_cells
from core.reference.path import ConstantPath
from core.reference.quadrature import Cells
from core.slices import Motion, Slices
from core.targets.base import AbstractDensity
from core.types import Axes, Box, PerTime, Points, TimeAxis, Times

BISECTIONS = 60


class DisplacementLine(AbstractPlainExactField):
    """Displacement interpolation in 1-D: `x_t = (1 − t) x_0 + t x_1` moves each quantile of the latent to the same quantile of the target.

    The optimal map is monotone in 1-D, so it joins equal quantiles. Each quadrature node of the target is paired with the latent's
    quantile at the same level. Levels above one half are measured from the right, so that both tails keep full precision.

    Args:
        start, end: latent and target, each with its density on quadrature nodes.
    """

    solver = "quantiles: on the line the optimal map is monotone"

    def __init__(self, start: _Distribution, end: _Distribution) -> None:
        self.dim = 1
        self.box = start.box.hull(end.box)
        self._ends = (start, end)
        self.end = end.cells.nodes.flatten()
        self.mass = (end.cells.weights * end.log_prob.exp()).flatten()
        self.start = start.quantiles(end.below.flatten(), end.above.flatten())
        self.log_start = start.log_prob_at(self.start)
        self.log_end = end.log_prob.flatten()

    @classmethod
    def of(cls, latent: AbstractDensity, target: AbstractDensity, box: Box | None = None) -> DisplacementLine:
        """Optimal transport between two 1-D densities.

        Args:
            latent, target: the densities at t = 0 and t = 1.
            box: an interval that contains the mass of both; found from their energies if omitted.

        Raises:
            UnfitDensityError: a density cannot be resolved; the message gives the reason.
        """
        return cls(_Distribution.of(latent, 0.0, box), _Distribution.of(target, 1.0, box))

    def coarsened(self) -> DisplacementLine:
        start, end = self._ends
        return DisplacementLine(start.coarsened(), end.coarsened())

    @property
    def w2_squared(self) -> float:
        """W₂²(latent, target), in squared units of x."""
        return float(self.mass @ (self.end - self.start).square())

    def slices(self, t: TimeAxis) -> Slices:
        times = t.to(torch.float64)[:, None]
        x = (1 - times) * self.start + times * self.end
        log_prob = -torch.logaddexp((1 - times).log() - self.log_start, times.log() - self.log_end)
        velocity = (self.end - self.start).expand_as(x)
        zero = torch.zeros(len(t), dtype=torch.float64)
        return Slices(x[..., None], self.mass.expand_as(x), log_prob, velocity[..., None], zero, zero)

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """The field at points (t, x), interpolated between the nodes; NaN beyond the outermost nodes."""
        # Imported here, because a module-level import would slow the start of every worker process by half a second.
        from scipy.interpolate import PchipInterpolator

        t, x = t.to(torch.float64), x.to(torch.float64)
        parts = torch.empty(len(t), 3, dtype=torch.float64)
        stretch = (-self.log_end).exp() - (-self.log_start).exp()
        for time in t.unique():
            here = t == time
            found = self.slices(time[None])
            columns = torch.stack(
                [found.velocity[0, :, 0], stretch * found.log_prob[0].exp(), found.log_prob[0]], 1
            )
            places, first = np.unique(found.x[0, :, 0].numpy(), return_index=True)
            curve = PchipInterpolator(places, columns.numpy()[first], extrapolate=False)
            parts[here] = torch.from_numpy(curve(x[here, 0].numpy()))
        return FieldValue(parts[:, :1], parts[:, 1], parts[:, 2])

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return evaluate_on_grid(self, t, axes)

    def motion(self, t: TimeAxis) -> Motion:
        return Motion.on(self.slices(t))

    def log_z(self, t: TimeAxis) -> PerTime:
        """Zeros: the densities are normalised."""
        return torch.zeros(len(t), dtype=torch.float64)


class _Distribution:
    """A 1-D density with its mass below and above every quadrature node.

    Args:
        density: the density.
        box: the interval that contains its mass.
        cells: cells on which it is resolved.
    """

    def __init__(self, density: AbstractDensity, box: Box, cells: Cells) -> None:
        self.density = density
        self.box = box
        self.cells = cells
        with torch.no_grad():
            log_density = -density.energy(self.cells.nodes.reshape(-1, 1)).reshape(self.cells.nodes.shape)
        self.log_z = float((log_density + self.cells.weights.log()).flatten().logsumexp(0))
        self.log_prob = log_density - self.log_z
        prob = self.log_prob.exp()
        whole = (self.cells.weights * prob).sum(1)
        inner = self.cells.running_integral(prob)
        self.below = (whole.cumsum(0) - whole)[:, None] + inner
        self.above = (whole.flip(0).cumsum(0).flip(0) - whole)[:, None] + (whole[:, None] - inner)

    @classmethod
    def of(cls, density: AbstractDensity, time: float, box: Box | None) -> _Distribution:
        """Resolve a density: find its interval, unless `box` is given, and its cells."""
        path = ConstantPath(density, time)
        found = domain(path, density.box, TAIL_NATS, box)
        return cls(density, found, fitted_cells(path, found, density))

    def coarsened(self) -> _Distribution:
        return _Distribution(self.density, self.box, self.cells.coarsened())

    def log_prob_at(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return -self.density.energy(x[:, None]) - self.log_z

    def quantiles(self, below: Tensor, above: Tensor) -> Tensor:
        """The points with the given masses below and above them, found by bisection on the smaller mass of each pair."""
        lower = torch.full_like(below, float(self.cells.edges[0]))
        upper = torch.full_like(below, float(self.cells.edges[-1]))
        for _ in range(BISECTIONS):
            middle = (lower + upper) / 2
            from_left = self.cells.interpolate(self.below, middle) > below
            from_right = self.cells.interpolate(self.above, middle) < above
            right = torch.where(below < above, from_left, from_right)
            upper, lower = torch.where(right, middle, upper), torch.where(right, lower, middle)
        return (lower + upper) / 2
