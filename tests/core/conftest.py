"""Fixtures of the engine's tests. All random numbers come from seeded generators, never from the global one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import torch

from core.jobs import processes
from core.jobs.service import JobService
from tests.services import until, working
from tests.workers import COARSE, start


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(20_241_003)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., JobService]]:
    """A function that creates job services; all of them are closed after the test. To save time, runs end with a coarse picture."""
    monkeypatch.setattr(processes, "start", partial(start, code=COARSE))
    made: list[JobService] = []

    def make(**settings: Any) -> JobService:
        # A job ends when nobody looks at it for the lease time. A long lease prevents this on a slow machine.
        made.append(JobService(**{"lease_seconds": 120.0, **settings}))
        return made[-1]

    yield make
    for service in made:
        service.stop_all()
        service.close()
        assert until(lambda s=service: not working(s))  # type: ignore[misc]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that replaces the worker process by a script."""

    def become(code: str) -> None:
        monkeypatch.setattr(processes, "start", partial(start, code=code))

    return become
