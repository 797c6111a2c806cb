"""The gradient flow of a Gaussian mixture in closed form, in any dimension."""

from __future__ import annotations

import torch

from core.fields import FieldValue
from core.interpolations.schedule import NoiseSchedule
from core.reference.base import AbstractExactField
from core.targets.mixture import GaussianMixture
from core.types import Points, Times

MONTE_CARLO_SAMPLES = 100_000
# The quadrature grid: half a standard deviation between points (the trapezoidal rule converges geometrically for
# Gaussians), seven beyond the outermost mode. Where that takes more points a side than this, samples serve instead.
SPACING = 0.5
MARGIN = 7.0
MOST_POINTS = {1: 20_001, 2: 401}


class GaussianFlow(AbstractExactField):
    """The noised mixture stays a mixture: means `a μ_k`, variances `a² s_k² + σ²(1 − a²)`.

    Its velocity is `v_t = (β/2)(x + σ² ∇log ρ_t)`. The end at t = 0 still carries the factor a(0) > 0, so it is close to
    the latent N(0, σ²I), not equal to it.
    """

    method = "closed form: a noised Gaussian mixture is a Gaussian mixture"

    def __init__(self, target: GaussianMixture, schedule: NoiseSchedule) -> None:
        self.dim = target.dim
        self.target = target
        self.schedule = schedule

    def density(self, t: float) -> GaussianMixture:
        """ρ_t."""
        time = torch.tensor(t, dtype=torch.float64)
        return self.target.noised(float(self.schedule.shrink(time)), float(self.schedule.noise(time)))

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        t, x = t.to(torch.float64), x.to(torch.float64)
        half_beta, sigma2 = self.schedule.beta(t) / 2, self.schedule.sigma**2
        log = self.target.noised_log_density(x, self.schedule.shrink(t), self.schedule.noise(t))
        velocity = half_beta[:, None] * (x + sigma2 * log.gradient)
        return FieldValue(velocity, half_beta * (self.dim + sigma2 * log.laplacian), log.value)

    def log_z(self, t: Times) -> Times:
        """Zero: the mixture is normalised and mass is conserved."""
        return torch.zeros_like(t)

    def kinetic_energy(self, t: Times) -> Times:
        """By quadrature where a grid can resolve the density, else the mean over 100 000 seeded samples of ρ_t."""
        return torch.stack([self._kinetic_energy(float(time)) for time in t])

    def _kinetic_energy(self, t: float) -> torch.Tensor:
        density = self.density(t)
        axes = self._grid(density)
        if axes is None:
            x = density.sample(MONTE_CARLO_SAMPLES, torch.Generator().manual_seed(0))
            return self.evaluate(torch.full((len(x),), t), x).velocity.square().sum(1).mean()
        x = torch.cartesian_prod(*axes).reshape(-1, self.dim)
        value = self.evaluate(torch.full((len(x),), t), x)
        return (value.log_density.softmax(0) * value.velocity.square().sum(1)).sum()

    def _grid(self, density: GaussianMixture) -> list[torch.Tensor] | None:
        """The axes of the quadrature grid; None where it would need too many points."""
        if self.dim not in MOST_POINTS:
            return None
        margin = MARGIN * density.std[:, None]
        lower, upper = (density.modes - margin).amin(0), (density.modes + margin).amax(0)
        counts = ((upper - lower) / (SPACING * density.std.min())).ceil().int() + 1
        if int(counts.max()) > MOST_POINTS[self.dim]:
            return None
        return [
            torch.linspace(low, high, count, dtype=torch.float64)
            for low, high, count in zip(*(v.tolist() for v in (lower, upper, counts)), strict=True)
        ]
