"""How good samples are, beside what exact samples of the same number would score."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.report import Metrics, Report
from core.sampling.samples import Samples
from core.targets.base import AbstractTarget, energy_in_parts
from core.types import Points, Values

# A mode counts as covered when it holds at least this share of its weight.
COVERED_SHARE = 0.05
# The energy distance compares at most this many points of each set, since its cost grows with their square.
MOST_DISTANCE_POINTS = 5_000
_CHUNK = 1000
_MODES_CHUNK = 10_000
# With fewer weights the tail that PSIS fits would have less than five.
FEWEST_WEIGHTS = 25
# Log weights of a tail that differ by no more than this, in nats, differ by rounding.
ROUNDING_NATS = 1e-9
# The largest weight counts as at most e^600 times the smallest of its tail: float64 holds no more side by side.
LONGEST_TAIL_NATS = 600.0
# A sample is a stray from this far above the highest energy of as many exact samples on. For 10 000 samples of a Gaussian in the
# plane that is six standard deviations out, and one set of exact samples in e⁹ ≈ 8000 has a stray.
STRAY_NATS = 9.0
# Floors are means over this many sets of exact samples, fewest and most, of so many points in all.
FLOOR_DRAWS, MOST_FLOOR_POINTS = (4, 32), 100_000
# The same for the energy distance, which compares so many pairs in all.
DISTANCE_DRAWS, MOST_FLOOR_PAIRS = (3, 16), 40_000_000


@dataclass(frozen=True)
class Floors:
    """What exact samples score by the same code: the best possible at their number.

    Attributes:
        mean: of each metric over several draws.
        spread: its standard deviation from draw to draw.
    """

    mean: Metrics
    spread: Metrics


def ess_fraction(log_weight: Values) -> float:
    """The reverse effective sample size `(Σw)² / (n Σw²)`, from 1/n to 1; NaN if any weight is NaN."""
    scaled = (log_weight - log_weight.max()).exp()
    return (scaled.sum().square() / (len(scaled) * scaled.square().sum())).item()


def log_z(log_weight: Values) -> float:
    """The log of the mean weight, in nats: an estimate of log Z_D; NaN if any weight is NaN."""
    return (log_weight.logsumexp(0) - math.log(len(log_weight))).item()


def pareto_k(log_weight: Values) -> float:
    """The Pareto k̂ of the weights: the shape of a generalised Pareto distribution fitted to the largest `3√n` of them.

    The weights have about 1/k̂ finite moments. Below 0.7 estimates from them can be trusted at usual numbers of samples; above
    it a few weights decide, and the ESS flatters. The fit is ArviZ's, as in PSIS.

    Returns:
        k̂; 0 if the largest weights are all equal, since then they have no tail; NaN if a weight is NaN, if there are fewer
        than FEWEST_WEIGHTS, or if some of the largest are zero.

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
    """PSIS's k̂ of weights; NaN where the fit fails."""
    # Takes half a second to import, and unknown or equal weights do not need it.
    from arviz_stats.base.array import array_stats

    with np.errstate(all="ignore"):  # ties in the tail are divided by, and end as NaN
        shape = float(array_stats.pareto_khat(weight.numpy(), chain_axis=None, tail="right", r_eff=1.0))
    return shape if math.isfinite(shape) else math.nan


def stray_fraction(target: AbstractTarget, x: Points, exact: Points) -> float:
    """The share of the points that have flown off, whatever the target looks like.

    These are the failed ones, and those whose energy is more than STRAY_NATS above the highest of as many exact samples.
    """
    limit = energy_in_parts(target, exact).max() + STRAY_NATS
    return (~(energy_in_parts(target, x) <= limit)).double().mean().item()


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
    # In parts, since a million points times 256 modes would take gigabytes.
    parts = x[x.isfinite().all(1)].split(_MODES_CHUNK)
    return torch.stack([target.responsibilities(part).sum(0) for part in parts]).sum(0) / len(x)


