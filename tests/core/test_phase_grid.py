"""Grids and maps of the Studies page."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import pytest

from core import sweep
from core.results.report import Report
from core.sweep.as_csv import to_csv
from core.sweep.cells import averaged, axes_of, cells, is_too_short
from core.sweep.phase_grid import MOST_RUNS, SCORING_SECONDS, estimate, phase_grid, targets_for, values_of
from core.sweep.rows import Row
from tests.core.stores import REPORT

AXES = {"sigma": (1.0, 4.0), "separation": (3.0, 8.0)}
NAMES = ("sigma", "target.mode_separation")


def score(ess: float) -> Report:
    return replace(REPORT, metrics=replace(REPORT.metrics, ess_fraction=ess))


def rows() -> list[Row]:
    """A study with two seeds; only σ = 1 has results, and one of them has an unknown ESS."""
    tasks = phase_grid("shifted_pair", AXES, ("linear",), (0, 1), 2.0).tasks
    scores = {(3, 0): 0.2, (3, 1): 0.6, (8, 0): 0.5, (8, 1): math.nan}
    found = []
    for task in tasks:
        values = task.parameters
        if values["sigma"] == 1:
            report = score(scores[values["target.mode_separation"], task.problem.seed])
            found.append(Row(task, "abc", "finished", 2.0, 100, report=report, action=5.0))
        else:
            found.append(Row(task))
    return found


def test_grid_has_every_curve_at_every_point() -> None:
    grid = phase_grid("shifted_pair", AXES, seeds=(0, 1), seconds=2.0)
    assert len(grid.tasks) == 3 * 2 * 2 * 2
    assert {task.problem.interpolation for task in grid.tasks} == {"linear", "learned", "gradient_flow"}
    assert estimate(grid) == 24 * (2.0 + SCORING_SECONDS)
    assert estimate(grid, 0) == 0


def test_dimension_is_an_axis_of_targets_that_have_one() -> None:
    assert "shifted_pair" in targets_for(["dim", "separation"])
    assert "ring" not in targets_for(["dim", "separation"])
    grid = phase_grid("two_modes", {"dim": (2.0, 3.0), "separation": (4.0,)}, ("linear",))
    assert [task.problem.target.dim for task in grid.tasks] == [2, 3]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("1, a", "must be numbers"), ("", "takes 1 to"), ("1, 1", "occurs twice"), (",".join("0123456789abc"), "must be")],
)  # fmt: skip
def test_unreadable_values_are_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        values_of("sigma", text)


def test_values_are_sorted() -> None:
    assert values_of("sigma", " 4;1, 2.5") == (1.0, 2.5, 4.0)


def test_studies_that_are_too_large_for_a_server_are_refused() -> None:
    many = tuple(float(k) for k in range(1, 13))
    with pytest.raises(ValueError, match=f"at most {MOST_RUNS} runs"):
        phase_grid("ring", {"sigma": many, "separation": many})
    with pytest.raises(ValueError, match="at most 2 hours"):
        phase_grid("ring", {"sigma": many, "separation": many}, ("linear",), seconds=60.0)
    with pytest.raises(ValueError, match="at least one curve"):
        phase_grid("ring", AXES, ())
    with pytest.raises(ValueError, match="sigma"):
        phase_grid("ring", {**AXES, "sigma": (0.0,)})


def test_cell_is_the_mean_over_known_seeds_and_unknown_without_any() -> None:
    found = {(cell.x, cell.y): cell for cell in cells(rows(), "linear", NAMES, "ess_fraction")}
    assert found[1.0, 3.0].value == pytest.approx(0.4)
    assert found[1.0, 8.0].value == 0.5
    assert math.isnan(found[4.0, 3.0].value)
    assert found[1.0, 3.0].floor == REPORT.floors.ess_fraction
    assert [row.seed for row in found[4.0, 3.0].rows] == [0, 1]
    assert cells(rows(), "learned", NAMES, "ess_fraction") == []


def test_maps_have_the_mode_separation_on_the_vertical_axis() -> None:
    assert axes_of(rows()) == NAMES
    assert axes_of([]) is None


def test_parameters_that_vary_within_a_cell_are_named() -> None:
    assert averaged(rows(), NAMES) == []
    axes = {
        "sigma": [1, 2],
        "target.mode_separation": [3, 4],
        "training.width": [8, 16],
        "center": ["origin"],
    }
    grid = sweep.parse({"base": {"target": {"name": "ring"}}, "grid": axes, "budget": {"seconds": 1}})
    found = [Row(task) for task in grid.tasks]
    assert averaged(found, NAMES) == ["training.width"]
    assert len(cells(found, "linear", NAMES, "ess_fraction")[0].rows) == 2


def test_short_runs_are_marked() -> None:
    row = rows()[0]
    assert not is_too_short(row)
    assert is_too_short(replace(row, steps=3))
    assert not is_too_short(replace(row, steps=3, status="converged"))
    assert not is_too_short(rows()[-1])


def test_csv_leaves_unknown_numbers_empty() -> None:
    lines = list(csv.DictReader(io.StringIO(to_csv(rows()))))
    assert (lines[0]["sigma"], lines[0]["ess_fraction"], lines[0]["action"]) == ("1", "0.2", "5.0")
    assert {line["ess_fraction"] for line in lines if line["sigma"] == "4"} == {""}
    assert lines[0]["best_ess_fraction"] == str(REPORT.floors.ess_fraction)
