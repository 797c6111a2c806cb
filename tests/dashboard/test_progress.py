"""The progress of a run in one line, with sensible digits."""

from __future__ import annotations

from typing import Any

import pytest

from core.results.outcome import Outcome
from dashboard.runs import outcome
from dashboard.runs.progress import brief, counted, effort, progress_text, rate
from tests.dashboard.runs import view


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (512, "512"),
        (1024, "1024"),
        (9_999, "9999"),
        (49_600, "50 thousand"),
        (999_700, "1.0 million"),
        (1_234_567, "1.2 million"),
        (123_456_789, "120 million"),
        (3.2e9, "3.2 billion"),
    ],
)
def test_counts_have_sensible_digits(number: float, text: str) -> None:
    assert counted(number) == text


@pytest.mark.parametrize(
    ("steps", "seconds", "text"),
    [
        (98, 10.0, "9.8 steps/s"),
        (1234, 10.0, "120 steps/s"),
        (1, 4.0, "0.2 steps/s"),
        (0, 0.0, ""),
        (3, 0.0, ""),
    ],
)
def test_rates_have_sensible_digits(steps: int, seconds: float, text: str) -> None:
    assert rate(steps, seconds) == text


def test_progress_of_training_shows_step_rate_and_cost() -> None:
    facts = {"loss": 0.0123, "energy_calls": 1_240_000}
    run = view(status="training", step=120, seconds=4.0, progress=0.4, facts=facts)
    assert progress_text(run) == "step 120 · loss 0.012 · 4.0 s · 30 steps/s · 6 s to go"
    assert effort(run) == "1.2 million energy calls, 30 steps/s"


def test_chains_count_no_energy_calls() -> None:
    run = view(status="training", step=50, seconds=5.0, facts={"acceptance": 0.57})
    assert progress_text(run) == "step 50 · accepted 57% · 5.0 s · 10 steps/s · 5 s to go"
    assert effort(run) == "10 steps/s"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"position": 2, "wait_seconds": 17.2}, "Waiting: 2nd in line, about 20 s"),
        ({"position": 12, "wait_seconds": 200.0}, "Waiting: 12th in line, about 3 min"),
        ({"position": 23, "wait_seconds": 91.0}, "Waiting: 23rd in line, about 2 min"),
        ({"position": 1, "wait_seconds": 0.0}, "Waiting: next in line, about 5 s"),
        ({"position": 1}, "Waiting: next in line"),
        ({"status": "starting"}, "Starting the engine …"),
        (
            {"status": "training", "facts": {"loss": float("nan"), "energy_calls": 0}},
            "step 0 · 0.0 s · 10 s to go",
        ),
        (
            {"status": "measuring", "step": 9, "seconds": 3.0},
            "Measuring the samples · step 9 · loss NaN · 3.0 s · 3.0 steps/s",
        ),
    ],
)
def test_every_stage_has_its_text(state: dict[str, Any], text: str) -> None:
    assert progress_text(view(**state)) == text


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"position": 3, "wait_seconds": 44.0}, "3rd in line, about 45 s"),
        ({"status": "starting"}, "starting …"),
        ({"status": "training", "step": 3, "seconds": 4.2}, "step 3 · 6 s to go"),
        ({"status": "measuring", "step": 9, "seconds": 10.0}, "measuring …"),
        ({"status": "finished", "step": 9, "seconds": 10.0}, "step 9"),
    ],
)
def test_brief_text_of_every_stage(state: dict[str, Any], text: str) -> None:
    assert brief(view(**state)) == text


def test_badge_of_a_short_run_names_its_steps_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    short = Outcome("too_short", "too short: 3 steps", "Too few steps to learn from.")
    monkeypatch.setattr(outcome, "of_view", lambda of: short)
    monkeypatch.setattr(outcome.st, "badge", lambda text, **look: shown.append(text))
    outcome.badge(view(status="finished", step=3), "Linear", "step 3")
    assert shown == ["Linear · too short: 3 steps"]
