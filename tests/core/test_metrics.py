"""The metrics of samples: effective sample size, Pareto k, energy distance, mode masses and strays."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace

import pytest
import torch
from torch import Tensor

from core.results.metrics import (
    MOST_DISTANCE_POINTS,
    energy_distance,
    mean_distance,
    mode_tv,
    report,
    score,
    stray_fraction,
)
from core.results.report import Report
from core.results.weights import FEWEST_WEIGHTS, ess_fraction, log_z, pareto_k
from core.sampling.samples import Samples
from core.targets import registry
from core.targets.mixture import GaussianMixture, gmm40, two_modes
from core.targets.modes import mode_fractions
from core.targets.registry import TARGETS

PAIR = two_modes(6.0, 0.7, (1.0, 3.0), 2)


def normal(count: int, dim: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, dim, generator=generator, dtype=torch.float64)


def weighted(x: Tensor, log_weight: float = 0.0) -> Samples:
    return Samples(x, torch.full((len(x),), log_weight, dtype=torch.float64))


@pytest.mark.parametrize("shift", [0.0, 1000.0, -1000.0])
def test_ess_of_equal_weights_is_one_and_of_one_hot_weights_one_over_n(shift: float) -> None:
    equal = torch.full((8,), shift, dtype=torch.float64)
    one_hot = torch.full((8,), -math.inf, dtype=torch.float64)
    one_hot[3] = shift
    half = torch.tensor([shift] * 4 + [-math.inf] * 4, dtype=torch.float64)
    assert [ess_fraction(w) for w in (equal, one_hot, half)] == pytest.approx([1, 1 / 8, 1 / 2])


@pytest.mark.parametrize("metric", [ess_fraction, log_z, pareto_k])
def test_nan_weight_gives_nan(metric: object) -> None:
    log_weight = torch.linspace(0, 1, 100).index_fill(0, torch.tensor([50]), math.nan)
    assert math.isnan(metric(log_weight))  # type: ignore[operator]


def test_log_z_is_the_log_of_the_mean_weight() -> None:
    weights = torch.tensor([1.0, 2.0, 6.0], dtype=torch.float64)
    assert log_z(weights.log()) == pytest.approx(math.log(3))
    assert log_z(weights.log() + 2000) == pytest.approx(math.log(3) + 2000)


def pareto(k: float, count: int = 50_000) -> Tensor:
    """Log weights drawn from the generalised Pareto distribution with shape k, by its quantile function."""
    level = torch.rand(count, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return (torch.expm1(-k * torch.log1p(-level)) / k).log()


@pytest.mark.parametrize("k", [-0.5, 0.2, 0.7, 1.3])
def test_pareto_k_estimates_the_shape_of_a_generalised_pareto_distribution(k: float) -> None:
    assert pareto_k(pareto(k)) == pytest.approx(k, abs=0.15)


def test_pareto_k_scales_with_powers_but_not_with_factors_of_weights() -> None:
    log_weight = pareto(0.5)
    assert pareto_k(log_weight + 1000) == pytest.approx(pareto_k(log_weight), rel=1e-9)
    assert pareto_k(2 * log_weight) == pytest.approx(2 * pareto_k(log_weight), abs=0.1)


@pytest.mark.parametrize("spread", [0.0, 1e-12])
def test_equal_weights_have_a_pareto_k_of_zero(spread: float) -> None:
    assert pareto_k(41.2 + spread * normal(1000, 1)[:, 0]) == 0
    plateau = torch.cat([normal(900, 1)[:, 0], torch.full((100,), 9.0, dtype=torch.float64)])
    assert pareto_k(plateau) == 0


def test_pareto_k_is_nan_for_few_or_mostly_zero_weights() -> None:
    light = normal(FEWEST_WEIGHTS, 1)[:, 0]
    assert math.isfinite(pareto_k(light))
    assert math.isnan(pareto_k(light[1:]))
    one_hot = torch.full((1000,), -math.inf, dtype=torch.float64)
    one_hot[7] = 0
    assert math.isnan(pareto_k(one_hot))


@pytest.mark.parametrize("height", [20.0, 700.0, 1e5])
def test_single_dominant_weight_gives_a_large_pareto_k(height: float) -> None:
    log_weight = 0.1 * normal(1000, 1)[:, 0]
    assert pareto_k(log_weight) < 0.5
    log_weight[0] = height
    assert 0.7 < pareto_k(log_weight) < math.inf


@pytest.mark.parametrize("dim", [1, 2, 7])
def test_energy_distance_of_equal_sets_is_zero(dim: int) -> None:
    x = normal(300, dim)
    assert energy_distance(x, x) == pytest.approx(0.0, abs=1e-12)
    assert energy_distance(x, x.flip(0)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("dim", [1, 2, 7])
@pytest.mark.parametrize("offset", [0.0, 50.0])
def test_energy_distance_is_non_negative_and_detects_a_shift(dim: int, offset: float) -> None:
    near = [
        energy_distance(normal(200, dim, i) + offset, normal(200, dim, i + 50) + offset) for i in range(10)
    ]
    far = energy_distance(normal(200, dim) + 1, normal(200, dim, 1))
    assert min(near) >= 0
    assert far > max(near)


@pytest.mark.parametrize("sizes", [(40, 40), (7, 60), (1, 1)])
def test_sorted_mean_distance_matches_all_pairs(sizes: tuple[int, int]) -> None:
    x, y = normal(sizes[0], 1), 2 * normal(sizes[1], 1, seed=1) + 1
    all_pairs = (x - y.T).abs().mean()
    assert mean_distance(x, y) == pytest.approx(float(all_pairs), rel=1e-12)
    with_zero = (torch.cat([v, torch.zeros_like(v)], dim=1) for v in (x, y))
    assert mean_distance(*with_zero) == pytest.approx(float(all_pairs), rel=1e-5)


def test_ties_on_the_line_count_as_zero() -> None:
    x = torch.tensor([[1.0], [1.0], [3.0]], dtype=torch.float64)
    assert mean_distance(x, x) == pytest.approx(8 / 9)


def test_energy_distance_of_two_points_is_their_distance() -> None:
    x, y = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    assert energy_distance(x, y) == pytest.approx(5.0)
    assert energy_distance(x[:, :1], y[:, :1]) == pytest.approx(3.0)


@pytest.mark.parametrize("dim", [1, 2])
def test_energy_distance_of_a_failed_sample_is_nan(dim: int) -> None:
    broken = normal(10, dim)
    broken[3] = math.nan
    assert math.isnan(energy_distance(broken, normal(10, dim)))
    assert math.isnan(energy_distance(normal(10, dim), broken))


def test_energy_distance_uses_the_first_points_of_a_large_set() -> None:
    x, y = normal(MOST_DISTANCE_POINTS + 100, 1), normal(MOST_DISTANCE_POINTS, 1, seed=1)
    assert energy_distance(x, y) == energy_distance(x[:MOST_DISTANCE_POINTS], y)


def test_mode_fractions_exclude_failed_samples() -> None:
    x = PAIR.modes[[0, 0, 0, 1, 1]].clone()
    assert mode_fractions(PAIR, x).tolist() == pytest.approx([0.6, 0.4])
    x[0] = math.nan
    assert mode_fractions(PAIR, x).tolist() == pytest.approx([0.4, 0.4])
    assert mode_fractions(PAIR, x * math.nan).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("fractions", "expected"),
    [((0.25, 0.75), 0.0), ((0.75, 0.25), 0.5), ((1.0, 0.0), 0.75), ((0.25, 0.5), 0.25), ((0.0, 0.0), 1.0)],
)
def test_mode_tv_is_the_misplaced_mass(fractions: tuple[float, float], expected: float) -> None:
    assert mode_tv(torch.tensor(fractions), torch.tensor([0.25, 0.75])) == pytest.approx(expected)


def test_strays_are_failed_or_distant_samples(generator: torch.Generator) -> None:
    """Among 10 000 samples of a 2-D Gaussian, the largest energy is about log 10 000 nats above the minimum; 6 σ lie 9 nats higher."""
    gaussian = GaussianMixture([[0.0, 0.0]], 1.0)
    exact, x = (gaussian.sample(10_000, generator) for _ in range(2))
    assert stray_fraction(gaussian, x, exact) == 0
    x[0] = math.nan
    x[1, 0] = math.inf
    x[2:4] = torch.tensor([7.0, 0.0])
    x[4:6] = torch.tensor([5.0, 0.0])
    assert stray_fraction(gaussian, x, exact) == pytest.approx(4e-4)


@pytest.mark.parametrize(
    "name", [name for name in TARGETS if name not in ("lattice", "particles", "logistic_posterior")]
)
def test_exact_samples_contain_no_strays(name: str, generator: torch.Generator) -> None:
    target = registry.build(name, registry.checked_parameters(name, {}))
    x, exact = (target.sample(5000, generator) for _ in range(2))
    assert stray_fraction(target, x, exact) == 0
    far = target.box.center + 20 * (target.box.upper - target.box.lower)
    assert stray_fraction(target, far.expand(5, -1), exact) == 1


def test_mode_is_covered_from_five_percent_of_its_weight(generator: torch.Generator) -> None:
    exact = PAIR.sample(1000, generator)
    for share, covered in ((0.0, 1), (0.011, 1), (0.014, 2)):  # the lighter mode has the weight ¼
        count = round(1000 * share)
        x = torch.cat([PAIR.modes[:1].expand(count, 2), PAIR.modes[1:].expand(1000 - count, 2)])
        assert score(PAIR, weighted(x), exact).modes_covered == covered


def test_exact_samples_score_at_the_floor(generator: torch.Generator) -> None:
    target = gmm40()
    found = report(target, weighted(target.sample(2000, generator)), generator)
    assert (found.num_samples, found.num_modes) == (2000, 40)
    assert len(found.mode_fractions) == 40
    assert found.metrics.ess_fraction == found.floors.ess_fraction == pytest.approx(1.0)
    assert found.metrics.pareto_k == found.floors.pareto_k == 0
    assert found.metrics.stray_fraction == found.floors.stray_fraction == 0
    assert found.metrics.log_z_error == found.floors.log_z_error == pytest.approx(0.0, abs=1e-12)
    assert found.metrics.modes_covered == found.floors.modes_covered == 40
    assert found.metrics.mode_tv == pytest.approx(found.floors.mode_tv, rel=0.5)
    assert found.floors.mode_tv == pytest.approx(
        0.058, rel=0.4
    )  # the mode TV is 0.082 at n = 1000, and falls like 1/√n
    assert 0 <= found.floors.energy_distance < 0.2


def test_floor_decreases_with_the_number_of_samples(generator: torch.Generator) -> None:
    """docs/method.md, section 6: mode TV of exact GMM-40 samples is 0.082 at 1000, 0.027 at 10 000."""
    target = gmm40()
    for count, floor in ((1000, 0.082), (10_000, 0.027)):
        fractions = mode_fractions(target, target.sample(count, generator))
        assert mode_tv(fractions, target.weights) == pytest.approx(floor, rel=0.4)


def test_report_detects_a_missing_mode(generator: torch.Generator) -> None:
    x = PAIR.sample(2000, generator)
    alone = x[PAIR.responsibilities(x)[:, 1] > 0.5]
    found = report(PAIR, weighted(alone), generator)
    assert found.metrics.modes_covered == 1
    assert found.floors.modes_covered == 2
    assert found.metrics.mode_tv == pytest.approx(0.25, abs=1e-6)
    assert found.metrics.energy_distance > 10 * found.floors.energy_distance


def test_failed_samples_are_counted_and_make_metrics_nan(generator: torch.Generator) -> None:
    x = PAIR.sample(100, generator)
    x[:7] = math.nan
    log_weight = torch.where(x[:, 0].isnan(), torch.nan, 0.0)
    found = report(PAIR, Samples(x, log_weight), generator)
    assert found.metrics.num_failed == 7
    assert found.to_dict()["failures"] == {"not_finite": 7}
    assert found.metrics.stray_fraction == pytest.approx(0.07)
    assert math.isnan(found.metrics.ess_fraction)
    assert math.isnan(found.metrics.pareto_k)
    assert math.isnan(found.metrics.energy_distance)
    assert found.metrics.mode_tv >= 0.07
    floors = asdict(found.floors)
    assert math.isnan(floors.pop("emc"))  # the modes have unequal weights
    assert all(map(math.isfinite, floors.values()))


def test_report_round_trips_through_json_with_nan(generator: torch.Generator) -> None:
    found = report(PAIR, weighted(PAIR.sample(50, generator)), generator)
    unknown = replace(found, metrics=replace(found.metrics, ess_fraction=math.nan, pareto_k=math.nan))
    unknown = replace(unknown, failures={"out_of_bounds": 3})
    again = Report.from_dict(json.loads(json.dumps(unknown.to_dict(), allow_nan=False)))
    assert again.failures == {"out_of_bounds": 3}
    assert again.floors == found.floors
    assert again.mode_fractions == found.mode_fractions
    assert math.isnan(again.metrics.ess_fraction)
    assert math.isnan(again.metrics.pareto_k)
    assert again.metrics.mode_tv == found.metrics.mode_tv
