"""The gradient flow of a Gaussian mixture in closed form, in any dimension."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from core.fields import FieldValue, GridValue, evaluate_on_grid, grid_points
from core.interpolations.schedule import NoiseSchedule
from core.reference.base import AbstractPlainExactField, Motion, Slices
from core.reference.domain import PROBED_TIMES
from core.targets.mixture import GaussianMixture
from core.types import Axes, Box, PerTime, Points, TimeAxis, Times

# In 1-D and 2-D expectations use a grid: 0.4 standard deviations between points (the trapezoidal rule converges geometrically for
# Gaussians), up to seven beyond the outermost mode. If that needs too many points per side, samples are used instead.
SPACING = 0.4
MARGIN = 7.0
MOST_POINTS = {1: 20_001, 2: 401}
MONTE_CARLO_SAMPLES = 20_000


class GaussianFlow(AbstractPlainExactField):
    """The gradient flow of a mixture, which stays a mixture with means `a μ_k` and variances `a² s_k² + σ²(1 − a²)`.

    Its velocity is `v_t = (β/2)(x + σ² ∇log ρ_t)`. Since a(0) > 0, the density at t = 0 is close to the latent N(0, σ²I) but
    not equal to it.

    Args:
        target: the mixture.
        schedule: the noise schedule, with the latent's σ.
        spacing: distance between grid points, in standard deviations of the narrowest mode.
    """

    def __init__(self, target: GaussianMixture, schedule: NoiseSchedule, spacing: float = SPACING) -> None:
        self.dim = target.dim
        self.target = target
        self.schedule = schedule
        self.spacing = spacing
        ends = [reach(self.density(t)) for t in (0.0, 1.0)]
        self.box = ends[0].hull(ends[1])
        self.counts = self._grid_counts()
        means = "quadrature" if self.counts is not None else f"{MONTE_CARLO_SAMPLES} samples"
        self.solver = f"closed form: a noised Gaussian mixture is a Gaussian mixture; means by {means}"

    @property
    def num_nodes(self) -> int:
        """Number of quadrature points or samples per time."""
        return MONTE_CARLO_SAMPLES if self.counts is None else math.prod(self.counts)

    def coarsened(self) -> GaussianFlow | None:
        if self.counts is None:
            return None
        return GaussianFlow(self.target, self.schedule, 2 * self.spacing)

    def density(self, t: float) -> GaussianMixture:
        """The mixture ρ_t."""
        time = torch.tensor(t, dtype=torch.float64)
        return self.target.noised(float(self.schedule.shrink(time)), float(self.schedule.noise(time)))

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        t, x = t.to(torch.float64), x.to(torch.float64)
        half_beta, sigma2 = self.schedule.beta(t) / 2, self.schedule.sigma**2
        log = self.target.noised_log_density(x, self.schedule.shrink(t), self.schedule.noise(t))
        velocity = half_beta[:, None] * (x + sigma2 * log.gradient)
        return FieldValue(velocity, half_beta * (self.dim + sigma2 * log.laplacian), log.value)

    def log_z(self, t: TimeAxis) -> PerTime:
        """Zero: the mixture is normalised and mass is conserved."""
        return torch.zeros_like(t)

    def slices(self, t: TimeAxis) -> Slices:
        """The field on a grid that covers ρ_t and differs between times, or on samples of ρ_t if the grid would be too large."""
        found = [self._slice(float(time)) for time in t]
        x, mass, log_prob, velocity = (torch.stack(part) for part in zip(*found, strict=True))
        return Slices(x, mass, log_prob, velocity, self.log_z(t), torch.zeros_like(t))

    def motion(self, t: TimeAxis) -> Motion:
        return Motion.joined(Motion.on(self.slices(time[None])) for time in t)

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return evaluate_on_grid(self, t, axes)

    def _slice(self, t: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        density = self.density(t)
        if self.counts is None:
            x = density.sample(MONTE_CARLO_SAMPLES, torch.Generator().manual_seed(0))
        else:
            box = reach(density)
            sides = zip(box.lower.tolist(), box.upper.tolist(), self.counts, strict=True)
            x = grid_points(tuple(torch.linspace(*side, dtype=torch.float64) for side in sides))
        value = self.evaluate(torch.full((len(x),), t), x)
        even = torch.full((len(x),), 1 / len(x), dtype=torch.float64)
        mass = even if self.counts is None else value.log_density.softmax(0)
        return x, mass, value.log_density, value.velocity

    def _grid_counts(self) -> list[int] | None:
        """Grid points per axis that resolve all densities of the curve; None if they are too many."""
        if self.dim not in MOST_POINTS:
            return None
        densities = [self.density(t) for t in PROBED_TIMES.tolist()]
        counts = [
            max(
                math.ceil(
                    float(reach.upper[axis] - reach.lower[axis]) / (self.spacing * float(density.std.min()))
                )
                + 1
                for density, reach in ((density, reach(density)) for density in densities)
            )
            for axis in range(self.dim)
        ]
        return counts if max(counts) <= MOST_POINTS[self.dim] else None


def reach(density: GaussianMixture) -> Box:
    """The box that the grid of a mixture covers."""
    margin = MARGIN * density.std[:, None]
    return Box((density.modes - margin).amin(0), (density.modes + margin).amax(0))
