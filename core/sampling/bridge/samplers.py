"""AIS, SMC and corrected samples, within an allowance of energy calls or seconds: samplers in which a cloud walks along a bridge.

The cloud of weighted points stops at the times of a ladder, from the latent at t = 0 to the target at t = 1. A leg leads from one time to
the next. A pilot, which is a small cloud that walks first, chooses the ladder. Corrected samples are carried along the legs by a velocity
field (the transport) and then corrected by weights.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

import torch

from core.sampling.allowance import Meter
from core.sampling.bridge.cloud import Cloud, ess_fractions
from core.sampling.bridge.pilot import PILOT_MOVES, pilot, settled
from core.sampling.bridge.walk import ALWAYS, Bridge, Ladder, walk
from core.sampling.cost import Cost
from core.sampling.draws import Draws, Pool, log_z_facts
from core.sampling.moment import Moment, Moments
from core.sampling.samples import Samples

# Smallest and largest number of points of the pilot, and number of points of the rehearsal, a trial that measures the cost of transport.
PILOT_POINTS, REHEARSAL_POINTS = (32, 500), 64
# The pilot spends at most this fraction of the allowance.
PILOT_SHARE = 0.4
# Corrected samples reach the target in one leg if the flow alone leaves at least the fraction GOOD_FLOW of the samples effective, otherwise
# in at most TRANSPORT_LEGS legs.
TRANSPORT_LEGS, GOOD_FLOW = 8, 0.25
# Number of points of the first cloud if the allowance is a limit in seconds: enough to measure the cost per point of a large cloud.
FIRST_CLOUD = 512
# Factor on the measured cost per point, since the next cloud may cost a little more than the last.
MARGIN = 1.1
# Number of moves at each time if the allowance is large or there is only one leg, and number of parts into which each leg is divided if the
# allowance is large.
MANY_MOVES, FINER = 5, 2
# Number of moves that adapt the step size at the target, if no pilot chooses it.
SETTLING_MOVES = 30
# Independent groups of a cloud, and the least number of points in each.
GROUPS, LEAST_GROUP = 8, 64


def smc(bridge: Bridge, num_samples: int, meter: Meter, generator: torch.Generator) -> Moments:
    """Sequential Monte Carlo, or corrected samples if the bridge has a transport.

    A pilot chooses times and step sizes. Then clouds of at most `num_samples` points walk from the latent to the target until the allowance
    is spent. The samples are drawn from all clouds in proportion to their weights. Yields after each leg.

    Args:
        bridge: curve, transport and moves.
        num_samples: number of samples.
        meter: counts what is spent of the allowance.
        generator: source of all randomness.

    Raises:
        ValueError: the allowance is too small for a cloud of two points.
    """
    planned = _plan_flow if bridge.transport is not None else _plan_cloud
    bridge, ladder, price = planned(bridge, num_samples, meter, generator)
    size = _first_size(price, num_samples, meter)
    least = min(size, LEAST_GROUP)
    pool, log_z, ancestors = Pool(num_samples, generator), list[torch.Tensor](), 0
    while not log_z or size >= least:
        before = meter.cost
        cloud = yield from _walked(bridge, ladder, size, meter, generator, pool.samples if log_z else None)
        pool.add(cloud.at.x, cloud.log_weight)
        log_z.append(cloud.log_z)
        ancestors += cloud.num_ancestors
        # Large clouds cost less per point than the rehearsal's small one.
        price = meter.cost.minus(before).times(1 / size)
        size = _fit(price.times(MARGIN), num_samples, meter)
    facts = {
        "levels": len(ladder.step_sizes),
        "moves": bridge.num_moves,
        "particles": pool.count,
        "distinct_ancestors": ancestors,
        **log_z_facts(torch.cat(log_z)),
    }
    return Draws(pool.samples(), meter.cost, ("gradient", "latent"), facts)


Plan = tuple[Bridge, Ladder, Cost]


def _plan_cloud(bridge: Bridge, num_samples: int, meter: Meter, generator: torch.Generator) -> Plan:
    """Choose the ladder and the number of moves for a cloud without transport: more times and moves if the allowance is large. Also returns
    the cost of one point."""
    ladder = _ladder(bridge, meter, generator)
    price = _per_point(1 + len(ladder.step_sizes) * bridge.num_moves, meter)
    if not meter.affords(price.times(4 * num_samples)):
        return bridge, ladder, price
    ladder = ladder.refined(FINER)
    return (
        replace(bridge, num_moves=MANY_MOVES),
        ladder,
        _per_point(1 + len(ladder.step_sizes) * MANY_MOVES, meter),
    )


def _plan_flow(bridge: Bridge, num_samples: int, meter: Meter, generator: torch.Generator) -> Plan:
    """Choose the legs of corrected samples by a rehearsal with a small cloud: one leg if enough of its samples are effective, otherwise up to
    TRANSPORT_LEGS. Also returns the bridge and the cost of one point.

    Only if one leg does not suffice, a pilot runs, which costs far more than the rehearsal.
    """
    bare, first = replace(bridge, num_moves=0, resample_below=0.0), 0.1 * bridge.curve.latent.scale**2
    before = meter.cost
    *_, cloud = walk(bare, Ladder((0.0, 1.0), (first,)), REHEARSAL_POINTS, generator)
    price = meter.cost.minus(before).times(1 / REHEARSAL_POINTS)
    if float(ess_fractions(cloud.grouped)) >= GOOD_FLOW:
        _, size = settled(bridge, cloud.resampled(ALWAYS, generator), 1.0, first, SETTLING_MOVES, generator)
        several = replace(bridge, num_moves=MANY_MOVES)
        return several, Ladder((0.0, 1.0), (size,)), price.plus(_per_point(MANY_MOVES, meter))
    ladder, before = _ladder(bridge, meter, generator).thinned(TRANSPORT_LEGS), meter.cost
    *_, cloud = walk(bridge, ladder, REHEARSAL_POINTS, generator)
    return bridge, ladder, meter.cost.minus(before).times(1 / REHEARSAL_POINTS)


def ais(bridge: Bridge, num_samples: int, meter: Meter, generator: torch.Generator) -> Moments:
    """Annealed importance sampling: one move at each of many times, and no resampling. Yields after each move.

    Args:
        bridge: curve and moves; its resampling, its transport and its number of moves are ignored.
        num_samples: maximum number of samples; fewer if the allowance is small. They keep their weights.
        meter: counts what is spent of the allowance.
        generator: source of all randomness.

    Raises:
        ValueError: the allowance is too small for two samples.
    """
    bridge = replace(bridge, num_moves=1, resample_below=0.0, transport=None)
    ladder = _ladder(bridge, meter, generator)
    legs = len(ladder.step_sizes)
    size = _cloud_size(_per_point(1 + 4 * legs, meter), num_samples, meter)
    factor = max(int((meter.calls_left / size - 1) / legs), 1)
    while True:
        before = meter.cost
        finer = ladder.refined(factor)
        cloud = yield from _walked(bridge, finer, size, meter, generator)
        # Per point, this cloud may have been faster than the pilot's small one. If enough seconds are left, walk again with more times.
        walks = meter.points_left(meter.cost.minus(before)) / MARGIN if meter.allowance.seconds else 0.0
        if walks < 2:
            break
        factor = int(factor * walks)
    samples = Samples(cloud.at.x, cloud.log_weight, weighted=False)
    facts = {
        "levels": len(finer.step_sizes),
        "moves": 1,
        "particles": size,
        "effective_points": size * float(ess_fractions(cloud.log_weight[None])),
        **log_z_facts(cloud.log_z),
    }
    return Draws(samples, meter.cost, ("gradient", "latent"), facts)


def _ladder(bridge: Bridge, meter: Meter, generator: torch.Generator) -> Ladder:
    """The ladder from a pilot without transport. A smaller allowance gives a smaller pilot."""
    least, most = PILOT_POINTS
    calls = meter.allowance.energy_calls
    size = most if calls is None else min(max(calls // (20 * (1 + PILOT_MOVES)), least), most)
    return pilot(replace(bridge, transport=None), size, generator, lambda: meter.progress < PILOT_SHARE)


def _per_point(calls: int, meter: Meter) -> Cost:
    """The cost of a point that needs this many energy calls, at the average speed so far."""
    spent = meter.cost
    return Cost(spent.seconds / spent.energy_calls * calls, calls, calls)


def _first_size(price: Cost, num_samples: int, meter: Meter) -> int:
    """The size of the first cloud.

    With a limit in seconds, this size does not depend on the price: the time of a small cloud is mostly overhead, so the cost per point in a
    rehearsal says little about larger clouds.

    Raises:
        ValueError: the limit on energy calls does not suffice for two points.
    """
    if meter.allowance.seconds is not None:
        return min(num_samples, FIRST_CLOUD)
    return _cloud_size(price, num_samples, meter)


def _cloud_size(price: Cost, num_samples: int, meter: Meter) -> int:
    """The size of a cloud that spends the rest of the allowance.

    Raises:
        ValueError: the allowance does not suffice for two points.
    """
    size = _fit(price, num_samples, meter)
    if size < 2:
        spent = meter.cost
        raise ValueError(
            f"The limit is too small: the pilot needed {spent.energy_calls:.0f} energy calls and {spent.seconds:.2g} s, and each "
            f"sample needs about {price.energy_calls:.0f} calls and {price.seconds:.2g} s. Allow more energy calls or seconds."
        )
    return size


def _fit(price: Cost, num_samples: int, meter: Meter) -> int:
    """The number of points that the rest of the allowance covers: at most `num_samples`, and a multiple of GROUPS if there are many."""
    fit = int(min(meter.points_left(price), num_samples))
    return fit - fit % GROUPS if fit >= GROUPS * LEAST_GROUP else fit


def _walked(
    bridge: Bridge,
    ladder: Ladder,
    size: int,
    meter: Meter,
    generator: torch.Generator,
    samples: Callable[[], Samples] | None = None,
) -> Generator[Moment, None, Cloud]:
    """Walk a cloud along the ladder; yields the cloud at each time, and returns it at the end.

    `samples`, which is shown with the cloud, returns the samples of earlier clouds.
    """
    groups = GROUPS if size >= GROUPS * LEAST_GROUP else 1
    for t, cloud in zip(ladder.times, walk(bridge, ladder, size, generator, groups), strict=True):
        yield Moment(meter.progress, f"{size} points at t = {t:.2f}", t, cloud.seen, samples)
    return cloud
