"""The paper's interpolation: the Wasserstein gradient flow of the Kullback–Leibler divergence; only the energy is learned."""

from __future__ import annotations

import math

import torch

from core.interpolations.base import AbstractInterpolation, CurveValue
from core.interpolations.schedule import NoiseSchedule
from core.networks import ScalarDerivatives, ScalarNetwork
from core.targets.base import AbstractDensity, energy_derivatives
from core.types import Box, Points, Times

# The target's own shape fades once the noise is this many times smaller than its box: later, the ridges between its modes
# would be much sharper than the curve's; earlier, the network would have to draw the modes.
FADE = 3.0


class GradientFlowInterpolation(AbstractInterpolation):
    """`v_t = (β/2)(x + σ² ∇log ρ_t)`: the gradient flow of KL(·‖N(0, σ²I)), run backwards in time.

    With a = shrink(t) and n = noise(t) of the schedule, m and L the centre and the size of the target's box and V the square
    of its scale, the log-density starts from the target scaled and widened, which fades into a Gaussian:

        log ρ̃_t(x) = −c (w f_D(y) + (1 − w) |y − m|²/2V) + (1 − c) ψ_t,
        y = x/a,    c = a²V/(a²V + n²),    w = a²(L/3)²/(a²(L/3)² + n²).

    That is the target itself at t = 1, the latent at t = 0 (up to a(0)), and right near every Gaussian mode of variance V for
    as long as modes are apart. Only ψ is learned. V is not: a V near zero would hide all change in a layer at t = 1 that no
    collocation point meets. Mass is conserved, so log Z_t = log Z_D at all times and C_t = 0.

    Args:
        width, depth: of the network ψ.
        schedule: the noise schedule, with the latent's σ.
        generator: draws the initial weights.

    References:
        Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025, section 5.
    """

    def __init__(
        self,
        latent: AbstractDensity,
        target: AbstractDensity,
        schedule: NoiseSchedule,
        width: int,
        depth: int,
        generator: torch.Generator,
        box: Box | None = None,
    ) -> None:
        super().__init__(latent, target, box or target.box)
        self.schedule = schedule
        self.correction = ScalarNetwork(self.dim, width, depth, generator)

    def curve(self, t: Times, x: Points) -> CurveValue:
        a, half_beta = self.schedule.shrink(t), self.schedule.beta(t) / 2
        sigma2 = self.schedule.sigma**2
        start = self._start(a, half_beta, x / a[:, None])

        size2 = self.box.half_width**2 / 2
        unit = (a.square() * size2 + sigma2).sqrt()
        center = a[:, None] * self.box.center.to(x)
        z = (x - center) / unit[:, None]
        psi = self.correction(t, z)
        drift = half_beta[:, None] * (
            center / unit[:, None] + z * (a.square() * size2 / unit.square())[:, None]
        )
        psi_dt = psi.dt - (psi.gradient * drift).sum(-1)

        c, c_dt = self._fading(a, half_beta, self.target.scale**2)
        score = -(c / a)[:, None] * start.gradient + ((1 - c) / unit)[:, None] * psi.gradient
        laplacian = -c / a.square() * start.laplacian + (1 - c) / unit.square() * psi.laplacian
        return CurveValue(
            log_density=-c * start.value + (1 - c) * psi.value,
            log_density_dt=-c_dt * (start.value + psi.value) - c * start.dt + (1 - c) * psi_dt,
            score=score,
            velocity=half_beta[:, None] * (x + sigma2 * score),
            divergence=half_beta * (self.dim + sigma2 * laplacian),
            log_z_dt=torch.zeros_like(t),
        )

    def _fading(self, a: Times, half_beta: Times, size2: float) -> tuple[Times, Times]:
        """`a²s/(a²s + n²)` for a squared size s, and its time derivative: from a' = (β/2) a and (n²)' = −β σ² a²."""
        sigma2 = self.schedule.sigma**2
        total = a.square() * size2 + sigma2 * (1 - a.square())
        share = a.square() * size2 / total
        return share, 2 * half_beta * share * sigma2 / total

    def _start(self, a: Times, half_beta: Times, y: Points) -> ScalarDerivatives:
        """`w f_D(y) + (1 − w)|y − m|²/2V`, differentiated by y, and by t at fixed x."""
        f = energy_derivatives(self.target, y)
        w, w_dt = self._fading(a, half_beta, (self.box.half_width / FADE) ** 2)
        away = (y - self.box.center.to(y)) / self.target.scale**2
        bowl = away.square().sum(-1) * self.target.scale**2 / 2
        gradient = w[:, None] * f.gradient + (1 - w)[:, None] * away
        return ScalarDerivatives(
            value=w * f.value + (1 - w) * bowl,
            dt=w_dt * (f.value - bowl) - half_beta * (y * gradient).sum(-1),
            gradient=gradient,
            laplacian=w * f.laplacian + (1 - w) * self.dim / self.target.scale**2,
        )

    def log_z(self, t: Times) -> Times:
        """NaN: it is one unknown number, log Z_D, for all t; sampling estimates it."""
        return torch.full_like(t, math.nan)

    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        return self.schedule.shrink(t)[:, None] * x + self.schedule.noise(t)[:, None] * noise
