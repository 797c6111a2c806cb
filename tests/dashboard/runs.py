"""Runs as a page sees them, for the tests of what it says about them."""

from __future__ import annotations

from typing import Any

from core.budget import Budget
from core.jobs.request import Request
from core.jobs.view import JobView
from dashboard.state import DEFAULT


def view(**state: Any) -> JobView:
    """A run of the default problem for ten seconds, in some state."""
    return JobView(Request(DEFAULT, budget=Budget(seconds=10.0)), **state)