def mode_tv(fractions: Float[Tensor, " modes"], weights: Float[Tensor, " modes"]) -> float:
    """The total variation (with the ½) between the mass of each mode and its weight; lost mass counts as a mode of its own."""
    lost = 1 - fractions.sum()
    return ((fractions - weights).abs().sum() + lost.abs()).item() / 2


def score(target: AbstractTarget, samples: Samples, exact: Points) -> Metrics:
    """All metrics of samples against exact ones."""
    return replace(
        _without_distance(target, samples, exact), energy_distance=energy_distance(samples.x, exact)
    )


def _without_distance(target: AbstractTarget, samples: Samples, exact: Points) -> Metrics:
    """The metrics that cost little; the energy distance, whose cost grows with the square of the samples, is NaN."""
    fractions = mode_fractions(target, samples.x)
    estimate = log_z(samples.log_weight)
    return Metrics(
        ess_fraction=ess_fraction(samples.log_weight),
        pareto_k=pareto_k(samples.log_weight),
        log_z=estimate,
        log_z_error=estimate - target.log_z,
        energy_distance=math.nan,
        mode_tv=mode_tv(fractions, target.weights),
        modes_covered=int((fractions >= COVERED_SHARE * target.weights).sum()),
        stray_fraction=stray_fraction(target, samples.x, exact),
        num_failed=samples.num_failed,
    )


def floors(target: AbstractTarget, exact: Points, generator: torch.Generator) -> Floors:
    """What further sets of exact samples score against the first: mean and standard deviation over several draws.

    The number of draws falls with the number of samples: the spread falls too, and the cost stays bounded.

    Args:
        target: the target.
        exact: the exact samples that samples are compared with.
        generator: draws the further sets, each of as many.
    """
    num_samples = len(exact)
    num_draws = _bounded(MOST_FLOOR_POINTS // num_samples, FLOOR_DRAWS)
    num_distances = _bounded(MOST_FLOOR_PAIRS // min(num_samples, MOST_DISTANCE_POINTS) ** 2, DISTANCE_DRAWS)
    # Exact samples all have the weight Z_D.
    equal = torch.full((num_samples,), target.log_z, dtype=torch.float64)
    scored = []
    for draw in range(num_draws):
        x = target.sample(num_samples, generator)
        found = _without_distance(target, Samples(x, equal), exact)
        distance = energy_distance(x, exact) if draw < num_distances else math.nan
        scored.append(replace(found, energy_distance=distance))
    return Floors(_over(scored, _mean), _over(scored, _deviation))


def _bounded(number: int, limits: tuple[int, int]) -> int:
    return min(max(number, limits[0]), limits[1])


def _over(scored: Sequence[Metrics], summary: Callable[[list[float]], float]) -> Metrics:
    """A summary of each metric over the draws in which it was measured."""
    columns = zip(*(astuple(metrics) for metrics in scored), strict=True)
    return Metrics(*(summary([value for value in column if not math.isnan(value)]) for column in columns))


def _mean(values: list[float]) -> float:
    """What is the same in all draws stays what it is, to the last bit."""
    if not values:
        return math.nan
    return values[0] if len(set(values)) == 1 else statistics.fmean(values)


def _deviation(values: list[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else math.nan


def report(
    target: AbstractTarget, samples: Samples, generator: torch.Generator, known: Floors | None = None
) -> Report:
    """The metrics of samples beside the best possible ones.

    Args:
        target: the target.
        samples: the samples.
        generator: draws the exact samples to compare with, and after them those of the floors.
        known: the floors of this target, generator and number of samples, where they were computed before.
    """
    exact = target.sample(len(samples.x), generator)
    best = floors(target, exact, generator) if known is None else known
    return Report(
        len(exact),
        len(target.weights),
        score(target, samples, exact),
        best.mean,
        tuple(mode_fractions(target, samples.x).tolist()),
        samples.weighted,
        best.spread,
    )
