"""Metrics of sample quality, and their best possible values: what the same number of exact samples scores."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from core.results.bounds import elbo, eubo, forward_ess_fraction, log_z_forward
from core.results.coverage import entropic_mode_coverage, jensen_shannon_distance, weighted_mode_masses
from core.results.distances import kernel_distance, sinkhorn_distance
from core.results.report import Metrics, Report
from core.results.weights import ess_fraction, log_z, pareto_k
from core.sampling.samples import Samples
from core.targets.base import KnownTarget, energy_in_parts, exact_samples
from core.targets.modes import mode_fractions
from core.types import OtherPoints, Points, Values

# A mode counts as covered if the samples in it make up at least this fraction of its weight.
COVERED_FRACTION = 0.05
# The energy distance uses at most this many points of each set, since its cost is quadratic.
MOST_DISTANCE_POINTS = 5_000
_CHUNK = 1000
# A sample is a stray if its energy exceeds the largest energy among equally many exact samples by more than this. For 10 000 samples of a
# 2-D Gaussian, the limit lies at six standard deviations. About one in e⁹ ≈ 8000 sets of exact samples has a stray.
STRAY_NATS = 9.0
# Floors (best possible scores) are means over sets of exact samples. Smallest and largest number of sets; largest number of points in all.
FLOOR_DRAWS, MOST_FLOOR_POINTS = (4, 32), 100_000
# The same three limits for the energy distance, with pairs of points in place of points, since its cost is quadratic.
DISTANCE_DRAWS, MOST_FLOOR_PAIRS = (3, 16), 40_000_000
# Number of sets for the Sinkhorn divergence and the maximum mean discrepancy, which are slow.
TRANSPORT_DRAWS = 4


# The scores that exact samples would have, where none can be drawn: their weights are equal and none fails; the other scores are unknown.
_EQUAL_WEIGHTS = Metrics(1.0, 0.0, *[math.nan] * 6, num_failed=0)


@dataclass(frozen=True)
class Floors:
    """The scores of exact samples: the best possible values at this number of samples.

    Attributes:
        mean: mean of each metric over several sets of exact samples.
        spread: standard deviation of each metric between these sets.
    """

    mean: Metrics
    spread: Metrics


def stray_fraction(target: KnownTarget, x: Points, exact: OtherPoints) -> float:
    """The fraction of stray points: failed ones, and those with an energy implausible for an exact sample.

    Args:
        target: the target.
        x: the points; NaN for failed ones.
        exact: the same number of exact samples. Energies more than STRAY_NATS above their largest energy are implausible.
    """
    limit = energy_in_parts(target, exact).max() + STRAY_NATS
    return (~(energy_in_parts(target, x) <= limit)).double().mean().item()


def mean_distance(x: Points, y: OtherPoints) -> float:
    """The mean of |x_i − y_j| over all pairs."""
    if x.shape[1] == 1:
        return _mean_distance_line(x[:, 0], y[:, 0])
    # float32 is accurate enough here: the points are centred, and distances are not computed by a matrix product.
    center = y.mean(0)
    x, y = (x - center).to(torch.float32), (y - center).to(torch.float32)
    mode = "donot_use_mm_for_euclid_dist"
    sums = [torch.cdist(part, y, compute_mode=mode).sum(dtype=torch.float64) for part in x.split(_CHUNK)]
    return (torch.stack(sums).sum() / (len(x) * len(y))).item()


def _mean_distance_line(x: Values, y: Float[Tensor, " others"]) -> float:
    """`mean_distance` in 1-D, by sorting: the sum of |x − y| over y is linear between sorted neighbours."""
    y = y.sort().values
    below = torch.searchsorted(y, x.contiguous()).to(y)
    sums = torch.cat([y.new_zeros(1), y.cumsum(0)])
    left = sums[below.long()]
    right = sums[-1] - left
    return ((x * below - left + right - x * (len(y) - below)).mean() / len(y)).item()


def energy_distance(x: Points, y: OtherPoints) -> float:
    """The energy distance `E|X − Y| − ½E|X − X'| − ½E|Y − Y'|` over all pairs, in the units of x.

    It is never negative. Some authors define it as twice this value. Only the first MOST_DISTANCE_POINTS points of each set are
    used. NaN if one of them is NaN.
    """
    x, y = x[:MOST_DISTANCE_POINTS], y[:MOST_DISTANCE_POINTS]
    if not (x.isfinite().all() and y.isfinite().all()):
        return math.nan
    return mean_distance(x, y) - (mean_distance(x, x) + mean_distance(y, y)) / 2


def mode_tv(fractions: Float[Tensor, " modes"], weights: Float[Tensor, " modes"]) -> float:
    """The total variation `½ Σ|fraction − weight|` between mode masses; failed samples count as one further mode."""
    lost = 1 - fractions.sum()
    return ((fractions - weights).abs().sum() + lost.abs()).item() / 2


def score(
    target: KnownTarget,
    samples: Samples,
    exact: Points | None,
    exact_log_weight: Values | None = None,
    *,
    thorough: bool = True,
) -> Metrics:
    """All metrics of samples.

    Args:
        target: the target.
        samples: the samples to score.
        exact: the same number of exact samples, for comparison; None if there are none.
        exact_log_weight: log weights of the sampler at exact samples, see `backward.log_weights_at`; None if unknown.
        thorough: whether to compute the Sinkhorn divergence and the MMD.
    """
    known = _without_distances(target, samples, exact, exact_log_weight)
    if exact is None:
        return known
    known = replace(known, energy_distance=energy_distance(samples.x, exact))
    return _with_transport(known, target, samples.x, exact) if thorough else known


def _with_transport(metrics: Metrics, target: KnownTarget, x: Points, exact: Points) -> Metrics:
    """Add the Sinkhorn divergence, blurred by the width of a mode, and the maximum mean discrepancy."""
    return replace(metrics, sinkhorn=sinkhorn_distance(x, exact, target.scale), mmd=kernel_distance(x, exact))


def _without_distances(
    target: KnownTarget, samples: Samples, exact: Points | None, exact_log_weight: Values | None
) -> Metrics:
    """All metrics except the distances to exact samples, which are left as NaN because they are slow for many samples."""
    estimate = log_z(samples.log_weight)
    known = Metrics(
        ess_fraction=math.nan,
        pareto_k=math.nan,
        log_z=estimate,
        log_z_error=math.nan if target.log_z is None else estimate - target.log_z,
        energy_distance=math.nan,
        mode_tv=math.nan,
        modes_covered=math.nan,
        stray_fraction=math.nan if exact is None else stray_fraction(target, samples.x, exact),
        num_failed=samples.num_failed,
    )
    known = _with_modes(known, target, samples)
    return _with_density(known, samples.log_weight, exact_log_weight) if samples.weighted else known


def _with_modes(metrics: Metrics, target: KnownTarget, samples: Samples) -> Metrics:
    """Add the metrics that compare the mode masses of the samples with the exact ones, if the exact ones are known."""
    fractions = mode_fractions(target, samples.x)
    reweighted = weighted_mode_masses(target, samples.x, samples.log_weight)
    if fractions is None or reweighted is None or target.weights is None:
        return metrics
    return replace(
        metrics,
        mode_tv=mode_tv(fractions, target.weights),
        modes_covered=int((fractions >= COVERED_FRACTION * target.weights).sum()),
        weighted_mode_tv=mode_tv(reweighted, target.weights),
        emc=entropic_mode_coverage(fractions, target.weights),
        ejs=jensen_shannon_distance(fractions, target.weights),
    )


def _with_density(metrics: Metrics, log_weight: Values, exact_log_weight: Values | None) -> Metrics:
    """Add the metrics that need the sampler's density."""
    found = replace(
        metrics, ess_fraction=ess_fraction(log_weight), pareto_k=pareto_k(log_weight), elbo=elbo(log_weight)
    )
    if exact_log_weight is None:
        return found
    above = eubo(exact_log_weight)
    return replace(
        found,
        eubo=above,
        eubo_elbo_gap=above - found.elbo,
        forward_ess_fraction=forward_ess_fraction(exact_log_weight),
        log_z_forward=log_z_forward(exact_log_weight),
    )


