"""Verdicts on the paper's claims: each claim must be able to hold, to fail, and to stay undecided."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.paper import claims
from core.paper.exact import exact
from core.paper.figures import FIGURES, chosen
from core.paper.measured import Measured, rows
from core.paper.training import grid_of
from core.paper.verdict import Verdict
from core.problem import Problem, TargetSpec
from core.results.report import Metrics, Report

NAN = math.nan
LATE, FAST = {1.0: 0.0, 5.0: 0.7, 50.0: 0.9}, {1.0: 0.7, 5.0: 0.8, 50.0: 0.1}
LAW = {m: m**2 / 8 * math.exp(m) for m in (5.0, 15.0)}


@pytest.mark.parametrize(
    ("verdict", "seen"),
    [
        (lambda: claims.teleports({1.0: 0.2, 50.0: 1e-6}, {50.0: 0.5}), "yes"),
        (lambda: claims.teleports({1.0: 0.2, 50.0: 0.3}, {50.0: 0.5}), "no"),
        (lambda: claims.teleports({1.0: 0.2, 50.0: 1e-3}, {50.0: 1e-3}), "no"),  # the mass does not travel on the gradient flow either
        (lambda: claims.teleports({1.0: 0.2, 50.0: NAN}, {50.0: 0.5}), "undecided"),
        (lambda: claims.teleports({}, {}), "undecided"),
        (lambda: claims.arrives_late(LATE, FAST), "yes"),
        (lambda: claims.arrives_late({**LATE, 50.0: 0.3}, FAST), "no"),
        (lambda: claims.arrives_late(LATE, {**FAST, 50.0: 0.95}), "no"),
        (lambda: claims.arrives_late(LATE, {}), "undecided"),
        (lambda: claims.explodes(LAW, {5.0: 25.0, 15.0: 225.0}), "yes"),
        (lambda: claims.explodes({5.0: 25.0, 15.0: 225.0}, {5.0: 25.0, 15.0: 225.0}), "no"),
        (lambda: claims.explodes(LAW, LAW), "no"),  # the gradient flow explodes too
        (lambda: claims.explodes({**LAW, 15.0: math.inf}, {5.0: 25.0, 15.0: 225.0}), "undecided"),
        (lambda: claims.explodes({5.0: 1.0}, {5.0: 1.0}), "undecided"),
        (lambda: claims.cured_by_width({1.0: 396.0, 4.0: 1.8}), "yes"),
        (lambda: claims.cured_by_width({1.0: 396.0, 2.0: 1.8, 4.0: 2.0}), "no"),
        (lambda: claims.cured_by_width({1.0: NAN, 4.0: 1.8}), "undecided"),
    ],
)  # fmt: skip
def test_verdict_follows_from_the_numbers(verdict: Callable[[], Verdict], seen: str) -> None:
    assert verdict().seen == seen


def scored(mode_tv: float, covered: float) -> tuple[Problem, int, Report]:
    """A run of the gradient flow with enough steps."""
    nothing = Metrics(*[NAN] * 9)
    metrics = replace(nothing, mode_tv=mode_tv, modes_covered=covered)
    floors = replace(nothing, mode_tv=0.05, modes_covered=40.0)
    spreads = replace(nothing, mode_tv=0.001, modes_covered=0.0)
    report = Report(2000, 40, metrics, floors, (), weighted=True, floor_spreads=spreads)
    return Problem(TargetSpec.of("gmm40"), "gradient_flow"), 100, report


GOOD, BAD = scored(0.06, 40.0), scored(0.4, 30.0)
SHORT, FAILED = (GOOD[0], 3, GOOD[2]), (GOOD[0], 100, None)


@pytest.mark.parametrize(
    ("runs", "seen"),
    [
        ([GOOD, GOOD], "yes"),
        ([BAD], "no"),
        ([GOOD, BAD], "undecided"),
        ([SHORT], "undecided"),
        ([GOOD, FAILED], "undecided"),
        ([], "undecided"),
    ],
)
def test_training_decides_only_if_all_seeds_agree(
    runs: list[tuple[Problem, int, Report | None]], seen: str
) -> None:
    verdict = claims.solves(runs, 5.0)
    assert verdict.seen == seen
    assert "5 s" in verdict.sentence


def test_exact_numbers_of_the_laplace_pair_agree_with_known_values() -> None:
    near = exact(Problem(TargetSpec.of("laplace", mode_separation=5.0)))
    assert near.end_energy == pytest.approx(371.497668069, rel=1e-9)
    assert near.w2_squared < near.action < near.peak_energy
    assert 0 < near.in_gap < 0.1


def test_learned_curve_has_no_exact_energy() -> None:
    assert math.isnan(exact(Problem(TargetSpec.of("laplace", mode_separation=5.0), "learned")).action)


def test_figures_are_chosen_by_name_in_the_papers_order() -> None:
    assert [figure.name for figure in chosen(["figure5", "figure2"])] == ["figure2", "figure5"]
    assert chosen([]) == chosen(["all"]) == tuple(FIGURES.values())
    with pytest.raises(ValueError, match="no figure “figure7”"):
        chosen(["figure7"])


def test_grid_of_a_figure_has_each_problem_with_each_seed() -> None:
    figure = FIGURES["figure3"]
    tasks = grid_of(figure, 5.0, [0, 1]).tasks
    assert [task.problem for task in tasks if task.problem.seed == 0] == list(figure.problems)
    assert len(tasks) == 2 * len(figure.problems)


def test_table_marks_unknown_numbers() -> None:
    figure = FIGURES["figure5"]
    measured = Measured(figure, {}, {}, {}, [], 5.0, 0.0, Verdict("undecided", ""))
    table = rows(measured)
    assert [row["sigma"] for row in table] == [1.0, 2.0, 3.0, 4.0]
    assert {row["exact_action"] for row in table} == {row["mode_tv"] for row in table} == {None}
