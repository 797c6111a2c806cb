"""Best possible values: means over several draws of exact samples, with their standard deviations."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace

import pytest
import torch

from core.presets import EXAMPLES, learned
from core.problem import Problem, TargetSpec
from core.results import evaluation, metrics
from core.results.metrics import floors, report
from core.results.report import Report
from core.sampling.generators import exact_generator
from core.sampling.samples import Samples
from core.targets.mixture import GaussianMixture, two_modes

PAIR = two_modes(8.0, 0.5, None, 2)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_floor_of_mode_masses_is_the_binomial_mean_deviation() -> None:
    """For two distant modes of equal weight, |p̂ − ½| has mean √(1/2πn) and standard deviation √(¼ − 1/2π)/√n."""
    num_samples, found = 2000, []
    for seed in range(2):
        exact = PAIR.sample(num_samples, generator(seed))
        found.append(floors(PAIR, exact, generator(100 + seed)))
    expected = math.sqrt(1 / (2 * math.pi * num_samples))
    # The relative standard deviation is about ¾ for one draw, and about ⅛ for the mean of 32 draws.
    assert [best.mean.mode_tv for best in found] == pytest.approx([expected] * 2, rel=0.45)
    spread = math.sqrt((1 / 4 - 1 / (2 * math.pi)) / num_samples)
    assert [best.spread.mode_tv for best in found] == pytest.approx([spread] * 2, rel=0.5)


def test_floor_equal_in_every_draw_has_no_spread() -> None:
    best = floors(PAIR, PAIR.sample(200, generator(0)), generator(1))
    assert (best.mean.ess_fraction, best.spread.ess_fraction) == (pytest.approx(1.0), 0.0)
    assert (best.mean.modes_covered, best.spread.modes_covered) == (2, 0.0)
    assert best.spread.energy_distance > 0


@pytest.mark.parametrize("num_samples", [10, 500, 2000, 10_000, 200_000])
def test_number_of_draws_is_bounded(num_samples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, distances = [], []
    single = GaussianMixture([[0.0]], 1.0)

    def sample(number: int, source: torch.Generator) -> torch.Tensor:
        drawn.append(number)
        return torch.randn(number, 1, generator=source, dtype=torch.float64)

    def distance(x: torch.Tensor, y: torch.Tensor) -> float:
        distances.append(min(len(x), metrics.MOST_DISTANCE_POINTS) ** 2)
        return 0.0

    monkeypatch.setattr(single, "sample", sample)
    monkeypatch.setattr(metrics, "energy_distance", distance)
    floors(single, torch.zeros(num_samples, 1).double(), generator(0))
    fewest = metrics.FLOOR_DRAWS[0] * num_samples
    assert sum(drawn) <= max(metrics.MOST_FLOOR_POINTS, fewest)
    assert sum(distances) <= max(metrics.MOST_FLOOR_PAIRS, 3 * distances[0])
    assert len(drawn) >= metrics.FLOOR_DRAWS[0]
    assert len(distances) >= metrics.DISTANCE_DRAWS[0]


def test_equal_problems_share_their_floors(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation._floors.cache_clear()
    counted = []
    monkeypatch.setattr(evaluation, "floors", lambda *arguments: counted.append(1) or floors(*arguments))
    problem = Problem(TargetSpec.of("two_modes"))
    x = torch.zeros(50, 2, dtype=torch.float64)
    samples = Samples(x, torch.zeros(50, dtype=torch.float64))
    first = evaluation.scored(problem, samples)
    again = evaluation.scored(replace(problem, interpolation="learned", sigma=2.0), samples)
    assert first.floors == again.floors
    assert len(counted) == 1
    evaluation.scored(replace(problem, seed=1), samples)
    assert len(counted) == 2
    evaluation._floors.cache_clear()


def test_cached_floors_give_the_same_report() -> None:
    problem = Problem(TargetSpec.of("two_modes"))
    target, source = evaluation.build_target(problem), exact_generator(problem)
    samples = Samples(target.sample(100, generator(0)), torch.zeros(100, dtype=torch.float64))
    assert evaluation.scored(problem, samples) == report(target, samples, source)


def test_floor_spreads_round_trip_through_json() -> None:
    samples = Samples(PAIR.sample(100, generator(0)), torch.zeros(100, dtype=torch.float64))
    found = report(PAIR, samples, generator(1))
    again = Report.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert again == found
    assert again.floor_spreads is not None
    assert asdict(again.floor_spreads).keys() == asdict(again.floors).keys()


def test_reports_without_floor_spreads_load() -> None:
    samples = Samples(PAIR.sample(100, generator(0)), torch.zeros(100, dtype=torch.float64))
    data = report(PAIR, samples, generator(1)).to_dict()
    del data["floor_spreads"]
    assert Report.from_dict(data).floor_spreads is None


def test_stored_runs_load() -> None:
    problems = [problem for example in EXAMPLES.values() for problem in example.problems]
    assert all(stored.report.floors.mode_tv >= 0 for stored in map(learned, problems) if stored is not None)
