"""The mass flux through every point in 1-D, accurate even where it is only e^{−1000} of the total mass."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.arrays import SPEED_FLOOR
from core.reference.fitting import MOST_NATS, Needed, needed
from core.reference.quadrature import Cells
from core.slices import Motion
from core.types import PerTime

Nodes = Float[Tensor, "times cells nodes"]
PerCell = Float[Tensor, "times cells"]
# Smallest relative rounding error that is assumed for a sum in float64.
ROUNDING = 1e-13
# Since float64 spans only e^{±709}, sums are computed in bands of this many nats, each with its own unit.
BAND_NATS = 500.0
# If the log-density changes by more than COARSE_NATS over a cell, the cell does not resolve the velocity; beyond UNRESOLVED_NATS, it does
# not resolve the kinetic energy either.
COARSE_NATS = 2 * MOST_NATS
UNRESOLVED_NATS = 4 * MOST_NATS
# A cell's own contribution to the flux is negligible if it is this many nats below the flux through the cell.
NEGLIGIBLE_NATS = 40.0
# The kinetic energy is unknown if an unresolved cell may contain more than a fraction e^{−DOUBTFUL_NATS} of it.
DOUBTFUL_NATS = 30.0
LARGEST_LOG = math.log(sys.float_info.max)


@dataclass(frozen=True)
class Crossing:
    """The time derivative ∂_t F_t of the distribution function F_t at quadrature nodes; velocity and kinetic energy follow from it.

    Attributes:
        cells: the cells of the line.
        log_prob: log ρ_t.
        density: ρ_t, divided by its maximum over the nodes of the same cell.
        flux: ∂_t F_t in units of e^{log_unit}.
        log_unit: the log of the unit of `flux` in each cell.
        needed: the cells on which mass and kinetic energy depend.
        known: (times, cells) true for cells where the velocity is known.
    """

    cells: Cells
    log_prob: Nodes
    density: Nodes
    flux: Nodes
    log_unit: PerCell
    needed: Needed
    known: Tensor

    @property
    def velocity(self) -> Nodes:
        """`−∂_t F/ρ`; infinite on overflow, NaN where unknown."""
        scale = (self.log_unit - self.log_prob.amax(2)).exp()
        velocity = (-scale)[..., None] * self.flux
        if scale.isinf().any():  # without flux the velocity is zero, however small ρ is
            velocity.masked_fill_(self.flux == 0, 0.0)
        return velocity.div_(self.density).masked_fill_(~self.known[..., None], torch.nan)

    @property
    def motion(self) -> Motion:
        """The kinetic energy, and the largest speed at nodes where ρ v² exceeds `SPEED_FLOOR` of its maximum; both infinite on overflow."""
        energy, log_energy = self.kinetic_energy, self._log_energy
        log_speed = (log_energy - self.log_prob).div_(2)
        top = log_energy.flatten(1).amax(1)[:, None, None]
        fastest = log_speed.masked_fill_(log_energy < top + math.log(SPEED_FLOOR), -torch.inf)
        return Motion(energy, fastest.flatten(1).amax(1).exp().where(energy.isfinite(), energy))

    @property
    def _log_energy(self) -> Nodes:
        """The log of `(∂_t F)²/ρ`, −∞ where it is negligible."""
        log_energy = self.flux.abs().log_().add_(self.log_unit[..., None]).mul_(2).sub_(self.log_prob)
        return log_energy.masked_fill_(~self.needed.counts[..., None], -torch.inf)

    @property
    def kinetic_energy(self) -> PerTime:
        """`∫ (∂_t F)²/ρ dx`, computed in logs; infinite on overflow, NaN if a relevant cell is not resolved."""
        log_energy = self._log_energy.add_(self.cells.weights.log())
        peak, low = self.log_prob.amax(2), self.log_prob.amin(2)
        doubtful = (peak - low > UNRESOLVED_NATS) & needed(peak, low, DOUBTFUL_NATS).counts
        most = log_energy.amax(2)
        unknown = (doubtful & (most > -torch.inf) & (most < LARGEST_LOG)).any(1)
        return log_energy.flatten(1).logsumexp(1).exp().masked_fill(unknown, torch.nan)


def crossing(cells: Cells, log_prob: Nodes, growth: Nodes) -> Crossing:
    """Compute ∂_t F_t. At each point it is accumulated from the side on which less mass moves.

    Accumulated from the other side, ∂_t F/ρ would be rounding noise wherever ρ is small.

    Args:
        cells: the cells of the line.
        log_prob: log ρ_t.
        growth: ∂_t log ρ_t.
    """
    peak, low = log_prob.amax(2), log_prob.amin(2)
    density = (log_prob - peak[..., None]).exp_()
    moved = density * growth
    whole = torch.einsum("cn,tcn->tc", cells.weights, moved)
    size = torch.einsum("cn,tcn->tc", cells.weights, moved.abs())
    marks = needed(peak, low)
    outer = _outer(whole, size, peak, marks.counts)
    # Mass is conserved, so gains and losses must cancel. The remainder measures the rounding error.
    share = peak.exp()
    rounding = 2 * (whole * share).sum(1).abs() / (size * share).sum(1)
    rounding = rounding.clamp_min(ROUNDING)[:, None]
    # A flux below its rounding error is set to zero. Since ρ may be far smaller than this error, the quotient would be noise.
    beyond = outer.moved.where(outer.moved.abs() > rounding * outer.size, 0.0)
    log_unit = torch.maximum(peak, beyond.abs().log() + outer.log_unit)
    # Within an unresolved cell only the flux through its edges is known.
    steep = peak - low > UNRESOLVED_NATS
    inside = (peak - log_unit).exp().where(~steep, 0.0)
    scale = (outer.log_unit - log_unit).exp().where(beyond != 0, 0.0)
    flux = cells.running_integral(moved).mul_(inside[..., None]).add_((beyond * scale)[..., None])
    least = rounding * (outer.size * scale + size * inside)
    flux.masked_fill_(flux.abs() < least[..., None], 0.0)
    fine = peak - low <= COARSE_NATS
    known = marks.counts & (fine | (outer.size.log() + outer.log_unit > peak + NEGLIGIBLE_NATS))
    return Crossing(cells, log_prob, density, flux, log_unit, marks, known)


@dataclass(frozen=True)
class _Sums:
    """Sums over cells of the mass gained per unit of time, and of its absolute value, in units of e^{log_unit}."""

    moved: PerCell
    size: PerCell
    log_unit: PerCell

    def flipped(self) -> _Sums:
        return _Sums(self.moved.flip(1), self.size.flip(1), self.log_unit.flip(1))


def _outer(moved: PerCell, size: PerCell, peak: PerCell, matters: Tensor) -> _Sums:
    """∂_t F at the left edge of every cell, summed over the side on which less mass moves.

    Args:
        moved, size: the mass that each cell gains per unit of time, and the integral of the absolute value of the gain, in units of
            e^{peak}.
        peak: the highest log-density in each cell.
        matters: true for cells in which the result must be accurate, however small it is.
    """
    left = _running(_Sums(moved, size, peak), matters, before=True)
    right = _running(_Sums(moved, size, peak).flipped(), matters.flip(1), before=False).flipped()
    from_left = left.size.log() + left.log_unit <= right.size.log() + right.log_unit
    return _Sums(
        left.moved.where(from_left, -right.moved),
        left.size.where(from_left, right.size),
        left.log_unit.where(from_left, right.log_unit),
    )


def _running(parts: _Sums, matters: Tensor, before: bool) -> _Sums:
    """For each cell, the sums over all cells before it, and itself unless `before`, in the unit of the highest band among them."""
    highest = parts.log_unit.cummax(1).values
    if before:
        highest = _shifted(highest, -torch.inf)
    band = (-highest / BAND_NATS).floor().clamp_min(0).where(matters & highest.isfinite(), 0)
    both = torch.stack([parts.moved, parts.size])
    result = torch.zeros_like(both)
    for number in range(int(band.max()) + 1):
        # Later cells may lie in a higher band and would overflow. Clamping them is safe, since they are not part of the sums kept here.
        unit = (parts.log_unit + number * BAND_NATS).clamp_max(BAND_NATS).exp()
        sums = (both * unit).cumsum(2)
        result = (_shifted(sums, 0.0) if before else sums).where(band == number, result)
    return _Sums(result[0], result[1], -BAND_NATS * band)


def _shifted(values: Tensor, first: float) -> Tensor:
    """The values of the previous cell, along the last axis."""
    return torch.nn.functional.pad(values[..., :-1], (1, 0), value=first)
