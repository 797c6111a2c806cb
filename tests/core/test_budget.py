"""Budgets of a run in seconds or steps, and the stopwatch that measures the seconds."""

from __future__ import annotations

import time
from typing import Any

import pytest

from core.budget import Budget, Stopwatch


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({}, ("`seconds`", "`steps`")),
        ({"seconds": 1.0, "steps": 1}, ("`seconds`", "`steps`", "not both")),
        ({"seconds": 0.0}, ("`seconds`", "0.1", "3600", "got 0")),
        ({"seconds": float("nan")}, ("`seconds`", "nan")),
        ({"steps": 0}, ("`steps`", "1", "got 0")),
        ({"steps": 1.5}, ("`steps`", "whole", "1.5")),
    ],
    ids=str,
)
@pytest.mark.mistyped
def test_invalid_budget_is_refused(values: dict[str, Any], parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is read below)
        Budget(**values)
    assert all(part in str(caught.value) for part in parts)


def test_progress_uses_the_unit_of_the_budget() -> None:
    assert Budget(steps=10).progress(seconds=1e9, steps=5) == 0.5
    assert Budget(seconds=10.0).progress(seconds=2.5, steps=10**9) == 0.25
    assert Budget(steps=10).progress(0.0, 11) == Budget(seconds=1.0).progress(2.0, 0) == 1.0


def test_paused_stopwatch_does_not_count() -> None:
    watch = Stopwatch()
    watch.pause()
    before = watch.total
    time.sleep(0.05)
    watch.start()
    assert 0 <= watch.read() - before < 0.04
