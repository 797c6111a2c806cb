"""Charts of a run over its seconds show its points, with sensible axes for any values."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from core.jobs.request import Request
from core.jobs.view import EssPoint
from dashboard.figures.course import MARGIN, NO_VALUES, course
from dashboard.figures.palette import DARK, LIGHT, METHOD_COLOURS
from dashboard.results.training import ess_title, spent
from dashboard.state import DEFAULT
from tests.dashboard.runs import view

BLUE = METHOD_COLOURS["learned"]
NAN, INFINITE = math.nan, math.inf


def drawn(points: list[tuple[float, float]], **more: Any) -> dict[str, Any]:
    return course(points, "loss", BLUE, LIGHT, **more).to_dict()


def test_chart_has_points_axes_and_title() -> None:
    points = [(0.25, 2.0), (0.5, 0.5), (0.75, 0.1)]
    chart = course(points, "loss", BLUE, DARK, title="Loss", log=True, seconds=10.0)
    assert list(chart.data.itertuples(index=False, name=None)) == points
    spec = chart.to_dict()
    assert (spec["title"]["text"], spec["title"]["color"]) == ("Loss", DARK.ink)
    x, y = spec["encoding"]["x"], spec["encoding"]["y"]
    assert (x["title"], x["scale"]["domain"]) == ("seconds of compute time", [0, 10.0])
    assert (y["title"], y["scale"]["type"]) == ("loss", "log")
    assert y["scale"]["domain"] == pytest.approx([0.1 / MARGIN, 2.0 * MARGIN])


def test_points_are_described_with_few_digits() -> None:
    spec = drawn([(0.744584923999, 0.0769309388437)])
    assert spec["encoding"]["description"]["field"] == spec["transform"][0]["as"] == "description"
    assert "format(datum.value, '.3g')" in spec["transform"][0]["calculate"]


def test_fraction_has_an_axis_from_zero_to_one() -> None:
    assert drawn([(1.0, 0.4)])["encoding"]["y"]["scale"] == {"domain": [0, 1]}


def test_values_outside_the_axis_leave_a_gap() -> None:
    points = [(0.0, NAN), (1.0, 0.5), (2.0, 0.0), (3.0, INFINITE), (4.0, -1.0)]
    chart = course(points, "loss", BLUE, LIGHT, log=True)
    assert chart.data["value"].isna().tolist() == [True, False, True, True, True]
    fractions = course(points, "ESS", BLUE, LIGHT)
    assert fractions.data["value"].isna().tolist() == [True, False, False, True, False]


@pytest.mark.parametrize("points", [[], [(0.0, NAN)], [(0.0, NAN), (1.0, 0.0)]], ids=["none", "NaN", "zero"])
def test_chart_without_values_has_axes(points: list[tuple[float, float]]) -> None:
    encoding = drawn(points, log=True)["encoding"]
    assert encoding["y"]["scale"]["domain"] == NO_VALUES
    assert encoding["x"]["scale"]["domain"][1] > 0


def test_single_value_has_a_margin_around_it() -> None:
    low, high = drawn([(0.5, 3.0)], log=True)["encoding"]["y"]["scale"]["domain"]
    assert low < 3.0 < high


def test_title_names_the_number_of_samples() -> None:
    points = (EssPoint(1.0, 0.2, 500), EssPoint(2.0, 0.4, 500), EssPoint(3.0, 0.5, 2000))
    assert ess_title(()) == ess_title((EssPoint(1.0, NAN, 500),)) == "ESS: unknown so far"
    assert ess_title(points[:2]) == "ESS, as a fraction of 500 samples"
    assert ess_title(points) == "ESS, as a fraction of 500 samples (2000 at the end)"


def test_caption_names_the_cost() -> None:
    run = view(step=40, seconds=4.0, facts={"loss": 0.1, "energy_calls": 20_480})
    assert (
        spent(run)
        == "Each point is the mean loss over a quarter of a second. Cost: 20 thousand energy calls, 10 steps/s."
    )
    begun = view(facts={"loss": 0.1, "start": "the linear curve with zero velocity"})
    assert "Training started from the linear curve with zero velocity." in spent(begun)
    chains = replace(view(step=40, seconds=4.0), request=Request(DEFAULT, "mala"))
    assert spent(chains) == "Cost: 10 steps/s."
    cloud = replace(view(facts={"energy_calls": 20_480}), request=Request(DEFAULT, "smc"))
    assert spent(cloud) == "Cost: 20 thousand energy calls."
