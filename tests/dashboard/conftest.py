"""Fixtures for the tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from streamlit import config

from core.jobs import processes
from core.jobs.request import Request
from core.pictures.frames import Frames
from core.problem import Problem
from dashboard import cache, state
from tests.services import until, working
from tests.workers import COARSE, start

# As in the app's settings file, which tests do not read. Turning these options off saves a fifth of a page's run.
for option in ("browser.gatherUsageStats", "runner.magicEnabled"):
    config.set_option(option, False)


@pytest.fixture(scope="session", autouse=True)
def no_thread_at_the_end() -> Iterator[None]:
    """Wait for background computations. A thread that is inside PyTorch when the process exits would abort it."""
    yield
    assert until(lambda: not cache.background()._running)


@pytest.fixture(autouse=True)
def own_run_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty run store for each test, since pages show earlier runs of equal problems."""
    monkeypatch.setenv("BOLTZMANN_STORE", str(tmp_path / "run-store"))


@pytest.fixture(autouse=True)
def stop_all_runs() -> Iterator[None]:
    """Stop all runs after each test, and wait until its own store has recorded how they ended. An idle worker may stay for the next test."""
    service = cache.jobs()
    yield
    service.stop_all()
    recorder = service._dispatcher.recorder
    assert recorder is not None
    assert until(lambda: not working(service))
    if not until(lambda: not recorder._tracked, 5.0):  # the store of this test cannot be written
        recorder._tracked.clear()
    recorder.error = ""


@pytest.fixture(autouse=True)
def brief_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Score runs with few samples and end them with a coarse picture. At full size, both would take longer than the training."""
    monkeypatch.setattr(state, "Request", partial(Request, num_samples=100))
    monkeypatch.setattr(processes, "start", partial(start, code=COARSE))


@pytest.fixture
def unsolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show exact densities at t = 0 and t = 1 only. This saves seconds in tests about something else."""

    def ends(problem: Problem, t: float, hurried: bool = False) -> tuple[Frames | None, bool]:
        return cache.end_frames(problem), True

    monkeypatch.setattr(cache, "exact_frames", ends)
