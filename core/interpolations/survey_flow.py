"""A curve to a surveyed target: the mixture fitted to it, scaled and noised, plus a correction near t = 1 so that it ends at the target."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from core.interpolations.gaussian_blend import BlendValue, GaussianBlend, Moving, still
from core.interpolations.particle_survey import ParticleSurvey
from core.targets.base import AbstractEnergy, energy_derivatives
from core.types import Derivatives, Points, Values

# The misfit, which corrects the mixture to the target, fades out when n/a (noise over scale) reaches this fraction of the mixture's
# narrowest standard deviation.
FADE = 0.5
# Components with less mass than this are ignored when the narrowest standard deviation is determined.
LEAST_MASS = 1e-3
# The misfit is omitted where its factor b (see `SurveyFlow`) is below this, since y = x/a may lie far from the surveyed region there.
NEGLIGIBLE = 1e-9
# Training points come from the mixture, with standard deviations multiplied by WIDENING. The fraction EVEN_SHARE of them is split equally
# among the components.
WIDENING, EVEN_SHARE = 1.5, 0.5
# Fraction of the training points that come from the whole box, in case the survey has missed something.
BOX_SHARE = 0.3


class SurveyFlow(nn.Module):
    """`log ρ̃_t(x) = log Ẑ + log q_t(x) + b (−f_D(y) − log Ẑ − log q(y))` with y = x/a and b = 1/(1 + (n/aκ)⁴).

    Here q is the survey's mixture, q_t the law of `aX + nξ` for X from q and ξ ~ N(0, I), log Ẑ the survey's estimate of log Z_D, and κ the
    fraction FADE of the mixture's narrowest standard deviation. At t = 1 the result is the target exactly.

    Args:
        target: gives the energy f_D.
        survey: the survey of this target.
    """

    def __init__(self, target: AbstractEnergy, survey: ParticleSurvey) -> None:
        super().__init__()
        self.target = target
        # Kept in full precision, so that a resumed run starts from the same survey bit for bit.
        self.state = survey.state()
        self.blend = survey.blend
        self.log_z = survey.log_z
        heavy = self.blend.log_weight.exp() >= LEAST_MASS
        self.kappa = FADE * float(self.blend.variance[heavy].min().sqrt())

    def forward(self, moving: Moving, x: Points) -> BlendValue:
        """The flow at points; velocity and divergence are those of the mixture."""
        flow, (b, b_dt) = self.blend(moving, x), self._fading(moving)
        a, near = moving.a, b > NEGLIGIBLE
        y = torch.where(near[:, None], x / a[:, None], self.blend.mean[0])
        misfit, turn = self._misfit(y), -moving.a_dt / a
        b, b_dt = torch.where(near, b, 0.0), torch.where(near, b_dt, 0.0)
        carried = torch.where(near, b * turn, 0.0) * (y * misfit.gradient).sum(1)
        return replace(
            flow,
            value=self.log_z + flow.value + b * misfit.value,
            dt=flow.dt + b_dt * misfit.value + carried,
            gradient=flow.gradient + torch.where(near, b / a, 0.0)[:, None] * misfit.gradient,
            laplacian=flow.laplacian + torch.where(near, b / a.square(), 0.0) * misfit.laplacian,
        )

    def _misfit(self, y: Points) -> Derivatives:
        """`−f_D − log Ẑ − log q` with its derivatives."""
        f, q = energy_derivatives(self.target, y), self.blend(still(y), y)
        return Derivatives(
            -f.value - self.log_z - q.value, -f.gradient - q.gradient, -f.laplacian - q.laplacian
        )

    def _fading(self, moving: Moving) -> tuple[Values, Values]:
        """b and its time derivative."""
        a, kappa2 = moving.a, self.kappa**2
        ratio = moving.n2 / (a.square() * kappa2)
        ratio_dt = (moving.n2_dt * a - 2 * moving.n2 * moving.a_dt) / (a**3 * kappa2)
        b = 1 / (1 + ratio.square())
        return b, -2 * ratio * ratio_dt * b.square()


class SurveyCover:
    """Distributes training points over a surveyed target: most come from the widened mixture, the others from the box.

    Args:
        blend: the mixture.
    """

    def __init__(self, blend: GaussianBlend) -> None:
        masses = blend.log_weight.exp()
        even = (1 - EVEN_SHARE) * masses + EVEN_SHARE / len(masses)
        self.blend = GaussianBlend(even.log(), blend.mean, WIDENING**2 * blend.variance, blend.axes)

    def __call__(self, x: Points, generator: torch.Generator) -> Points:
        """Replace most of the points, which fill the box, by points from the widened mixture."""
        found = self.blend.sample(len(x), generator).to(x)
        kept: Tensor = torch.rand(len(x), 1, generator=generator).to(x) < BOX_SHARE
        return torch.where(kept, x, found)
