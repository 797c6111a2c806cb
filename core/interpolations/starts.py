"""The log-densities from which the training of a gradient flow starts, computed from the target's energy."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

from torch import nn

from core.interpolations.gaussian_blend import Moving
from core.interpolations.noised_cloud import NoisedCloud
from core.interpolations.particle_survey import LEAST_EFFECTIVE, MOST_DIMENSIONS, ParticleSurvey
from core.interpolations.schedule import NoiseSchedule
from core.interpolations.survey_flow import SurveyCover, SurveyFlow
from core.networks import ScalarDerivatives
from core.problem import Start
from core.targets.base import AbstractEnergy, energy_derivatives
from core.types import Derivatives, Points, Times, Values

# The target's shape fades out when the noise reaches the half-width of its box divided by this number. With a larger value, the network
# must represent the modes itself. With a smaller one, the start has much sharper ridges between modes than the true curve.
FADE = 3.0
# In more dimensions, points over a box are too sparse for a cloud that resolves the modes.
MOST_CLOUD_DIMENSIONS = 2
# A survey with at least this fraction of effective samples is preferred to a cloud whose cells had to grow.
BETTER_THAN_CLOUD = 0.9


class AbstractStart(nn.Module, ABC):
    """An approximation of log ρ̃_t that equals the target at t = 1 and is close to the latent at t = 0.

    Attributes:
        description: a short description for reports.
        correction_size: initial size of the network's correction, in nats.
        correction_bound: largest correction, in nats.
    """

    description: str
    correction_size: float = 1e-2
    correction_bound: float = math.inf

    @abstractmethod
    def forward(self, t: Times, x: Points) -> ScalarDerivatives:
        """log ρ̃_t with its derivatives by t and x; the results are detached from autograd."""


class FadingStart(AbstractStart):
    """The scaled and widened target, which fades into a Gaussian. It needs no energies before training.

    With a = shrink(t) and n = noise(t) of the schedule, m and L the centre and the half-width of the target's box and V the
    square of its scale:

        log ρ̃_t(x) = −c (w f_D(y) + (1 − w) |y − m|²/2V),
        y = x/a,    c = a²V/(a²V + n²),    w = a²(L/3)²/(a²(L/3)² + n²).

    It is accurate near every Gaussian mode of variance V as long as the modes do not overlap.
    """

    description = "the target's energy, fading into a Gaussian"

    def __init__(self, target: AbstractEnergy, schedule: NoiseSchedule) -> None:
        super().__init__()
        self.target = target
        self.schedule = schedule
        self.box = target.box

    def forward(self, t: Times, x: Points) -> ScalarDerivatives:
        a = self.schedule.shrink(t)
        shape = self._shape(t, x / a[:, None])
        c, c_dt = self.schedule.signal_fraction(t, self.target.scale**2)
        return ScalarDerivatives(
            value=-c * shape.value,
            dt=-c_dt * shape.value - c * shape.dt,
            gradient=-(c / a)[:, None] * shape.gradient,
            laplacian=-c / a.square() * shape.laplacian,
        )

    def _shape(self, t: Times, y: Points) -> ScalarDerivatives:
        """`w f_D(y) + (1 − w)|y − m|²/2V`, differentiated by y, and by t at fixed x."""
        f, variance = _finely(self.target, y), self.target.scale**2
        w, w_dt = self.schedule.signal_fraction(t, (self.box.half_width / FADE) ** 2)
        away = (y - self.box.center.to(y)) / variance
        bowl = away.square().sum(-1) * variance / 2
        gradient = w[:, None] * f.gradient + (1 - w)[:, None] * away
        return ScalarDerivatives(
            value=w * f.value + (1 - w) * bowl,
            dt=w_dt * (f.value - bowl) - self.schedule.beta(t) / 2 * (y * gradient).sum(-1),
            gradient=gradient,
            laplacian=w * f.laplacian + (1 - w) * y.shape[1] / variance,
        )


def _finely(target: AbstractEnergy, y: Points) -> Derivatives:
    """The target's energy with its derivatives, computed in float64 if the device supports it.

    For small a the points y = x/a lie far outside the box, where the derivatives are small differences of large numbers: in
    float32 the Laplacian of a mixture in eight dimensions has an error of more than 100 % there.
    """
    fine = y if y.device.type == "mps" else y.double()
    found = energy_derivatives(target, fine)
    return Derivatives(found.value.to(y), found.gradient.to(y), found.laplacian.to(y))


class MonteCarloStart(AbstractStart):
    """The flow of a weighted cloud of points, blended into the exact target near t = 1; see `NoisedCloud`.

    With y = x/a, κ the noise at which the cloud becomes smooth, and a = shrink(t), n = noise(t) of the schedule:

        log ρ̃_t(x) = b (−f_D(y) − dim·log a) + (1 − b) log ρ_cloud(t, x),    b = 1/(1 + (n/aκ)⁴).
    """

    correction_size = 1e-4  # small, since this start is already accurate
    # Training does not constrain the network far from all samples. Without a bound, the network once added 30 nats at six standard
    # deviations, and nearly all mass was there. The cloud's own error is only a few tenths of a nat, so a small bound suffices.
    correction_bound = 3.0

    def __init__(self, target: AbstractEnergy, schedule: NoiseSchedule, cloud: NoisedCloud) -> None:
        super().__init__()
        self.target = target
        self.schedule = schedule
        self.cloud = cloud
        self.description = f"a Monte Carlo estimate of the smoothed energy ({cloud.calls} energy calls spread over the target's box)"

    def forward(self, t: Times, x: Points) -> ScalarDerivatives:
        a, half_beta = self.schedule.shrink(t), self.schedule.beta(t) / 2
        y = x / a[:, None]
        f, cloud = energy_derivatives(self.target, y), self.cloud(t, x)
        end = -f.value - x.shape[1] * a.log()
        end_dt = half_beta * ((y * f.gradient).sum(-1) - x.shape[1])
        b, b_dt = self._blend(a, half_beta)
        rest = 1 - b
        return ScalarDerivatives(
            value=b * end + rest * cloud.value,
            dt=b_dt * (end - cloud.value) + b * end_dt + rest * cloud.dt,
            gradient=rest[:, None] * cloud.gradient - (b / a)[:, None] * f.gradient,
            laplacian=rest * cloud.laplacian - b / a.square() * f.laplacian,
        )

    def _blend(self, a: Values, half_beta: Values) -> tuple[Values, Values]:
        """b and its time derivative, from a' = (β/2) a."""
        sigma2 = self.schedule.sigma**2 / self.cloud.resolution**2
        ratio = sigma2 * (1 / a.square() - 1)
        ratio_dt = -2 * half_beta * sigma2 / a.square()
        b = 1 / (1 + ratio.square())
        return b, -2 * ratio * ratio_dt * b.square()


