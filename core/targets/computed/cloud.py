"""Find where the mass of an unknown density is: move a cloud of points from a wide Gaussian to the density by tempering."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from core.targets.computed.support import Energy, gradient, not_finite
from core.targets.mistakes import UnusableEnergyError
from core.types import OtherPoints, Points, Values, Vector

# The number of points of the cloud, of Langevin moves at each temperature, of further moves at the end, and how often the points are recorded
# during these last moves.
POINTS, MOVES, LAST_MOVES, KEPT = 512, 4, 60, 6
# Each temperature is chosen such that this fraction of the points is still effective after reweighting. If more than MOST_TEMPERATURES are
# needed, the search fails.
EFFECTIVE, MOST_TEMPERATURES = 0.7, 400
# The acceptance rate to which step sizes adapt, the strength of the adaptation, and the first step size relative to the Gaussian's radius.
ACCEPTANCE, ADAPTATION, FIRST_STEP = 0.6, 0.3, 0.3
# Minimum number of chains around each mode, and their first step size relative to the Gaussian's radius.
_FEWEST, _FIRST_LOCAL_STEP = 8, 0.01
# The number of random directions in which the width around the lowest minimum is measured, the first and the largest width that are tried,
# and the factor from one to the next.
_DIRECTIONS, _NARROWEST, _WIDEST, _GROWTH = 24, 1e-4, 1e5, 1.4


@dataclass(frozen=True)
class _Mix:
    """The energies between a Gaussian `N(center, radius² I)` at β = 0 and the unknown one at β = 1."""

    energy: Energy
    center: Vector
    radius: float

    def start(self, x: Points) -> Values:
        return ((x - self.center) / self.radius).square().sum(1) / 2

    def at(self, beta: float) -> Energy:
        return lambda x: (1 - beta) * self.start(x) + beta * self.energy(x)


def cloud(energy: Energy, around: Points, generator: torch.Generator) -> OtherPoints:
    """Points that are roughly distributed as an unknown density.

    Args:
        energy: the energy.
        around: minima of the energy.
        generator: draws the points and their moves.

    Raises:
        UnusableEnergyError: the energy is not a number at a point, or more than MOST_TEMPERATURES temperatures are needed.
    """
    center, radius = around.mean(0), _radius(energy, around, generator)
    mix, beta = _Mix(energy, center, radius), 0.0
    x = center + radius * torch.randn(POINTS, len(center), generator=generator, dtype=torch.float64)
    step = torch.full((POINTS,), FIRST_STEP * radius, dtype=torch.float64)
    for _ in range(MOST_TEMPERATURES):
        change = _usable(energy, x) - mix.start(x)
        rise = _next_rise(change, 1 - beta)
        beta = beta + rise
        chosen = _resampled((-rise * change).softmax(0), generator)
        x, step = x[chosen], step[chosen]
        x, step = _moved(mix.at(beta), x, step, MOVES, generator)
        if beta >= 1:
            return _walked(energy, x, step, generator)
    raise UnusableEnergyError(
        "The mass of the density cannot be computed: the density may have no finite integral, or the energy may be "
        "too rough. Use an energy that grows faster in all directions."
    )


def local_clouds(energy: Energy, modes: Points, generator: torch.Generator) -> OtherPoints:
    """Points around each mode, from short chains that start there. They are needed because `cloud` can miss narrow modes."""
    x = modes.repeat_interleave(max(POINTS // len(modes), _FEWEST), 0)
    step = torch.full((len(x),), _FIRST_LOCAL_STEP * _radius(energy, modes, generator), dtype=torch.float64)
    x, step = _moved(energy, x, step, LAST_MOVES, generator)
    return _walked(energy, x, step, generator)


def _walked(energy: Energy, x: Points, step: Values, generator: torch.Generator) -> Points:
    """Move points by LAST_MOVES Langevin moves; returns their positions at KEPT times during these moves."""
    kept = []
    for _ in range(KEPT):
        x, step = _moved(energy, x, step, LAST_MOVES // KEPT, generator)
        kept.append(x)
    return torch.cat(kept)


def _usable(energy: Energy, x: Points) -> Values:
    """The energy, which may be infinite but must not be NaN."""
    value = energy(x)
    wrong = value.isnan()
    if wrong.any():
        raise UnusableEnergyError(not_finite(x[wrong][0], value[wrong][0]))
    return value


def _next_rise(change: Values, most: float) -> float:
    """The largest rise of β, up to `most`, that keeps enough points effective, by bisection."""

    def effective(rise: float) -> float:
        weight = (-rise * change).softmax(0)
        return float(1 / (len(weight) * weight.square().sum()))

    if effective(most) >= EFFECTIVE:
        return most
    low, high = 0.0, most
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) >= EFFECTIVE else (low, middle)
    return max(low, 1e-12)


def _resampled(weight: Values, generator: torch.Generator) -> torch.Tensor:
    """Indices drawn in proportion to weights, by systematic resampling."""
    offset = torch.rand(1, generator=generator, dtype=torch.float64)
    levels = (torch.arange(len(weight), dtype=torch.float64) + offset) / len(weight)
    return torch.searchsorted(weight.cumsum(0), levels).clamp_max(len(weight) - 1)


def _moved(
    energy: Energy, x: Points, step: Values, moves: int, generator: torch.Generator
) -> tuple[Points, Values]:
    """The points after Metropolis-adjusted Langevin moves, and their adapted step sizes."""
    value, slope = energy(x), _slope(energy, x)
    for _ in range(moves):
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        size = step[:, None]
        trial = x - size**2 / 2 * slope + size * noise
        there, back = energy(trial), _slope(energy, trial)
        returned = (x - trial + size**2 / 2 * back) / size
        log_ratio = value - there + (noise.square() - returned.square()).sum(1) / 2
        taken = torch.rand(len(x), generator=generator, dtype=x.dtype).log() < log_ratio  # false for NaN
        x, slope = torch.where(taken[:, None], trial, x), torch.where(taken[:, None], back, slope)
        value = torch.where(taken, there, value)
        step = step * (ADAPTATION * (taken.to(x) - ACCEPTANCE)).exp()
    return x, step


def _slope(energy: Energy, x: Points) -> Points:
    return torch.nan_to_num(gradient(energy, x), posinf=0.0, neginf=0.0)


def _radius(energy: Energy, around: Points, generator: torch.Generator) -> float:
    """The standard deviation (`_Mix.radius`) of a Gaussian that covers the minima and the mass around them.

    For a Gaussian, most of the mass lies at the radius √dim·std, where the energy is dim/2 above its minimum.
    """
    dim = around.shape[1]
    lowest = around[energy(around).argmin()]
    directions = torch.randn(_DIRECTIONS, dim, generator=generator, dtype=torch.float64)
    directions = directions / directions.norm(dim=1, keepdim=True)
    level, width = energy(lowest[None]) + dim / 2, torch.full((_DIRECTIONS, 1), _NARROWEST).double()
    while True:
        inside = energy(lowest + width * directions) < level
        if not inside.any() or float(width.max()) > _WIDEST:
            break
        width = torch.where(inside[:, None], _GROWTH * width, width)
    spread = float((around - around.mean(0)).norm(dim=1).max())
    return max(spread, float(width.max())) / math.sqrt(dim) * 1.5
