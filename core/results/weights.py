"""What the importance weights of samples reveal: effective sample size, log Z and the Pareto k̂ of their tail."""

from __future__ import annotations

import math

import numpy as np

from core.types import Values

# Smallest number of weights for which k̂ is computed: with fewer, the tail that is fitted would contain fewer than five weights.
FEWEST_WEIGHTS = 25
# If the log weights of the tail differ by at most this, in nats, they count as equal up to rounding.
ROUNDING_NATS = 1e-9
# The largest weight is limited to e^600 times the smallest weight of the tail, to stay within the range of float64.
LONGEST_TAIL_NATS = 600.0


def ess_fraction(log_weight: Values) -> float:
    """The reverse effective sample size `(Σw)² / (n Σw²)`, from 1/n to 1; NaN if any weight is NaN."""
    scaled = (log_weight - log_weight.max()).exp()
    return (scaled.sum().square() / (len(scaled) * scaled.square().sum())).item()


def log_z(log_weight: Values) -> float:
    """The log of the mean weight, an estimate of log Z_D in nats; NaN if any weight is NaN."""
    return (log_weight.logsumexp(0) - math.log(len(log_weight))).item()


def pareto_k(log_weight: Values) -> float:
    """The Pareto k̂ of the weights: the shape of a generalised Pareto distribution fitted to the `3√n` largest weights.

    The weights have about 1/k̂ finite moments. Below k̂ = 0.7, estimates are reliable at usual numbers of samples; above, a few
    weights dominate and the ESS is too optimistic. The fit is that of Pareto smoothed importance sampling (PSIS), by ArviZ.

    Returns:
        k̂; 0 if the largest weights are all equal, so that there is no tail; NaN if a weight is NaN, if there are fewer than
        FEWEST_WEIGHTS weights, or if some of the largest weights are zero.

    References:
        Vehtari, Simpson, Gelman, Yao, Gabry: Pareto Smoothed Importance Sampling, JMLR 2024.
    """
    num_weights = len(log_weight)
    if num_weights < FEWEST_WEIGHTS or log_weight.isnan().any():
        return math.nan
    tail = log_weight.topk(min(num_weights // 5, int(3 * math.sqrt(num_weights)))).values
    end, start = tail[0], tail[-1]
    if end - start <= ROUNDING_NATS:
        return 0.0
    if not start.isfinite():
        return math.nan
    end = end.clamp(max=start + LONGEST_TAIL_NATS)
    return _fitted_shape((log_weight.clamp(max=end) - end).exp())


def _fitted_shape(weight: Values) -> float:
    """k̂ of the weights by the PSIS fit; NaN if the fit fails."""
    # Imported only when needed, because the import takes half a second.
    from arviz_stats.base.array import array_stats

    with np.errstate(all="ignore"):  # equal weights in the tail cause divisions by zero and give NaN
        shape = float(array_stats.pareto_khat(weight.numpy(), chain_axis=None, tail="right", r_eff=1.0))
    return shape if math.isfinite(shape) else math.nan
