"""Fixtures for the tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard import cache


@pytest.fixture(autouse=True)
def stop_all_runs() -> Iterator[None]:
    """Stop all runs after each test; an idle worker may stay for the next."""
    yield
    cache.jobs().stop_all()
