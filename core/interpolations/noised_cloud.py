"""A gradient flow estimated from energies alone: points spread over the box, weighed by e^{−f}, under the forward noise."""

from __future__ import annotations

import math
from typing import Self

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.quasirandom import SobolEngine

from core.interpolations.schedule import NoiseSchedule
from core.networks import ScalarDerivatives
from core.targets.base import AbstractDensity
from core.types import Points, Times

# Points at which the energy is evaluated, by dimension; from the last entry on.
NUM_ENERGIES = (2**13, 2**16, 2**17)
# Fewer effective points than this do not tell the masses of the modes.
LEAST_EFFECTIVE = 1000
# A first cell is this share of the target's scale; cells grow until they are few enough.
FINEST_CELL = 0.75
MOST_CELLS = 1500
GROWTH = 2**0.25
# Cells lighter than this share of the whole are left out.
NEGLIGIBLE = 1e-7
# From a noise of this share of a cell on, the points of a lattice are seen as a density: its ripple is below a percent.
RESOLVED = 0.54
_ROWS = 1000


class NoisedCloud(nn.Module):
    """`ρ_t = Σ_k m_k N(a y_k, (a²v + n²) I)`: the exact gradient flow of weighted Gaussian points.

    Args:
        schedule: gives a and n.
        points: y_k.
        log_mass: log m_k; their sum estimates Z_D.
        variance: v, the spread of what a point stands for.
        cell: the distance of neighbouring points.
        calls: at how many points the energy was evaluated.
    """

    def __init__(
        self,
        schedule: NoiseSchedule,
        points: Points,
        log_mass: Float[Tensor, " points"],
        variance: float,
        cell: float,
        calls: int,
    ) -> None:
        super().__init__()
        self.schedule = schedule
        self.variance = variance
        self.resolution = RESOLVED * cell
        self.calls = calls
        # Near the origin float32 has digits left for the differences of squares below.
        center = points.mean(0)
        self.register_buffer("center", center)
        self.register_buffer("points", points - center)
        self.register_buffer("squares", (points - center).square().sum(1))
        self.register_buffer("log_mass", log_mass)

    center: Tensor
    points: Tensor
    squares: Tensor
    log_mass: Tensor

    @classmethod
    def of(cls, target: AbstractDensity, schedule: NoiseSchedule) -> Self | None:
        """The cloud of a target, known by its energy, scale and box; None where too few points would count.

        The energy is evaluated on a scrambled low-discrepancy sequence over the box, and what falls into one cell of a lattice is
        put together in the cell's centre of mass.
        """
        box, dim = target.box, target.dim
        count = NUM_ENERGIES[min(dim, len(NUM_ENERGIES)) - 1]
        sequence = SobolEngine(dim, scramble=True, seed=0)
        side = box.upper - box.lower
        x = box.lower + side * sequence.draw(count, dtype=torch.float64)
        target.calls += count
        with torch.no_grad():
            log_weight = -torch.cat([target.energy(part) for part in x.split(8192)])
        log_weight += float(side.log().sum()) - math.log(count)
        top = log_weight.max()
        weight = (log_weight - top).exp()
        if not float(weight.sum().square() / weight.square().sum()) >= LEAST_EFFECTIVE:
            return None
        heavy = weight > NEGLIGIBLE**2
        x, weight = x[heavy], weight[heavy]
        cell = FINEST_CELL * target.scale
        while True:
            which = ((x - box.lower) / cell).floor().long()
            _, cell_of = which.unique(dim=0, return_inverse=True)
            mass = weight.new_zeros(int(cell_of.max()) + 1).index_add_(0, cell_of, weight)
            kept = mass > NEGLIGIBLE * mass.sum()
            if int(kept.sum()) <= MOST_CELLS:
                break
            cell *= GROWTH
        centers = x.new_zeros(len(mass), dim).index_add_(0, cell_of, weight[:, None] * x) / mass[:, None]
        spread = (x - centers[cell_of]).square().sum(1) / dim
        variance = float((weight * spread).sum() / weight.sum())
        return cls(schedule, centers[kept], mass[kept].log() + top, variance, cell, count)

    @torch.no_grad()
    def forward(self, t: Times, x: Points) -> ScalarDerivatives:
        """log ρ_t with its derivatives; the one by time from the equation that a noised law obeys, which has no residual."""
        parts = zip(t.split(_ROWS), x.split(_ROWS), strict=True)
        value, gradient, laplacian = map(torch.cat, zip(*(self._log_density(*p) for p in parts), strict=True))
        sigma2 = self.schedule.sigma**2
        growth = (x * gradient).sum(1) + sigma2 * (gradient.square().sum(1) + laplacian)
        return ScalarDerivatives(
            value, -self.schedule.beta(t) / 2 * (x.shape[1] + growth), gradient, laplacian
        )

    def _log_density(self, t: Times, x: Points) -> tuple[Tensor, Tensor, Tensor]:
        a, dim = self.schedule.shrink(t), x.shape[1]
        variance = a.square() * self.variance + self.schedule.noise(t).square()
        away = x - a[:, None] * self.center
        share = torch.addmm(self.log_mass, away * (a / variance)[:, None], self.points.T)
        share -= (a.square() / (2 * variance))[:, None] * self.squares
        top = share.amax(1)
        share.sub_(top[:, None]).exp_()
        total = share.sum(1)
        mean, square = share @ self.points / total[:, None], share @ self.squares / total
        value = top + total.log() - away.square().sum(1) / (2 * variance)
        value -= dim / 2 * (2 * math.pi * variance).log()
        gradient = (a[:, None] * mean - away) / variance[:, None]
        spread = square - mean.square().sum(1)
        return value, gradient, (a / variance).square() * spread - dim / variance
