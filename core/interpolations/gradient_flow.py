"""The interpolation of Chemseddine et al.: the Wasserstein gradient flow of the Kullback–Leibler divergence. Only the energy is learned."""

from __future__ import annotations

import math

import torch

from core.fields import VelocityValue
from core.interpolations.base import AbstractInterpolation, CurveValue, DensityValue, Known
from core.interpolations.schedule import NoiseSchedule
from core.interpolations.starts import AbstractStart, SurveyStart
from core.networks import NetworkMaker, ScalarDerivatives
from core.targets.base import AbstractEnergy
from core.targets.latent import AbstractLatent
from core.types import Derivatives, PerTime, Points, TimeAxis, Times, Values


class GradientFlowInterpolation(AbstractInterpolation):
    """`v_t = (β/2)(x − m + σ² ∇log ρ_t)`: the gradient flow of KL(·‖N(m, σ²I)), run backwards in time.

    All computations use coordinates relative to the latent's centre m. The log-density is a fixed start, equal to the target
    at t = 1, plus a learned correction:

        log ρ̃_t(x) = start(t, x) + (1 − c) ψ_t,    c = a²V/(a²V + n²),

    with a = shrink(t) and n = noise(t) of the schedule and V the square of the target's scale. |ψ| is limited by the start's
    `correction_bound`. V is not learned: with V near zero, all change would occur in a thin layer at t = 1 that contains no
    collocation points. Mass is conserved, so log Z_t = log Z_D for all t and C_t = 0.

    Args:
        latent: N(m, σ²I).
        target: the density at t = 1.
        schedule: the noise schedule, with the latent's σ.
        networks: makes the network ψ.
        start: the log-density before training, relative to the latent's centre.

    References:
        Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025, section 5.
    """

    start: AbstractStart

    def __init__(
        self,
        latent: AbstractLatent,
        target: AbstractEnergy,
        schedule: NoiseSchedule,
        networks: NetworkMaker,
        start: AbstractStart,
    ) -> None:
        super().__init__(latent, target, target.box)
        self.schedule = schedule
        self.start = start
        self.correction = networks(self.dim, self.start.correction_size)

    def known(self, t: Times, x: Points) -> Known:
        start = self.start(t, self.latent.about(x))
        return start.value, start.dt, start.gradient, start.laplacian

    def curve(self, t: Times, x: Points, known: Known = ()) -> CurveValue:
        start = ScalarDerivatives(*(known or self.known(t, x)))
        a, half_beta = self.schedule.shrink(t), self.schedule.beta(t) / 2
        sigma2 = self.schedule.sigma**2
        x, middle = self.latent.about(x), self.latent.about(self.box.center.to(x))

        # Scale the inputs of ψ to order one on the target's box, after the box is shrunk by a and widened by σ.
        size2 = self.box.half_width**2 / 2
        unit = (a.square() * size2 + sigma2).sqrt()
        center = a[:, None] * middle
        z = (x - center) / unit[:, None]
        psi = bounded(self.correction(t, z), self.start.correction_bound)
        drift = half_beta[:, None] * (
            center / unit[:, None] + z * (a.square() * size2 / unit.square())[:, None]
        )
        psi_dt = psi.dt - (psi.gradient * drift).sum(-1)

        c, c_dt = self.schedule.signal_fraction(t, self.target.scale**2)
        score = start.gradient + ((1 - c) / unit)[:, None] * psi.gradient
        laplacian = start.laplacian + (1 - c) / unit.square() * psi.laplacian
        return CurveValue(
            log_density=start.value + (1 - c) * psi.value,
            log_density_dt=start.dt - c_dt * psi.value + (1 - c) * psi_dt,
            score=score,
            velocity=self.schedule.velocity(t, x, score),
            divergence=self.schedule.divergence(t, laplacian, self.dim),
            log_z_dt=torch.zeros_like(t),
        )

    def log_densities(self, t: Times, x: Points, known: Known) -> Values:
        return self.curve(t, x, known).log_density

    def densities(self, t: Times, x: Points, energy: Derivatives | None = None) -> DensityValue:
        return self.curve(t, x).without_velocity

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        return self.evaluate(t, x).without_density

    def log_z(self, t: TimeAxis) -> PerTime:
        """NaN, since log Z_t equals the unknown log Z_D at all times; sampling estimates it."""
        return torch.full_like(t, math.nan)

    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x)
        end = self.latent.about(x)
        if isinstance(self.start, SurveyStart):
            end = self.start.cover(end, generator)
        kept = self.schedule.shrink(t)[:, None] * end
        return self.latent.center.to(x) + kept + self.schedule.noise(t)[:, None] * noise


def bounded(psi: ScalarDerivatives, bound: float) -> ScalarDerivatives:
    """`B tanh(ψ/B)` with its derivatives: close to ψ where ψ is small, and always within ±B.

    Args:
        psi: ψ with its derivatives.
        bound: B, in nats; ∞ for no bound.
    """
    if math.isinf(bound):
        return psi
    share = (psi.value / bound).tanh()
    slope = 1 - share.square()
    bend = -2 / bound * share * slope
    return ScalarDerivatives(
        value=bound * share,
        dt=slope * psi.dt,
        gradient=slope[:, None] * psi.gradient,
        laplacian=slope * psi.laplacian + bend * psi.gradient.square().sum(-1),
    )
