"""States of runs, for the tests of their texts."""

from __future__ import annotations

from typing import Any

from core.budget import Budget
from core.jobs.request import Request
from core.jobs.view import JobView
from dashboard.state import DEFAULT


def view(**state: Any) -> JobView:
    """A ten-second run of the default problem in a given state."""
    return JobView(Request(DEFAULT, budget=Budget(seconds=10.0)), **state)
