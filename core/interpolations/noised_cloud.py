"""A Monte Carlo estimate of the gradient flow: points over the box, weighted by e^{−f}, then scaled and noised like the flow."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.quasirandom import SobolEngine

from core.interpolations.schedule import NoiseSchedule
from core.networks import ScalarDerivatives
from core.targets.base import AbstractEnergy, counted_energy
from core.types import Points, Times

# Number of energy evaluations in 1, 2 and 3 or more dimensions.
NUM_ENERGIES = (2**13, 2**16, 2**17)
# With fewer effective points, the estimated masses of the modes are unreliable.
LEAST_EFFECTIVE = 1000
# The initial cell size, as a multiple of the target's scale. Cells grow by GROWTH until there are at most MOST_CELLS.
FINEST_CELL = 0.75
MOST_CELLS = 1500
GROWTH = 2**0.25
# Cells with less than this fraction of the mass are dropped.
NEGLIGIBLE = 1e-7
# Noise with a standard deviation of this many cells smooths a lattice of points: the ripple of its density is then below 1 %.
RESOLVED = 0.54
# Number of points x at which log ρ_t is computed at once. It is limited to save memory.
_ROWS = 1000


class NoisedCloud(nn.Module):
    """`ρ_t = Σ_k m_k N(a y_k, (a²v + n²) I)`: the exact gradient flow to a mixture of Gaussians of variance v at weighted points y_k.

    Args:
        schedule: gives a = shrink(t) and n = noise(t).
        points: positions y_k.
        log_mass: log m_k; the sum of the masses m_k estimates Z_D.
        variance: v, the mean variance, per coordinate, of the evaluated points that are merged into one point.
        cell: distance between neighbouring points.
        calls: number of energy evaluations.
        is_fine: whether the cells are as small as intended, so that they resolve the modes.
    """

    def __init__(
        self,
        schedule: NoiseSchedule,
        points: Points,
        log_mass: Float[Tensor, " points"],
        variance: float,
        cell: float,
        calls: int,
        is_fine: bool,
    ) -> None:
        super().__init__()
        self.schedule = schedule
        self.variance = variance
        self.resolution = RESOLVED * cell
        self.is_fine = is_fine
        self.calls = calls
        # Centred coordinates reduce the rounding errors of the differences of squares in `_log_density`, in float32.
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
    def of(cls, target: AbstractEnergy, schedule: NoiseSchedule) -> NoisedCloud | None:
        """The cloud of a target, from its energy, scale and box; None if fewer than LEAST_EFFECTIVE points are effective.

        The energy is evaluated on a scrambled Sobol sequence over the box. The points in each cell of a lattice are merged
        into one at their centre of mass.

        Args:
            target: in float64.
            schedule: the noise schedule of the flow.
        """
        box, dim = target.box, target.dim
        count = NUM_ENERGIES[min(dim, len(NUM_ENERGIES)) - 1]
        sequence = SobolEngine(dim, scramble=True, seed=0)
        side = box.upper - box.lower
        x = box.lower + side * sequence.draw(count, dtype=torch.float64)
        with torch.no_grad():
            log_weight = -counted_energy(target, x)
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
        is_fine = cell <= FINEST_CELL * target.scale
        centers = x.new_zeros(len(mass), dim).index_add_(0, cell_of, weight[:, None] * x) / mass[:, None]
        spread = (x - centers[cell_of]).square().sum(1) / dim
        variance = float((weight * spread).sum() / weight.sum())
        return cls(schedule, centers[kept], mass[kept].log() + top, variance, cell, count, is_fine)

    @torch.no_grad()
    def forward(self, t: Times, x: Points) -> ScalarDerivatives:
        """log ρ_t with its derivatives. The time derivative comes from the Fokker–Planck equation, which the cloud satisfies."""
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
