"""How all tests share the machine: one compute thread for each process, and a lock for tests that measure time."""

from __future__ import annotations

import os

# Before anything imports torch. The arrays are small: a second thread would mostly wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.machine_lock import MachineLock
from tests.scheduling import SharedBrowserScheduling

# Helper modules assert as well, and their failures should show values too.
pytest.register_assert_rewrite(
    "tests.browser.player", "tests.core.command_line", "tests.dashboard.pages", "tests.services"
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedBrowserScheduling:
    """Chooses which process runs which test."""
    return SharedBrowserScheduling(config, log)


@pytest.fixture(scope="session")
def machine_lock(tmp_path_factory: pytest.TempPathFactory) -> MachineLock:
    """The lock that all processes of this test run share."""
    folder = tmp_path_factory.getbasetemp()
    # With several processes, each has a folder of its own in a common one.
    common = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    return MachineLock(Path(common))


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest, machine_lock: MachineLock) -> Iterator[None]:
    """A test marked `clock` runs while no other test does."""
    with machine_lock.taken(alone=request.node.get_closest_marker("clock") is not None):
        yield
