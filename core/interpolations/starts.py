"""What a gradient flow's log-density is before its network has learned anything: from the energy of the target alone."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from torch import nn

from core.interpolations.noised_cloud import NoisedCloud
from core.interpolations.schedule import NoiseSchedule
from core.networks import ScalarDerivatives
from core.targets.base import AbstractDensity, energy_derivatives
from core.types import Derivatives, Points, Times

# The target's own shape fades once the noise is this many times smaller than its box: later, the ridges between its modes
# would be much sharper than the curve's; earlier, the network would have to draw the modes.
FADE = 3.0


class AbstractStart(nn.Module, ABC):
    """A first guess of log ρ̃_t that is the target at t = 1 and nearly the latent at t = 0.

    Attributes:
        description: what it is, in a few words for a report.
        correction_size: of what a network should add at first.
        correction_bound: in nats, what it may add at most.
    """

    description: str
    correction_size: float = 1e-2
    correction_bound: float = math.inf

    @abstractmethod
    def forward(self, t: Times, x: Points) -> ScalarDerivatives:
        """log ρ̃_t with its derivatives by t and x; no gradients flow through it."""


class FadingStart(AbstractStart):
    """The target scaled and widened, which fades into a Gaussian. It costs no energies beforehand.

    With a = shrink(t) and n = noise(t) of the schedule, m and L the centre and the size of the target's box and V the square
    of its scale:

        log ρ̃_t(x) = −c (w f_D(y) + (1 − w) |y − m|²/2V),
        y = x/a,    c = a²V/(a²V + n²),    w = a²(L/3)²/(a²(L/3)² + n²).

    It is right near every Gaussian mode of variance V for as long as modes are apart.
    """

    description = "the target's energy, fading into a Gaussian"

    def __init__(self, target: AbstractDensity, schedule: NoiseSchedule) -> None:
        super().__init__()
        self.target = target
        self.schedule = schedule
        self.box = target.box

    def forward(self, t: Times, x: Points) -> ScalarDerivatives:
        a = self.schedule.shrink(t)
        shape = self._shape(t, x / a[:, None])
        c, c_dt = self.schedule.kept_share(t, self.target.scale**2)
        return ScalarDerivatives(
            value=-c * shape.value,
            dt=-c_dt * shape.value - c * shape.dt,
            gradient=-(c / a)[:, None] * shape.gradient,
            laplacian=-c / a.square() * shape.laplacian,
        )

    def _shape(self, t: Times, y: Points) -> ScalarDerivatives:
        """`w f_D(y) + (1 − w)|y − m|²/2V`, differentiated by y, and by t at fixed x."""
        f, variance = _finely(self.target, y), self.target.scale**2
        w, w_dt = self.schedule.kept_share(t, (self.box.half_width / FADE) ** 2)
        away = (y - self.box.center.to(y)) / variance
        bowl = away.square().sum(-1) * variance / 2
        gradient = w[:, None] * f.gradient + (1 - w)[:, None] * away
        return ScalarDerivatives(
            value=w * f.value + (1 - w) * bowl,
            dt=w_dt * (f.value - bowl) - self.schedule.beta(t) / 2 * (y * gradient).sum(-1),
            gradient=gradient,
            laplacian=w * f.laplacian + (1 - w) * y.shape[1] / variance,
        )


def _finely(target: AbstractDensity, y: Points) -> Derivatives:
    """The target's energy, in float64 where the device has it.

    Far outside of the box, where y = x/a is when a is small, its derivatives are small differences of large numbers: in single
    precision the Laplacian of a mixture in eight dimensions is wrong by more than its own size there.
    """
    fine = y if y.device.type == "mps" else y.double()
    found = energy_derivatives(target, fine)
    return Derivatives(found.value.to(y), found.gradient.to(y), found.laplacian.to(y))


class MonteCarloStart(AbstractStart):
    """The flow of a cloud of points that energies over the box weigh, blended into the target itself near t = 1.

    With y = x/a, κ the noise from which on the cloud is as good as a density, and a = shrink(t), n = noise(t) of the schedule:

        log ρ̃_t(x) = b (−f_D(y) − dim·log a) + (1 − b) log ρ_cloud(t, x),    b = 1/(1 + (n/aκ)⁴).
    """

    correction_size = 1e-4  # more would spoil it
    # Where no sample comes nothing holds a network back. Without a bound it added 30 nats six standard deviations away, and the curve's
    # density, which is seen on a grid, had all of its mass there. The cloud's own error is some tenths of a nat.
    correction_bound = 3.0

    def __init__(self, target: AbstractDensity, schedule: NoiseSchedule, cloud: NoisedCloud) -> None:
        super().__init__()
        self.target = target
        self.schedule = schedule
        self.cloud = cloud
        self.description = (
            f"a Monte Carlo estimate of the smoothed energy ({cloud.calls} energies spread over the box)"
        )

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

    def _blend(self, a: Times, half_beta: Times) -> tuple[Times, Times]:
        """b and its time derivative, from a' = (β/2) a."""
        sigma2 = self.schedule.sigma**2 / self.cloud.resolution**2
        ratio = sigma2 * (1 / a.square() - 1)
        ratio_dt = -2 * half_beta * sigma2 / a.square()
        b = 1 / (1 + ratio.square())
        return b, -2 * ratio * ratio_dt * b.square()


def start_of(target: AbstractDensity, schedule: NoiseSchedule, kind: str) -> AbstractStart:
    """The start of a kind; the fading one where a cloud of points would not resolve the target.

    Args:
        target: in float64.
        schedule: of the flow.
        kind: `monte_carlo` or `fading`.
    """
    if kind == "monte_carlo":
        cloud = NoisedCloud.of(target, schedule)
        if cloud is not None:
            return MonteCarloStart(target, schedule, cloud)
    return FadingStart(target, schedule)
