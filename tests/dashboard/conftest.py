"""Fixtures of the pages' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard import cache


@pytest.fixture(autouse=True)
def no_run_goes_on() -> Iterator[None]:
    """The next test finds no run; a worker may wait for it."""
    yield
    cache.jobs().stop_all()
