"""The table of metrics: one row for each, with sensible formats."""

from __future__ import annotations

import math
from dataclasses import asdict, fields, replace

import pytest

from core.results.report import Metrics, Report
from dashboard.results.scores import cell, floor
from dashboard.texts.shared import METRICS, MORE_METRICS, best_possible

GOOD = Metrics(0.9, 0.3, 1.0, 0.1, 0.02, 0.01, 2, 0.0, 0)
KNOWN = [name for name, value in asdict(GOOD).items() if not math.isnan(value)]


def report(metrics: Metrics, *, weighted: bool) -> Report:
    return Report(100, 2, metrics, GOOD, (0.5, 0.5), weighted)


def test_every_metric_has_one_row() -> None:
    assert sorted([*METRICS, *MORE_METRICS]) == sorted(field.name for field in fields(Metrics))


@pytest.mark.parametrize("name", [*METRICS, *MORE_METRICS])
def test_missing_number_is_shown_as_unknown(name: str) -> None:
    assert cell(math.nan, name, report(GOOD, weighted=True)) == "unknown"


def test_numbers_have_sensible_formats() -> None:
    shown = [
        cell(getattr(GOOD, name), name, report(GOOD, weighted=True)) for name in METRICS if name in KNOWN
    ]
    assert shown == ["0.9", "0.3", "1", "0.1", "0.02", "0.01", "2 of 2", "0", "0"]


@pytest.mark.parametrize(
    ("name", "value", "spread", "text"),
    [
        ("mode_tv", 0.0213, 0.0042, "0.021 ± 0.004"),
        ("mode_tv", 0.0213, 0.0, "0.0213"),
        ("energy_distance", 1.234, 0.5, "1.2 ± 0.5"),
        ("energy_distance", 123.4, 25.0, "123 ± 25"),
        ("modes_covered", 206.3, 2.1, "206 ± 2 of 2"),
        ("pareto_k", math.nan, math.nan, "unknown"),
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
