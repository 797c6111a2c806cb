"""Box importance sampling: uniform points over the target's box, reweighted. The simplest baseline."""

from __future__ import annotations

import math

import torch

from core.sampling.allowance import Meter
from core.sampling.draws import Draws, Pool
from core.sampling.moment import Moment, Moments
from core.targets.base import AbstractEnergy, counted_energy

# Points per batch.
CHUNK = 2**14


def box_importance(
    target: AbstractEnergy,
    num_samples: int,
    meter: Meter,
    generator: torch.Generator,
) -> Moments:
    """Weight uniform points by `w = e^{−f} · volume` and resample them to `num_samples`; yields after each batch.

    It misses mass outside the box, and needs no gradients.

    Args:
        target: gives the energy and the box.
        num_samples: number of samples.
        meter: counts what is spent of the allowance.
        generator: draws the points and the resampling.
    """
    pool, squares, price = Pool(num_samples, generator), -math.inf, meter.cost.times(0)
    log_volume = float((target.box.upper - target.box.lower).log().sum())
    while pool.count == 0 or meter.affords(price.times(1 / CHUNK)):
        before = meter.cost
        calls = meter.allowance.energy_calls
        size = CHUNK if calls is None else int(min(CHUNK, calls - before.energy_calls))
        x = target.box.sample(size, generator)
        log_weight = log_volume - counted_energy(target, x)
        pool.add(x, log_weight)
        squares = float(torch.logaddexp(torch.tensor(squares).double(), (2 * log_weight).logsumexp(0)))
        price = meter.cost.minus(before).times(CHUNK / size)
        progress = meter.progress
        yield Moment(progress, f"{pool.count} points", progress, None, pool.samples)
    ess = math.exp(2 * pool.log_sum - squares) if math.isfinite(pool.log_sum) else 0.0
    relative_error = math.sqrt(max(1 / ess - 1 / pool.count, 0.0)) if ess else None
    facts = {"points": pool.count, "effective_points": ess, "log_z_error_estimate": relative_error}
    return Draws(pool.samples(), meter.cost, ("box",), facts)
