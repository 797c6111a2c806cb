"""How good samples are, beside what exact samples of the same number would score."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.report import Metrics, Report
from core.sampling.samples import Samples
from core.targets.base import AbstractTarget
from core.types import Points, Values

# A mode counts as covered when it holds at least this share of its weight.
COVERED_SHARE = 0.05
# The energy distance compares at most this many points of each set, since its cost grows with their square.
MOST_DISTANCE_POINTS = 5_000
_CHUNK = 1000


def ess_fraction(log_weight: Values) -> float:
    """The reverse effective sample size `(Σw)² / (n Σw²)`, from 1/n to 1; NaN if any weight is NaN."""
    scaled = (log_weight - log_weight.max()).exp()
    return (scaled.sum().square() / (len(scaled) * scaled.square().sum())).item()


def log_z(log_weight: Values) -> float:
    """The log of the mean weight, in nats: an estimate of log Z_D; NaN if any weight is NaN."""
    return (log_weight.logsumexp(0) - math.log(len(log_weight))).item()


def mean_distance(x: Points, y: Points) -> float:
    """The mean of |x_i − y_j| over all pairs."""
    if x.shape[1] == 1:
        return _mean_distance_line(x[:, 0], y[:, 0])
    # Differences are taken before squaring (no matrix product) and near the origin, so float32 loses nothing that counts.
    center = y.mean(0)
    x, y = (x - center).to(torch.float32), (y - center).to(torch.float32)
    mode = "donot_use_mm_for_euclid_dist"
    sums = [torch.cdist(part, y, compute_mode=mode).sum(dtype=torch.float64) for part in x.split(_CHUNK)]
    return (torch.stack(sums).sum() / (len(x) * len(y))).item()


def _mean_distance_line(x: Values, y: Values) -> float:
    """On the line, sorting does it: the sum of |x − y| over y is linear between the sorted y."""
    y = y.sort().values
    below = torch.searchsorted(y, x.contiguous()).to(y)
    sums = torch.cat([y.new_zeros(1), y.cumsum(0)])
    left = sums[below.long()]
    right = sums[-1] - left
    return ((x * below - left + right - x * (len(y) - below)).mean() / len(y)).item()


def energy_distance(x: Points, y: Points) -> float:
    """`E|X − Y| − ½E|X − X'| − ½E|Y − Y'|` over all pairs, in the units of x; never negative. Others double it.

    At most MOST_DISTANCE_POINTS points of each set are used, the first ones. NaN if one of them is NaN.
    """
    x, y = x[:MOST_DISTANCE_POINTS], y[:MOST_DISTANCE_POINTS]
    if not (x.isfinite().all() and y.isfinite().all()):
        return math.nan
    return mean_distance(x, y) - (mean_distance(x, x) + mean_distance(y, y)) / 2


def mode_fractions(target: AbstractTarget, x: Points) -> Float[Tensor, " modes"]:
    """The share of the points in each mode; failed points are in none, so the sum may be below one."""
    whole = x[x.isfinite().all(1)]
    return target.responsibilities(whole).sum(0) / len(x)


def mode_tv(fractions: Float[Tensor, " modes"], weights: Float[Tensor, " modes"]) -> float:
    """The total variation (with the ½) between the mass of each mode and its weight; lost mass counts as a mode of its own."""
    lost = 1 - fractions.sum()
    return ((fractions - weights).abs().sum() + lost.abs()).item() / 2


def score(target: AbstractTarget, samples: Samples, exact: Points) -> Metrics:
    """All metrics of samples against exact ones."""
    fractions = mode_fractions(target, samples.x)
    estimate = log_z(samples.log_weight)
    return Metrics(
        ess_fraction=ess_fraction(samples.log_weight),
        log_z=estimate,
        log_z_error=estimate - target.log_z,
        energy_distance=energy_distance(samples.x, exact),
        mode_tv=mode_tv(fractions, target.weights),
        modes_covered=int((fractions >= COVERED_SHARE * target.weights).sum()),
        num_failed=samples.num_failed,
    )


def report(target: AbstractTarget, samples: Samples, generator: torch.Generator) -> Report:
    """The metrics of samples beside their floors; the generator draws two sets of exact samples of the same number."""
    num_samples = len(samples.x)
    exact, other = (target.sample(num_samples, generator) for _ in range(2))
    # Exact samples all have the weight Z_D.
    perfect = Samples(other, torch.full((num_samples,), target.log_z, dtype=torch.float64))
    return Report(
        num_samples,
        len(target.weights),
        score(target, samples, exact),
        score(target, perfect, exact),
        tuple(mode_fractions(target, samples.x).tolist()),
        samples.weighted,
    )
