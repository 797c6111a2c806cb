"""The pilot of a bridge: a small cloud of points that chooses the times (the ladder) and the step sizes. Later clouds do not change them."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from core.sampling.bridge.cloud import Cloud
from core.sampling.bridge.walk import Bridge, Ladder
from core.sampling.moves import MALA_ACCEPTANCE, DualAveraging
from core.types import Values

# A leg leads from one time of the ladder to the next. Without transport, it ends where reweighting leaves this fraction of the samples
# effective.
LEG_ESS = 0.7
# Maximum number of legs. If it is reached, the last leg goes all the way to the target.
MOST_LEGS = 200
# Number of moves of the pilot at each time. The step sizes adapt to the acceptance of these moves.
PILOT_MOVES = 6
# Bisection steps in the search for the end of a leg.
BISECTIONS = 30


def pilot(
    bridge: Bridge,
    num_points: int,
    generator: torch.Generator,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Ladder:
    """Choose the ladder of a bridge.

    Times are spaced so that the density changes by about the same amount on every leg, and step sizes so that proposals are accepted at the
    rate that is optimal in high dimension. Only energies (with gradients) are used.

    Args:
        bridge: the bridge, with its curve and transport.
        num_points: size of the pilot's cloud.
        generator: draws the cloud and its moves.
        may_go_on: called before each leg; after it returns False, the next leg goes all the way to the target.
    """
    cloud = bridge.start(num_points, 1, generator)
    scale = bridge.curve.latent.scale
    size, times, sizes = 0.1 * scale**2, [0.0], list[float]()
    while times[-1] < 1:
        end = next_time(bridge, cloud, times[-1]) if may_go_on() and len(sizes) < MOST_LEGS - 1 else 1.0
        cloud = bridge.advanced(cloud, times[-1], end).resampled(0.5, generator)
        cloud, size = settled(bridge, cloud, end, size, PILOT_MOVES, generator)
        times.append(end)
        sizes.append(size)
    return Ladder(tuple(times), tuple(sizes))


def settled(
    bridge: Bridge, cloud: Cloud, t: float, size: float, moves: int, generator: torch.Generator
) -> tuple[Cloud, float]:
    """Move a cloud at one time of the ladder, and adapt the step size, starting from `size`; returns the cloud and the step size."""
    averaging = DualAveraging(size, MALA_ACCEPTANCE)
    for _ in range(moves):
        cloud, acceptance = bridge.moved(cloud, t, averaging.size, generator)
        averaging.observe(acceptance)
    return cloud, averaging.mean


def next_time(bridge: Bridge, cloud: Cloud, start: float) -> float:
    """The latest time to which reweighting leaves LEG_ESS of the cloud effective, by bisection; 1 if that holds up to the target."""
    before = bridge.density(start, cloud.at).log_density
    share = cloud.log_weight.softmax(0)

    def is_near(t: float) -> bool:
        gain = bridge.density(t, cloud.at).log_density - before
        return conditional_ess(share, gain.nan_to_num(nan=-math.inf, neginf=-math.inf)) >= LEG_ESS

    if is_near(1.0):
        return 1.0
    low, high = start, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_near(middle) else (low, middle)
    # Advance at least a little, even if that changes the weights too much.
    return max(low, start + (1 - start) * 1e-4)


def conditional_ess(share: Values, gain: Values) -> float:
    """The effective fraction `(Σ W u)² / Σ W u²` of a cloud with weights W after another factor u = e^gain.

    References:
        Zhou, Johansen, Aston: Towards Automatic Model Comparison: An Adaptive Sequential Monte Carlo Approach, 2016.
    """
    factor = (gain - gain.max()).exp()
    mean = (share * factor).sum()
    return float(mean.square() / (share * factor.square()).sum())
