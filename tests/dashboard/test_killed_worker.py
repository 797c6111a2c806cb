"""A worker that is killed in the middle of a step: within seconds, the page reports it and offers to resume."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core import store
from tests.browser.server import app_command, serving
from tests.visitor import Visitor, visit

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 2.0

pytestmark = [pytest.mark.clock, pytest.mark.thorough]


def test_killed_worker_is_reported_within_seconds(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    home = tmp_path / "home"
    home.mkdir()
    with serving(app_command(ROOT), ROOT, home, BOLTZMANN_STORE=str(folder)) as address:
        visit(_train_and_kill(address, folder))


async def _train_and_kill(address: str, folder: Path) -> None:
    visitor = Visitor()
    await visitor.open(address, "seconds=60&interpolation=linear&mode_separation=5")
    await visitor.press("train")
    steps = await _until(lambda: _saved_steps(folder))
    os.kill(_worker(folder), signal.SIGKILL)
    killed = time.monotonic()
    await _until(lambda: any("was killed (signal 9)" in text for text in visitor.texts))
    assert time.monotonic() - killed < MOST_SECONDS
    await _until(lambda: "resume" in visitor.labels)
    assert time.monotonic() - killed < MOST_SECONDS
    await visitor.press("resume")
    resumed = await _until(lambda: max(map(_step, visitor.texts), default=0))
    assert resumed >= steps
    await visitor.close()


async def _until(condition: Callable[[], int | bool]) -> int:
    """Wait until a condition returns a true value; returns this value."""
    deadline = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    return int(found)


def _step(text: str) -> int:
    found = re.search(r"step (\d+)", text)
    return int(found[1]) if found else 0


def _saved_steps(folder: Path) -> int:
    """Steps of the only run's newest checkpoint; 0 without one."""
    with store.open(folder) as opened:
        files = [file for run in opened.runs() for file in opened.files(run.id)]
    return max((file.steps or 0 for file in files), default=0)


def _worker(folder: Path) -> int:
    """Process id of the worker of the server that uses this run store."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_worker = b"core.jobs.worker" in (process / "cmdline").read_bytes()
            if is_worker and str(folder).encode() in (process / "environ").read_bytes():
                return int(process.name)
        except OSError:  # the process has just ended
            continue
    raise AssertionError("there is no worker")
