"""The outcome of a run depends on modes, weights and steps; missed modes take precedence."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from core.problem import TrainingSettings
from core.results.outcome import UNKNOWN, judge, least_steps
from core.results.report import Metrics, Report

BEST = Metrics(1.0, 0.0, 0.0, 0.0, 0.01, 0.02, 4, 0.0, 0)
SPREAD = Metrics(0.0, 0.0, 0.0, 0.0, 0.002, 0.004, 0.0, 0.0, 0.0)
GOOD = replace(BEST, ess_fraction=0.98, pareto_k=0.2, mode_tv=0.03)


def report(*, weighted: bool = True, **values: Any) -> Report:
    """The report of a good run, with some values replaced."""
    metrics = replace(GOOD, **values)
    return Report(1000, 4, metrics, BEST, (0.25,) * 4, weighted, SPREAD)


@pytest.mark.parametrize(
    ("values", "kind", "headline"),
    [
        ({}, "good", "4/4 modes · ESS 0.98"),
        ({"ess_fraction": 0.99996}, "good", "4/4 modes · ESS 0.9999"),
        ({"ess_fraction": 0.3}, "partial", "4/4 modes · ESS 0.3"),
        ({"ess_fraction": 0.05}, "poor", "4/4 modes · ESS 0.05"),
        ({"pareto_k": 0.9}, "partial", "4/4 modes · ESS 0.98"),
        ({"modes_covered": 3, "mode_tv": 0.25}, "partial", "1 of 4 modes missed"),
        ({"modes_covered": 2, "mode_tv": 0.5}, "poor", "2 of 4 modes missed"),
        ({"mode_tv": 0.18}, "partial", "18% of the mass in wrong modes"),
        ({"mode_tv": 0.4}, "poor", "40% of the mass in wrong modes"),
        ({"stray_fraction": 0.01}, "partial", "1 % of the samples astray"),
        ({"stray_fraction": 0.2}, "poor", "20 % of the samples astray"),
        ({"ess_fraction": math.nan, "num_failed": 1}, "partial", "1 of 1000 samples failed"),
    ],
)
def test_outcome_states_what_went_wrong(values: dict[str, Any], kind: str, headline: str) -> None:
    found = judge(report(**values), 60, 20)
    assert (found.kind, found.headline) == (kind, headline)


def test_outcome_states_why_samples_failed() -> None:
    lost = replace(
        report(ess_fraction=math.nan, num_failed=3), failures={"out_of_bounds": 1, "too_many_steps": 2}
    )
    assert (
        "3 of 1000 samples failed (1 moved too far away, 2 needed more steps than allowed)"
        in judge(lost, 60, 20).sentence
    )


def test_missed_mode_takes_precedence_over_perfect_weights() -> None:
    found = judge(report(ess_fraction=1.0, modes_covered=2, mode_tv=0.5), 60, 20)
    assert found.sentence.startswith("2 of 4 modes are missed, and 50% of the mass is misplaced; effective")
    assert "best possible 1" in found.sentence


@pytest.mark.parametrize(("forward", "kind"), [(0.9, "good"), (0.3, "partial"), (1e-6, "poor")])
def test_low_forward_ess_reveals_what_the_ess_hides(forward: float, kind: str) -> None:
    best = replace(BEST, forward_ess_fraction=1.0)
    found = replace(report(forward_ess_fraction=forward, eubo_elbo_gap=12.3), floors=best)
    outcome = judge(found, 60, 20)
    assert outcome.kind == kind
    if kind != "good":
        assert outcome.headline.startswith("part of the target missed · forward ESS")
        assert outcome.sentence.startswith("All 4 modes are covered; exact samples lie where")
        assert "EUBO − ELBO 12 nats" in outcome.sentence


def test_missed_modes_are_named_before_the_forward_ess() -> None:
    best = replace(BEST, forward_ess_fraction=1.0)
    found = replace(report(modes_covered=2, mode_tv=0.5, forward_ess_fraction=0.0), floors=best)
    outcome = judge(found, 60, 20)
    assert outcome.headline == "2 of 4 modes missed"
    assert outcome.sentence.startswith("2 of 4 modes are missed")


@pytest.mark.parametrize("values", [{}, {"modes_covered": 2, "mode_tv": 0.5}])
def test_few_steps_count_as_too_short_at_any_score(values: dict[str, Any]) -> None:
    found = judge(report(**values), 2, least_steps(TrainingSettings()))
    assert (found.kind, found.headline) == ("too_short", "too short: 2 steps")
    assert found.sentence.startswith("Too few steps to learn from: 2, but a run needs at least 20.")


def test_minimum_number_of_steps_depends_on_the_optimiser() -> None:
    gauss_newton, adam = TrainingSettings(), TrainingSettings(optimiser="adam")
    assert least_steps(gauss_newton) < least_steps(None) < least_steps(adam)


def test_chains_are_judged_by_their_energy_distance() -> None:
    settled = report(weighted=False, ess_fraction=math.nan, pareto_k=math.nan)
    found = judge(settled, 500, least_steps(None))
    assert (found.kind, found.headline) == ("good", "4/4 modes")
    assert "energy distance 0.01, best possible 0.01" in found.sentence
    far = replace(settled, metrics=replace(settled.metrics, energy_distance=1.0))
    assert judge(far, 500, 100).kind == "partial"


def test_modes_that_exact_samples_also_miss_do_not_count() -> None:
    rare = report(modes_covered=3)
    rare = replace(
        rare, floors=replace(BEST, modes_covered=3.4), floor_spreads=replace(SPREAD, modes_covered=0.5)
    )
    assert judge(rare, 60, 20).headline.startswith("3/4 modes")


def test_reports_without_floor_spreads_are_judged() -> None:
    assert judge(replace(report(), floor_spreads=None), 60, 20).kind == "good"


def test_run_without_a_report_is_unknown() -> None:
    assert judge(None, 60, 20) is UNKNOWN
