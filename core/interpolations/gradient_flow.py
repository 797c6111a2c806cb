"""The paper's interpolation: the Wasserstein gradient flow of the Kullback–Leibler divergence; only the energy is learned."""

from __future__ import annotations

import math

import torch

from core.interpolations.base import AbstractInterpolation, CurveValue
from core.interpolations.schedule import NoiseSchedule
from core.interpolations.starts import AbstractStart
from core.networks import NetworkMaker, ScalarDerivatives
from core.targets.base import AbstractTarget
from core.targets.latent import AbstractLatent
from core.types import Points, Times


class GradientFlowInterpolation(AbstractInterpolation):
    """`v_t = (β/2)(x − m + σ² ∇log ρ_t)`: the gradient flow of KL(·‖N(m, σ²I)), run backwards in time.

    All of it is computed as seen from the latent's centre m. The log-density is a start, which is the target itself at t = 1, plus what the network learns:

        log ρ̃_t(x) = start(t, x) + (1 − c) ψ_t,    c = a²V/(a²V + n²),

    with a = shrink(t) and n = noise(t) of the schedule and V the square of the target's scale. ψ stays within the start's bound. V is not learned: a V near zero
    would hide all change in a layer at t = 1 that no collocation point meets. Mass is conserved, so log Z_t = log Z_D at all
    times and C_t = 0.

    Args:
        schedule: the noise schedule, with the latent's σ.
        networks: makes the network ψ.
        start: the log-density before training, as seen from the latent's centre.

    References:
        Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025, section 5.
    """

    start: AbstractStart

    def __init__(
        self,
        latent: AbstractLatent,
        target: AbstractTarget,
        schedule: NoiseSchedule,
        networks: NetworkMaker,
        start: AbstractStart,
    ) -> None:
        super().__init__(latent, target, target.box)
        self.schedule = schedule
        self.start = start
        self.correction = networks(self.dim, self.start.correction_size)

    def curve(self, t: Times, x: Points) -> CurveValue:
        a, half_beta = self.schedule.shrink(t), self.schedule.beta(t) / 2
        sigma2 = self.schedule.sigma**2
        x, middle = self.latent.about(x), self.latent.about(self.box.center.to(x))
        start = self.start(t, x)

        # ψ sees the box, scaled and widened as the curve is, at a size of order one.
        size2 = self.box.half_width**2 / 2
        unit = (a.square() * size2 + sigma2).sqrt()
        center = a[:, None] * middle
        z = (x - center) / unit[:, None]
        psi = bounded(self.correction(t, z), self.start.correction_bound)
        drift = half_beta[:, None] * (
            center / unit[:, None] + z * (a.square() * size2 / unit.square())[:, None]
        )
        psi_dt = psi.dt - (psi.gradient * drift).sum(-1)

        c, c_dt = self.schedule.kept_share(t, self.target.scale**2)
        score = start.gradient + ((1 - c) / unit)[:, None] * psi.gradient
        laplacian = start.laplacian + (1 - c) / unit.square() * psi.laplacian
        return CurveValue(
            log_density=start.value + (1 - c) * psi.value,
            log_density_dt=start.dt - c_dt * psi.value + (1 - c) * psi_dt,
            score=score,
            velocity=half_beta[:, None] * (x + sigma2 * score),
            divergence=half_beta * (self.dim + sigma2 * laplacian),
            log_z_dt=torch.zeros_like(t),
        )

    def log_z(self, t: Times) -> Times:
        """NaN: it is one unknown number, log Z_D, for all t; sampling estimates it."""
        return torch.full_like(t, math.nan)

    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x)
        kept = self.schedule.shrink(t)[:, None] * self.latent.about(x)
        return self.latent.center.to(x) + kept + self.schedule.noise(t)[:, None] * noise


def bounded(psi: ScalarDerivatives, bound: float) -> ScalarDerivatives:
    """`B tanh(ψ/B)` and its derivatives: ψ itself where it is small, and never beyond ±B.

    Args:
        psi: ψ with its derivatives.
        bound: B, in nats; infinite for no bound.
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
