"""The exact velocity of the paper's 1-D example in closed form: the linear curve from a Laplace density to a pair of Laplace modes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.fields import FieldValue, GridValue
from core.reference.base import AbstractPlainExactField
from core.reference.domain import domain
from core.reference.fitting import TAIL_NATS, fitted_cells
from core.reference.path import LinearPath
from core.reference.quadrature import Cells
from core.slices import Motion, Slices
from core.targets.laplace import LaplacePair
from core.targets.latent import LaplaceLatent
from core.types import Axes, Box, PerTime, Points, TimeAxis, Times

# The integral of e^{rate·s} over an interval is computed from a series if |rate × length of the interval| is below this.
FLAT = 1e-4
# Number of times per batch when a field is evaluated on a grid.
ROWS = 64


class LaplaceField(AbstractPlainExactField):
    """The linear curve with energy `f_t = κ|x| + 2t·min(|x|, |x − m|)`, κ = (1 − t)/σ. Its density is piecewise exponential.

    The masses left and right of x, in units of the density e^{−f} at x, are `l = e^{f} ∫_{−∞}^x e^{−f}` and `r = e^{f} ∫_x^∞ e^{−f}`. With
    C = d/dt log Z and primes for ∂_t, the velocity is `v = l (f' + C) − l' = r' − r (f' + C)`. The smaller of l and r is used: it
    is a sum of positive terms that does not overflow for any m, not even where κ = 2t makes the middle piece flat.

    References:
        Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025, Figures 1, 2 and 4.

    Args:
        sigma: scale σ of the latent.
        m: distance between the target's modes.
        box: the interval that contains the mass.
        cells: cells that resolve the curve; used for expectations only.
    """

    solver = "closed form of the Laplace pair; quadrature for means only"

    def __init__(self, sigma: float, m: float, box: Box, cells: Cells) -> None:
        self.dim = 1
        self.sigma = sigma
        self.m = m
        self.box = box
        self.cells = cells

    @classmethod
    def of(cls, latent: LaplaceLatent, target: LaplacePair) -> LaplaceField:
        """The linear curve from a Laplace latent at the origin to the pair."""
        path = LinearPath(latent, target)
        box = domain(path, latent.box.hull(target.box), TAIL_NATS)
        return cls(latent.sigma, target.mode_separation, box, fitted_cells(path, box, latent, target))

    def coarsened(self) -> LaplaceField:
        return LaplaceField(self.sigma, self.m, self.box, self.cells.coarsened())

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        t, x = t.to(torch.float64), x.to(torch.float64)[:, 0]
        value = self._solve(t, x)
        score = -x.sign() / self.sigma - t * self._side(x)
        # The continuity equation gives the divergence.
        divergence = value.energy_dt + value.rate - value.velocity * score
        return FieldValue(value.velocity[:, None], divergence, -value.energy)

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        # Times are processed in batches that fit into the processor's cache.
        parts = [self._solve(part[:, None], axes[0]) for part in t.to(torch.float64).split(ROWS)]
        energy, velocity = (torch.cat([getattr(p, name) for p in parts]) for name in ("energy", "velocity"))
        return GridValue(-energy, velocity[..., None])

    def slices(self, t: TimeAxis) -> Slices:
        x = self.cells.nodes.flatten()
        value = self._solve(t.to(torch.float64)[:, None], x)
        log_prob = -value.energy - value.log_z
        mass = self.cells.weights.flatten() * log_prob.exp()
        velocity = value.velocity[..., None]
        return Slices(x[None, :, None], mass, log_prob, velocity, value.log_z[:, 0], value.rate[:, 0])

    def motion(self, t: TimeAxis) -> Motion:
        return Motion.on(self.slices(t))

    def log_z(self, t: TimeAxis) -> PerTime:
        return self._normaliser(t.to(torch.float64))[0]

    def _solve(self, t: Tensor, x: Tensor) -> _Value:
        """Evaluate the field at points (t, x), or at all pairs of times and points if t has shape (times, 1)."""
        log_z, rate = self._normaliser(t)
        energy_dt = 2 * torch.minimum(x.abs(), (x - self.m).abs()) - x.abs() / self.sigma
        change = energy_dt + rate
        # Outside [0, m] the tail beyond x is a single exponential, of mass 1/A with A the outer slope.
        slopes = self._slopes(t)
        velocity = torch.where(x < 0, 1.0, -1.0) * (change + slopes.outer_dt / slopes.outer) / slopes.outer
        for masses, low, high in ((self._first_half, 0.0, 0.5), (self._second_half, 0.5, 1.0)):
            here = torch.nonzero((x >= low * self.m) & (x < high * self.m))[:, 0]
            slopes = self._slopes(t if t.ndim == 2 else t[here])
            left, left_dt, right, right_dt = masses(slopes, x[here])
            from_left = left * change[..., here] - left_dt
            from_right = right_dt - right * change[..., here]
            velocity[..., here] = torch.where(left < right, from_left, from_right)
        return _Value(x.abs() / self.sigma + t * energy_dt, energy_dt, velocity, log_z, rate)

    def _slopes(self, t: Tensor) -> _Slopes:
        kappa = (1 - t) / self.sigma
        return _Slopes(kappa + 2 * t, kappa - 2 * t, 2 - 1 / self.sigma, -2 - 1 / self.sigma)

    def _normaliser(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """log Z_t and its time derivative C_t."""
        s, half = self._slopes(t), torch.tensor(self.m / 2, dtype=t.dtype)
        at_half, at_half_dt = (-s.outer * half).exp(), -s.outer_dt * half
        at_m, at_m_dt = (-(1 - t) / self.sigma * self.m).exp(), self.m / self.sigma
        # Integrate the middle piece from its larger end, so that the exponential decays and cannot overflow.
        from_half = s.middle > 0
        start = torch.where(from_half, at_half, at_m)
        start_dt = torch.where(from_half, at_half_dt, at_m_dt)
        sign = torch.where(from_half, -1.0, 1.0).to(t)
        _, piece, piece_dt = _exponential(sign * s.middle, sign * s.middle_dt, half)
        ends = 2 - at_half + at_m
        z = ends / s.outer + start * piece
        ends_dt = at_m * at_m_dt - at_half * at_half_dt
        z_dt = (ends_dt - ends * s.outer_dt / s.outer) / s.outer + start * (start_dt * piece + piece_dt)
        return z.log(), z_dt / z

    def _first_half(self, s: _Slopes, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The masses l and r and their time derivatives l' and r', for x in [0, m/2]."""
        half, away = torch.tensor(self.m / 2, dtype=x.dtype), self.m / 2 - x
        rise = (s.outer * x).exp()
        left = (2 * rise - 1) / s.outer
        left_dt = s.outer_dt * (2 * x * rise - left) / s.outer
        end, end_dt = self._from_half_to_right(s, half)
        fall = (-s.outer * away).exp()
        right = end * fall + (1 - fall) / s.outer
        fall_dt = -s.outer_dt * away * fall
        right_dt = end_dt * fall + end * fall_dt - (fall_dt + (1 - fall) * s.outer_dt / s.outer) / s.outer
        return left, left_dt, right, right_dt

    def _second_half(self, s: _Slopes, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The masses l and r and their time derivatives l' and r', for x in [m/2, m]."""
        half = self.m / 2
        rise = (s.outer * half).exp()
        end = (2 * rise - 1) / s.outer
        end_dt = s.outer_dt * (2 * half * rise - end) / s.outer
        grown, piece, piece_dt = _exponential(s.middle, s.middle_dt, x - half)
        left = end * grown + piece
        left_dt = (end_dt + end * s.middle_dt * (x - half)) * grown + piece_dt
        return left, left_dt, *self._from_half_to_right(s, self.m - x)

    def _from_half_to_right(self, s: _Slopes, length: Tensor) -> tuple[Tensor, Tensor]:
        """r and r' at x = m − length, for length ≤ m/2."""
        grown, piece, piece_dt = _exponential(-s.middle, -s.middle_dt, length)
        outer_dt = -(s.middle_dt * length + s.outer_dt / s.outer) * grown / s.outer
        return grown / s.outer + piece, outer_dt + piece_dt

    def _side(self, x: Tensor) -> Tensor:
        """The derivative of `2 min(|x|, |x − m|) − |x|/σ` with respect to x."""
        near_m = x > self.m / 2
        return 2 * torch.where(near_m, (x - self.m).sign(), x.sign()) - x.sign() / self.sigma


@dataclass(frozen=True)
class _Slopes:
    """The slopes of f_t on its outer and on its middle pieces, and their time derivatives."""

    outer: Tensor
    middle: Tensor
    outer_dt: float
    middle_dt: float


@dataclass(frozen=True)
class _Value:
    """The energy f_t, its time derivative, the velocity, log Z_t and its time derivative C_t (`rate`)."""

    energy: Tensor
    energy_dt: Tensor
    velocity: Tensor
    log_z: Tensor
    rate: Tensor


def _exponential(rate: Tensor, rate_dt: Tensor | float, length: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """`e^{rate·length}`, `∫_0^length e^{rate·s} ds` and the time derivative of this integral; the rate may be zero."""
    z = rate * length
    grown = z.exp()
    flat = z.abs() < FLAT
    safe = torch.where(rate == 0, 1.0, rate)
    integral = z.expm1() / safe
    moment = (length * grown - integral) / safe
    if flat.any():
        z, length = z[flat], length.expand_as(z)[flat]
        integral[flat] = length * (1 + z / 2 * (1 + z / 3 * (1 + z / 4)))
        moment[flat] = length.square() * (1 / 2 + z * (1 / 3 + z * (1 / 8 + z / 30)))
    return grown, integral, rate_dt * moment
