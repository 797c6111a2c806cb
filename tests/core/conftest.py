"""Fixtures of the engine's tests. What is random is drawn from seeded generators; nothing touches the global one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import torch

from core.jobs import processes
from core.jobs.service import JobService
from tests.services import until, working
from tests.workers import start


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(20_241_003)


@pytest.fixture
def serve() -> Iterator[Callable[..., JobService]]:
    """Makes services, and waits for their workers to be gone at the end."""
    made: list[JobService] = []

    def make(**settings: Any) -> JobService:
        # Where a machine is slow, a job that a test does not look at for a while shall live on.
        made.append(JobService(**{"lease_seconds": 120.0, **settings}))
        return made[-1]

    yield make
    for service in made:
        service.stop_all()
        service.close()
        assert until(lambda s=service: not working(s))  # type: ignore[misc]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replaces the worker by a script."""

    def become(code: str) -> None:
        monkeypatch.setattr(processes, "start", partial(start, code=code))

    return become
