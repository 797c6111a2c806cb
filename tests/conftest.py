"""Settings for all tests: one compute thread per process, and a lock for tests that measure time."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

# Must be set before torch is imported. Arrays in tests are small, so a second thread would gain nothing.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Tests must not write to the user's own run store, nor must the processes that they start.
os.environ["BOLTZMANN_STORE"] = tempfile.mkdtemp(prefix="boltzmann-store-")

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.machine_lock import MachineLock
from tests.scheduling import SharedScheduling, processes

atexit.register(shutil.rmtree, os.environ["BOLTZMANN_STORE"], ignore_errors=True)

# Show values of failed assertions in helper modules too.
pytest.register_assert_rewrite(
    "tests.browser.player", "tests.core.command_line", "tests.dashboard.pages", "tests.services"
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move tests marked `clock` to the end, because a process is idle while it waits for the exclusive lock."""
    items.sort(key=lambda item: item.get_closest_marker("clock") is not None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Number of processes for `-n auto`."""
    return processes()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedScheduling:
    """Choose which process runs which test."""
    return SharedScheduling(config, log)


@pytest.fixture(scope="session")
def machine_lock(tmp_path_factory: pytest.TempPathFactory) -> MachineLock:
    """The lock shared by all processes of this test run."""
    folder = tmp_path_factory.getbasetemp()
    # With several processes, each has its own folder inside a common one.
    common = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    return MachineLock(Path(common))


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest, machine_lock: MachineLock) -> Iterator[None]:
    """Run a test marked `clock` while no other test runs."""
    with machine_lock.taken(alone=request.node.get_closest_marker("clock") is not None):
        yield
