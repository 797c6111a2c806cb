from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest

from core.results.report import Metrics, Report
from dashboard.results.scores import FROM_WEIGHTS, cell, floor
from dashboard.texts.shared import METRICS, best_possible

GOOD = Metrics(0.9, 0.3, 1.0, 0.1, 0.02, 0.01, 2, 0.0, 0)


def report(metrics: Metrics, *, weighted: bool) -> Report:
    return Report(100, 2, metrics, GOOD, (0.5, 0.5), weighted)


def test_every_metric_has_a_row_in_order() -> None:
    assert list(METRICS) == [field.name for field in fields(Metrics)]


@pytest.mark.parametrize("name", METRICS)
def test_missing_number_is_unknown_or_nan(name: str) -> None:
    """Metrics from weights are unknown without weights; any other NaN is shown as NaN."""
    unweighted, weighted = (report(GOOD, weighted=known) for known in (False, True))
    assert cell(math.nan, name, weighted) == "NaN"
    assert cell(math.nan, name, unweighted) == ("unknown" if name in FROM_WEIGHTS else "NaN")


def test_numbers_have_sensible_formats() -> None:
    shown = [cell(getattr(GOOD, name), name, report(GOOD, weighted=True)) for name in METRICS]
    assert shown == ["0.9", "0.3", "1", "0.1", "0.02", "0.01", "2 of 2", "0", "0"]


@pytest.mark.parametrize(
    ("name", "value", "spread", "text"),
    [
        ("mode_tv", 0.0213, 0.0042, "0.021 ± 0.004"),
        ("mode_tv", 0.0213, 0.0, "0.0213"),
        ("energy_distance", 1.234, 0.5, "1.2 ± 0.5"),
        ("energy_distance", 123.4, 25.0, "123 ± 25"),
        ("modes_covered", 206.3, 2.1, "206 ± 2 of 2"),
        ("pareto_k", math.nan, math.nan, "NaN"),
    ],
)
def test_best_possible_has_its_spread(name: str, value: float, spread: float, text: str) -> None:
    floors, spreads = replace(GOOD, **{name: value}), replace(GOOD, **{name: spread})
    shown = replace(report(GOOD, weighted=True), floors=floors, floor_spreads=spreads)
    assert floor(name, shown) == text


def test_report_without_spreads_shows_values_alone() -> None:
    old = report(GOOD, weighted=True)
    assert floor("mode_tv", old) == "0.01"
    assert "±" not in best_possible(old.num_samples, has_spreads=False)
