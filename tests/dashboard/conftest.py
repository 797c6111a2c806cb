"""Fixtures of the pages' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard import cache


@pytest.fixture(autouse=True)
def no_workers_left() -> Iterator[None]:
    yield
    cache.jobs().close()
    cache.jobs.clear()
