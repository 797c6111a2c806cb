"""The gradient flow of any 1-D or 2-D target, by numerical convolution with the Gaussian noise kernel."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from core.fields import FieldValue, GridValue, grid_points
from core.interpolations.schedule import NoiseSchedule
from core.reference.base import AbstractPlainExactField
from core.reference.domain import domain
from core.reference.errors import UnfitDensityError
from core.reference.fitting import fitted_cells
from core.reference.noised_laplace import NoisedLaplace
from core.reference.noising import AbstractLaw, LineNodes, PlaneNodes, narrow
from core.reference.path import ConstantPath
from core.reference.quadrature import Cells
from core.slices import Motion, Slices
from core.targets.base import AbstractTarget
from core.targets.laplace import LaplacePair
from core.types import Axes, Box, Derivatives, PerTime, Points, TimeAxis, Times

# Densities this many nats below the target's maximum are neglected: e^{-45} = 3·10⁻²⁰.
TAIL_NATS = 45.0
# In 2-D a cell of the target's grid is at most this fraction of the target's scale and no wider than the kernel. CELLS are the
# possible numbers of cells per axis.
SCALE_FRACTION = 1 / 3
CELLS = (96, 192, 384, 768)
# In 1-D the cells adapt to the target. To resolve the kernel, they are divided until none is wider than KERNEL_WIDTHS kernel widths, into
# at most MOST_PARTS parts on average.
KERNEL_WIDTHS = 3.0
MOST_PARTS = 4
# Expectations over ρ_t use nodes that extend MARGIN noise widths beyond the target: in 2-D a uniform grid with MEAN_POINTS points per
# axis, in 1-D nodes in the target's cells and in MARGIN_CELLS further cells on each side.
MARGIN = 7.0
MEAN_POINTS = 129
MARGIN_CELLS = 16


class ConvolvedFlow(AbstractPlainExactField):
    """`v_t = (β/2)(x + σ² ∇log ρ_t)` with `ρ_t(x) = ∫ ρ_D(y) N(x; a y, n² I) dy`, the noised target.

    At time t the noise schedule gives β, the factor a that shrinks the target, and the standard deviation n of the noise.

    Args:
        target: ρ_D, of dimension one or two.
        schedule: the noise schedule, with the latent's σ.
        support: the box that contains the target's mass.
        line: in 1-D, cells that resolve the target's energy; None in 2-D.
        points: in 2-D, number of nodes per axis for expectations over ρ_t.
        divisor: in 2-D, factor by which the target's grid is coarser than usual, for error estimates.

    Raises:
        UnfitDensityError: the target's details are too fine to be resolved on its box.
    """

    def __init__(
        self,
        target: AbstractTarget,
        schedule: NoiseSchedule,
        support: Box,
        line: Cells | None,
        points: int = MEAN_POINTS,
        divisor: int = 1,
    ) -> None:
        self.dim = target.dim
        self.target = target
        self.schedule = schedule
        self.solver = "convolution of the target with the noise's kernel, all terms positive"
        if isinstance(target, LaplacePair):
            self.solver = "closed form: the noised Laplace pair by normal distribution functions"
        self.support = support
        reach = MARGIN * schedule.sigma
        self.box = Box(self.support.lower.clamp_max(-reach), self.support.upper.clamp_min(reach))
        self.points = points
        self.divisor = divisor
        self._line = line
        self._planes: dict[int, PlaneNodes] = {}
        law = self._law(1.0, target.scale)
        if law is None:
            raise UnfitDensityError(
                f"The target has too fine structure for its extent: resolving it needs more than {CELLS[-1]} cells per axis. Train a curve instead; that needs no grid."
            )
        self.log_mass = law.log_z

    @classmethod
    def of(cls, target: AbstractTarget, schedule: NoiseSchedule, box: Box | None = None) -> ConvolvedFlow:
        """The gradient flow of a target of dimension one or two.

        Args:
            target: ρ_D.
            schedule: the noise schedule, with the latent's σ.
            box: contains the target's mass; found from the energy if omitted.

        Raises:
            UnfitDensityError: the mass does not fit into any box, or the target is too fine; the message gives the reason.
        """
        path = ConstantPath(target, 1.0)
        support = domain(path, target.box, TAIL_NATS, box)
        line = fitted_cells(path, support, target) if target.dim == 1 else None
        return cls(target, schedule, support, line)

    def coarsened(self) -> ConvolvedFlow:
        line = None if self._line is None else self._line.coarsened()
        points, divisor = self.points // 2 + 1, 2 * self.divisor
        return ConvolvedFlow(self.target, self.schedule, self.support, line, points, divisor)

    def _kernel(self, t: float) -> tuple[float, float]:
        time = torch.tensor(t, dtype=torch.float64)
        return float(self.schedule.shrink(time)), float(self.schedule.noise(time))

    def _law(self, shrink: float, noise: float) -> AbstractLaw | None:
        """A quadrature that resolves the target and the kernel; None if the kernel is too narrow for any grid."""
        if isinstance(self.target, LaplacePair):
            return NoisedLaplace(self.target)
        if self._line is None:
            return self._plane_nodes(min(SCALE_FRACTION * self.target.scale, noise / shrink))
        cells = self._line.refined(KERNEL_WIDTHS * noise / shrink, MOST_PARTS * len(self._line.widths))
        return None if cells is None else LineNodes(self.target, cells)

    def _plane_nodes(self, step: float) -> PlaneNodes | None:
        width = float((self.support.upper - self.support.lower).max())
        cells = next((cells for cells in CELLS if cells * step >= width), None)
        if cells is None:
            return None
        if cells not in self._planes:
            self._planes[cells] = PlaneNodes(self.target, self.support, cells // self.divisor)
        return self._planes[cells]

    def _derivatives(self, t: float, x: Points) -> Derivatives:
        shrink, noise = self._kernel(t)
        law = self._law(shrink, noise)
        return narrow(self.target, x, shrink, noise) if law is None else law.derivatives(x, shrink, noise)

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        t, x = t.to(torch.float64), x.to(torch.float64)
        velocity, divergence, log_density = torch.empty_like(x), torch.empty_like(t), torch.empty_like(t)
        for time in t.unique().tolist():
            here = t == time
            log = self._derivatives(time, x[here])
            velocity[here] = self.schedule.velocity(t[here], x[here], log.gradient)
            divergence[here] = self.schedule.divergence(t[here], log.laplacian, self.dim)
            log_density[here] = log.value
        return FieldValue(velocity, divergence, log_density)

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        rows = [self._on_grid(time, axes) for time in t.tolist()]
        return GridValue(*(torch.stack(part) for part in zip(*rows, strict=True)))

    def _on_grid(self, t: float, axes: Axes) -> tuple[Tensor, Tensor]:
        shrink, noise = self._kernel(t)
        law = self._law(shrink, noise)
        x = grid_points(axes)
        shape = [len(axis) for axis in axes]
        if law is None:  # no grid resolves the kernel
            found = narrow(self.target, x, shrink, noise)
            log_density, score = found.value.reshape(shape), found.gradient.reshape(*shape, self.dim)
        else:
            log_density, score = law.on_grid(axes, shrink, noise)
            lost = log_density.isneginf()  # points so far from all modes that the sums underflow
            if lost.any():
                found = narrow(self.target, x[lost.flatten()], shrink, noise)
                log_density[lost], score[lost] = found.value, found.gradient
        time = torch.tensor(t, dtype=torch.float64)
        return log_density, self.schedule.velocity(time, x.reshape(*shape, self.dim), score)

    def slices(self, t: TimeAxis) -> Slices:
        """The field on nodes that cover ρ_t. Each time has its own nodes."""
        found = [self._slice(time) for time in t.tolist()]
        x, mass, log_prob, velocity = (torch.stack(part) for part in zip(*found, strict=True))
        return Slices(x, mass, log_prob, velocity, self.log_z(t), torch.zeros_like(t))

    def _slice(self, t: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        shrink, noise = self._kernel(t)
        axes, log_weights = zip(*(self._axis(i, shrink, noise) for i in range(self.dim)), strict=True)
        log_density, velocity = self._on_grid(t, axes)
        log_prob = log_density.flatten() - self.log_mass
        mass = log_prob + grid_points(log_weights).sum(1)
        return grid_points(axes), mass.exp(), log_prob, velocity.reshape(-1, self.dim)

    def _axis(self, i: int, shrink: float, noise: float) -> tuple[Tensor, Tensor]:
        """The nodes of one axis and the logs of their weights. In 1-D, they lie in cells that resolve the kinks of the scaled target."""
        lower, upper = shrink * float(self.support.lower[i]), shrink * float(self.support.upper[i])
        # The margin is never zero, so that the number of cells stays the same even without noise.
        margin = MARGIN * max(noise, 1e-6 * self.schedule.sigma)
        if self._line is None:
            axis = torch.linspace(lower - margin, upper + margin, self.points, dtype=torch.float64)
            return axis, torch.full_like(axis, math.log(float(axis[1] - axis[0])))
        outside = torch.linspace(0, margin, MARGIN_CELLS + 1, dtype=torch.float64)[1:]
        edges = torch.cat([lower - outside.flip(0), shrink * self._line.edges, upper + outside])
        cells = Cells(edges, self._line.order // 2)
        return cells.nodes.flatten(), cells.weights.flatten().log()

    def motion(self, t: TimeAxis) -> Motion:
        return Motion.on(self.slices(t))

    def log_z(self, t: TimeAxis) -> PerTime:
        """log Z of the target at all times, since the flow conserves mass."""
        return torch.full_like(t, self.log_mass, dtype=torch.float64)
