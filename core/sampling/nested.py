"""Nested sampling over the target's box, by the package dynesty.

References:
    Skilling: Nested sampling for general Bayesian computation, 2006.
    Speagle: dynesty, a dynamic nested sampling package, MNRAS 2020.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.sampling.allowance import Meter
from core.sampling.cost import Cost
from core.sampling.draws import Draws, Pool
from core.sampling.methods import METHODS
from core.sampling.moment import Moment, Moments
from core.targets.base import AbstractEnergy, counted_energy

# The run ends once the remaining volume can change log Z by at most this, in nats.
ACCURACY = 0.05
# Maximum number of live points. If the allowance is a limit on energy calls, it must suffice to shrink the volume by about e^DEPTH, with
# CALLS_PER_POINT calls for each replaced point; otherwise fewer points are used.
MOST_LIVE, DEPTH, CALLS_PER_POINT = 1000, 6, 25


def nested(
    target: AbstractEnergy,
    num_samples: int,
    meter: Meter,
    generator: torch.Generator,
) -> Moments:
    """Shrink a set of live points over the box towards high density, and weight the points that were replaced.

    Args:
        target: gives the energy and the box.
        num_samples: number of samples, drawn from the weighted points.
        meter: counts what is spent of the allowance.
        generator: seeds dynesty and draws the samples.

    Raises:
        ValueError: dynesty is missing, or the allowance is too small.
    """
    if missing := METHODS["nested"].missing:
        raise ValueError(missing)
    run = _sampler(target, meter, generator)
    converged = False
    for _ in run.sample(dlogz=ACCURACY):
        if run.it % 100 == 0:
            progress = meter.progress
            yield Moment(progress, f"{run.it} points", progress)
        if not meter.affords(Cost(0.01, CALLS_PER_POINT, 0)):
            break
    else:
        converged = True
    for _ in run.add_live_points():
        pass
    return _draws(run, target, num_samples, meter, generator, converged)


def _sampler(target: AbstractEnergy, meter: Meter, generator: torch.Generator) -> Any:
    import dynesty

    live = _num_live(target.dim, meter)
    lower, width = target.box.lower.numpy(), (target.box.upper - target.box.lower).numpy()

    def log_density(unit: NDArray[np.float64]) -> float:
        return -float(counted_energy(target, torch.from_numpy(lower + unit * width)[None]))

    seed = int(torch.randint(2**31, (1,), generator=generator))
    return dynesty.NestedSampler(
        log_density,
        lambda unit: unit,
        target.dim,
        nlive=live,
        sample="rwalk",
        bound="multi",
        rstate=np.random.default_rng(seed),
    )


def _num_live(dim: int, meter: Meter) -> int:
    """The number of live points for which the allowance suffices.

    Raises:
        ValueError: dynesty needs more live points than that.
    """
    calls = meter.allowance.energy_calls
    fit = MOST_LIVE if calls is None else calls // (DEPTH * CALLS_PER_POINT)
    least = 2 * dim + 2
    if fit < least:
        needed = least * DEPTH * CALLS_PER_POINT
        raise ValueError(
            f"Nested sampling in {dim} dimensions needs at least {needed} energy calls; got {calls}."
        )
    return min(fit, MOST_LIVE)


def _draws(
    run: Any,
    target: AbstractEnergy,
    num_samples: int,
    meter: Meter,
    generator: torch.Generator,
    converged: bool,
) -> Draws:
    results = run.results
    box = target.box
    log_volume = float((box.upper - box.lower).log().sum())
    x = box.lower + torch.from_numpy(np.asarray(results.samples)) * (box.upper - box.lower)
    log_z = float(results.logz[-1]) + log_volume
    share = torch.from_numpy(np.asarray(results.logwt)).double()
    pool = Pool(num_samples, generator)
    # The pool needs weights whose mean is Z; dynesty's weights sum to the integral over the unit box.
    pool.add(x, share - share.logsumexp(0) + log_z + math.log(len(x)))
    facts = {
        "live_points": run.nlive,
        "points": len(x),
        "converged": converged,
        "log_z_error_estimate": float(results.logzerr[-1]),
    }
    return Draws(pool.samples(), meter.cost, ("box",), facts)
