"""Pins: names and the comparison table."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace

import numpy as np
import pytest

from core.budget import Budget
from core.jobs.request import Request
from core.pictures.frames import Frames
from core.presets import FIRST, learned
from core.problem import Problem, SamplingSettings, TargetSpec, TrainingSettings
from core.results.report import Metrics, Report
from dashboard.pins.comparison_table import as_csv, table, title
from dashboard.pins.pin import EARLIER, Pin, request_of, token_of
from dashboard.pins.pins import pin_of_stored

REQUESTS = [
    Request(FIRST),
    Request(FIRST, "mala", Budget(seconds=3.5)),
    Request(Problem(TargetSpec.of("ring", num_modes=5, weights=(1, 2, 3, 4, 5)), "learned", 2.5, seed=9)),
    Request(Problem(TargetSpec.of("mixture", means=((0, 1), (2, 3))), "gradient_flow", beta_max=30.0)),
    Request(replace(FIRST, training=TrainingSettings(width=8), sampling=SamplingSettings(num_steps=50))),
]


def pin(token: str = "a", size: int = 3, **changes: float) -> Pin:
    axis, none = np.linspace(-1, 1, size), np.empty((2, 0, 1))
    density, known = np.ones((2, size)), np.ones(2)
    frames = Frames("learned", known, (axis,), density, density[..., None], none, known, known, none[0])
    score = Metrics(**{**dict.fromkeys(Metrics.__dataclass_fields__, 0.5), "modes_covered": 1, "num_failed": 0, **changes})  # type: ignore[arg-type]  # fmt: skip
    report = Report(2000, 2, score, score, (0.5, 0.5), True)
    return Pin(Request(FIRST), token, "learned", 7, 1.5, 4000, frames, None, report, ((0.5, 0.2), (1.5, 0.5)))


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: r.problem.target.name)
def test_pin_name_holds_its_request(request_: Request) -> None:
    name = replace(pin(), request=request_).name
    assert request_of(name) == request_
    assert "," not in name


@pytest.mark.parametrize("name", ["", "x", "a.b.c", "abc.e30", "abc.WzFd", "abc.!!!"])
def test_invalid_pin_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a pinned result"):
        request_of(name)


@pytest.mark.parametrize("seconds", ["1" + "0" * 400, "NaN", "null", "true", '"10"', "-1"])
def test_pin_names_with_invalid_seconds_are_refused(seconds: str) -> None:
    text = f'{{"problem": {FIRST.to_json()}, "method": "train", "seconds": {seconds}}}'
    with pytest.raises(ValueError, match="not the name of a pinned result"):
        request_of(f"abc.{urlsafe_b64encode(text.encode()).decode()}")


def test_results_of_different_runs_have_different_names() -> None:
    assert pin("a").name != pin("b").name
    assert token_of(pin("a").name) == "a"


def test_saved_run_is_pinned_with_its_record() -> None:
    stored = learned(FIRST)
    assert stored is not None
    kept = pin_of_stored(stored)
    assert kept.token == EARLIER
    assert (kept.step, kept.badge) == (stored.step, stored.badge)
    assert kept.ess[-1] == (stored.ess[-1][0], stored.ess[-1][1])
    assert kept.exact is not None


def test_table_shows_metrics_with_floors_and_costs() -> None:
    shown = table([pin(), pin("b", ess_fraction=float("nan"))])
    first, second = shown.columns
    assert first.startswith("1 · Linear")
    assert shown[first]["Effective samples (ESS)"] == "0.5 (0.5)"
    assert shown[second]["Effective samples (ESS)"] == "unknown (unknown)"
    assert shown[first]["Seconds"] == "1.5"
    assert shown[first]["Energy calls"] == "4000"
    assert shown[first]["Seed"] == "0"
    assert shown[first]["Modes covered"] == "1 of 2 (1 of 2)"


def test_csv_has_all_digits_and_marks_unknown_values() -> None:
    import csv
    import io

    text = as_csv([pin(ess_fraction=1 / 3), pin("b", log_z=float("nan"))])
    first, second = csv.DictReader(io.StringIO(text))
    assert float(first["ess_fraction"]) == 1 / 3
    assert second["log_z"] == "nan"
    assert first["seconds"] == "1.5"
    assert Problem.from_json(first["problem"]) == FIRST
    assert "ess_fraction_floor" in first


def test_titles_distinguish_pins() -> None:
    other = replace(pin(), request=Request(replace(FIRST, sigma=3.0)))
    assert title(pin().request) == "Linear, σ = 1, m = 4"
    assert title(other.request) == "Linear, σ = 3, m = 4"
