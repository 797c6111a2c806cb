"""Learned interpolation from a surveyed target. Before training, it is the flow of a fitted mixture instead of the linear curve."""

from __future__ import annotations

import math

import torch

from core.fields import VelocityValue
from core.interpolations.base import AbstractInterpolation, CurveValue, DensityValue, Known
from core.interpolations.clock import Clock, nodes
from core.interpolations.gaussian_blend import BlendValue, Moving
from core.interpolations.gradient_flow import bounded
from core.interpolations.log_normaliser import LogNormaliser
from core.interpolations.motion import InputScaling
from core.interpolations.particle_survey import ParticleSurvey
from core.interpolations.survey_flow import SurveyCover, SurveyFlow
from core.networks import NetworkMaker
from core.targets.base import AbstractEnergy
from core.targets.latent import GaussianLatent
from core.targets.moved import moved
from core.types import Derivatives, PerTime, Points, TimeAxis, Times, Values

# Initial size of the networks' two corrections (of log-density and velocity), and the largest correction of the log-density in nats.
CORRECTION_SIZE, CORRECTION_BOUND = 1e-4, 3.0
# Number of samples of the mixture's flow from which its speed is estimated at each of the clock's nodes.
CLOCK_SAMPLES = 200


class SurveyedInterpolation(AbstractInterpolation):
    """A learned curve `log ρ̃_t = log ρ̃⁰_t − s(1 − s) ψ_t` with the velocity `v_t = v⁰_t + ∇φ_t`, ψ and φ learned.

    The start ρ⁰ is the law of `aX + nξ` with a = sin(πt/2) and n = σ cos(πt/2), X from the survey's mixture and ξ ~ N(0, I), and v⁰ is its
    velocity. Near t = 1 the mixture's misfit to the target is added, see `SurveyFlow`. So the curve is the latent at t = 0 and the target at
    t = 1, and for a perfect survey its residual is zero before training. s is the time of the clock in which the start has constant
    Fisher–Rao speed.

    All computations use coordinates relative to the latent's centre.

    Args:
        latent: the Gaussian at t = 0.
        target: the density at t = 1.
        survey: the survey of the target, in coordinates relative to the latent's centre.
        networks: makes the networks.
    """

    def __init__(
        self, latent: GaussianLatent, target: AbstractEnergy, survey: ParticleSurvey, networks: NetworkMaker
    ) -> None:
        super().__init__(latent, target, latent.box.hull(target.box))
        self.description = survey.description
        self.flow = SurveyFlow(moved(target, -latent.center), survey)
        self.clock = self._even_clock()
        self.scaling = InputScaling.of(latent, target)
        self.spread = SurveyCover(survey.blend)
        self.potential = networks(self.dim, CORRECTION_SIZE)
        self.correction = networks(self.dim, CORRECTION_SIZE)
        self.log_normaliser = LogNormaliser(0.0, networks.generator)
        self.log_z_gain = survey.log_z - latent.log_z

    def _even_clock(self) -> Clock:
        """The clock in which the mixture's flow has constant Fisher–Rao speed, from samples of the flow."""
        t, generator = nodes(), torch.Generator().manual_seed(0)
        x, blend = self.flow.blend.sample(CLOCK_SAMPLES, generator), self.flow.blend
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        moving = self._moving(t.repeat_interleave(CLOCK_SAMPLES))
        place = moving.a[:, None] * x.repeat(len(t), 1) + moving.n2.sqrt()[:, None] * noise.repeat(len(t), 1)
        change = blend(moving, place).dt.view(len(t), -1)
        return Clock.of_speed(t, change.square().mean(1).sqrt())

    def _moving(self, t: Times) -> Moving:
        angle, sigma2 = math.pi / 2 * t, self.latent.sigma**2
        a, cosine = angle.sin(), angle.cos()
        return Moving(a, math.pi / 2 * cosine, sigma2 * cosine.square(), -math.pi * sigma2 * a * cosine)

    def known(self, t: Times, x: Points) -> Known:
        flow = self.flow(self._moving(t), self.latent.about(x))
        return flow.value, flow.dt, flow.gradient, flow.laplacian, flow.velocity, flow.divergence

    def curve(self, t: Times, x: Points, known: Known = ()) -> CurveValue:
        flow, scaled = BlendValue(*(known or self.known(t, x))), self.scaling(x)
        (s, rate), unit = self.clock(t), self.scaling.unit
        psi, phi = bounded(self.correction(s, scaled), CORRECTION_BOUND), self.potential(s, scaled)
        bump = s * (1 - s)
        gain = self.log_z_gain
        return CurveValue(
            # The start has log Z_t = log Ẑ at all times. The term (1 − t)·gain makes it rise from the latent's log Z to log Ẑ.
            log_density=flow.value - (1 - t) * gain - bump * psi.value,
            log_density_dt=flow.dt + gain - rate * ((1 - 2 * s) * psi.value + bump * psi.dt),
            score=flow.gradient - (bump / unit)[:, None] * psi.gradient,
            velocity=flow.velocity + (rate * unit)[:, None] * phi.gradient,
            divergence=flow.divergence + rate * phi.laplacian,
            log_z_dt=gain + rate * self.log_normaliser(s)[1],
        )

    def log_densities(self, t: Times, x: Points, known: Known) -> Values:
        return self.curve(t, x, known).log_density

    def densities(self, t: Times, x: Points, energy: Derivatives | None = None) -> DensityValue:
        return self.curve(t, x).without_velocity

    @torch.no_grad()
    def velocities(self, t: Times, x: Points) -> VelocityValue:
        """The velocity and its divergence, which need no energies."""
        dtype = next(self.parameters()).dtype
        time, place = t.to(dtype), x.to(dtype)
        flow = self.flow.blend(self._moving(time), self.latent.about(place))
        s, rate = self.clock(time)
        phi = self.potential(s, self.scaling(place))
        velocity = flow.velocity + (rate * self.scaling.unit)[:, None] * phi.gradient
        return VelocityValue(velocity.to(x), (flow.divergence + rate * phi.laplacian).to(x))

    def log_z(self, t: TimeAxis) -> PerTime:
        with torch.no_grad():
            return self.latent.log_z + t * self.log_z_gain + self.log_normaliser(self.clock(t)[0])[0]

    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x)
        end, moving = self.spread(self.latent.about(x), generator), self._moving(t)
        return self.latent.center.to(x) + moving.a[:, None] * end + moving.n2.sqrt()[:, None] * noise