def floors(target: KnownTarget, exact: Points | None, generator: torch.Generator) -> Floors:
    """The best possible scores: those of further sets of exact samples, compared with the first set.

    Without exact samples, only the scores that follow from equal weights are known. The larger the sets, the fewer are drawn, since their
    scores vary less; this also bounds the cost.

    Args:
        target: the target.
        exact: the exact samples that all sets are compared with; None if there are none.
        generator: draws the further sets, each as large as `exact`.
    """
    if exact is None or target.log_z is None:
        return Floors(_EQUAL_WEIGHTS, replace(_EQUAL_WEIGHTS, ess_fraction=0.0, pareto_k=0.0))
    num_samples = len(exact)
    num_draws = _bounded(MOST_FLOOR_POINTS // num_samples, FLOOR_DRAWS)
    num_distances = _bounded(MOST_FLOOR_PAIRS // min(num_samples, MOST_DISTANCE_POINTS) ** 2, DISTANCE_DRAWS)
    # With the exact density in place of a sampler's, every importance weight equals Z_D.
    equal = torch.full((num_samples,), target.log_z, dtype=torch.float64)
    scored = []
    for draw in range(num_draws):
        x = exact_samples(target, num_samples, generator)
        assert x is not None
        found = _without_distances(target, Samples(x, equal), exact, equal)
        if draw < num_distances:
            found = replace(found, energy_distance=energy_distance(x, exact))
        scored.append(_with_transport(found, target, x, exact) if draw < TRANSPORT_DRAWS else found)
    return Floors(_over(scored, _mean), _over(scored, _deviation))


def _bounded(number: int, limits: tuple[int, int]) -> int:
    return min(max(number, limits[0]), limits[1])


def _over(scored: Sequence[Metrics], summary: Callable[[list[float]], float]) -> Metrics:
    """A summary statistic of each metric over the sets of scores in which it is not NaN."""
    columns = zip(*(astuple(metrics) for metrics in scored), strict=True)
    return Metrics(*(summary([value for value in column if not math.isnan(value)]) for column in columns))


def _mean(values: list[float]) -> float:
    """The mean; if all values are equal, exactly this value. NaN for an empty list."""
    if not values:
        return math.nan
    return values[0] if len(set(values)) == 1 else statistics.fmean(values)


def _deviation(values: list[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else math.nan


def report(
    target: KnownTarget,
    samples: Samples,
    generator: torch.Generator,
    known: Floors | None = None,
    exact_log_weight: Values | None = None,
    *,
    thorough: bool = True,
) -> Report:
    """The metrics of samples with their best possible values.

    Args:
        target: the target.
        samples: the samples to score.
        generator: draws the exact samples for comparison, then those for the best possible values.
        known: the best possible values from an earlier call with the same target, generator state and number of samples, if there was one.
        exact_log_weight: log weights of the sampler at exact samples; None if unknown.
        thorough: whether to compute the Sinkhorn divergence and the MMD.
    """
    exact, fractions = exact_samples(target, len(samples.x), generator), mode_fractions(target, samples.x)
    best = floors(target, exact, generator) if known is None else known
    return Report(
        len(samples.x),
        None if target.modes is None else len(target.modes),
        score(target, samples, exact, exact_log_weight, thorough=thorough),
        best.mean,
        () if fractions is None else tuple(fractions.tolist()),
        samples.weighted,
        best.spread,
        samples.failures,
    )