class SurveyStart(AbstractStart):
    """The flow of the mixture that a survey fitted to particles; see `SurveyFlow`."""

    correction_size = 1e-4
    correction_bound = 3.0  # as for the Monte Carlo start

    def __init__(self, target: AbstractEnergy, schedule: NoiseSchedule, survey: ParticleSurvey) -> None:
        super().__init__()
        self.flow = SurveyFlow(target, survey)
        self.cover = SurveyCover(survey.blend)
        self.schedule = schedule
        self.description = survey.description

    def forward(self, t: Times, x: Points) -> ScalarDerivatives:
        a, sigma2 = self.schedule.shrink(t), self.schedule.sigma**2
        a_dt = self.schedule.beta(t) / 2 * a
        n2 = self.schedule.noise(t).square()
        flow = self.flow(Moving(a, a_dt, n2, -2 * sigma2 * a * a_dt), x)
        return ScalarDerivatives(flow.value, flow.dt, flow.gradient, flow.laplacian)


def start_of(
    target: AbstractEnergy,
    schedule: NoiseSchedule,
    kind: Start,
    surveyed: Callable[[], ParticleSurvey | None] | None = None,
) -> AbstractStart:
    """Build the start of a gradient flow.

    Args:
        target: in float64.
        schedule: the noise schedule of the flow.
        kind: `fading`, `monte_carlo` or `survey`.
        surveyed: returns the target's survey, or None if there is none; called only if a survey is needed. By default the target is
            surveyed here.

    Returns:
        The start of that kind, or another one if it does not resolve the target. `monte_carlo` uses a cloud of points over the box if its
        cells are fine enough, otherwise a good survey, otherwise a cloud of coarser cells if enough of its points are effective. `survey`
        uses a good survey. If none of these is available, the fading start is returned.
    """
    if kind == "fading":
        return FadingStart(target, schedule)
    tries_cloud = kind == "monte_carlo" and target.dim <= MOST_CLOUD_DIMENSIONS
    cloud = NoisedCloud.of(target, schedule) if tries_cloud else None
    if cloud is not None and cloud.is_fine:
        return MonteCarloStart(target, schedule, cloud)
    survey = None
    if target.dim <= MOST_DIMENSIONS:
        survey = ParticleSurvey.of(target) if surveyed is None else surveyed()
    if survey is not None and survey.ess_fraction >= (
        LEAST_EFFECTIVE if cloud is None else BETTER_THAN_CLOUD
    ):
        return SurveyStart(target, schedule, survey)
    return FadingStart(target, schedule) if cloud is None else MonteCarloStart(target, schedule, cloud)
