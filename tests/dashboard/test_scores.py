from __future__ import annotations

import math
from dataclasses import fields

import pytest

from core.report import Metrics, Report
from dashboard.components.scores import FROM_WEIGHTS, ROWS, cell

GOOD = Metrics(0.9, 0.3, 1.0, 0.1, 0.02, 0.01, 2, 0.0, 0)


def report(metrics: Metrics, *, weighted: bool) -> Report:
    return Report(100, 2, metrics, GOOD, (0.5, 0.5), weighted)


def test_every_metric_has_a_row_in_its_order() -> None:
    assert list(ROWS) == [field.name for field in fields(Metrics)]


@pytest.mark.parametrize("name", ROWS)
def test_a_number_that_is_not_there_says_why(name: str) -> None:
    """Without importance weights what comes from them is not known; anything else that is NaN has gone wrong."""
    unweighted, weighted = (report(GOOD, weighted=known) for known in (False, True))
    assert cell(math.nan, name, weighted) == "NaN"
    assert cell(math.nan, name, unweighted) == ("not known" if name in FROM_WEIGHTS else "NaN")


def test_numbers_are_shown_as_what_they_count() -> None:
    shown = [cell(getattr(GOOD, name), name, report(GOOD, weighted=True)) for name in ROWS]
    assert shown == ["0.9", "0.3", "1", "0.1", "0.02", "0.01", "2 of 2", "0", "0"]
