"""A server that many people visit: a visit leaves no memory, open file or thread behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.jobs.watchdog import resident_memory
from tests.browser.server import app_command, process_of, serving
from tests.services import until
from tests.visitor import Visitor, visit

ROOT = Path(__file__).resolve().parents[2]
# Largest growth of the server's resident memory in bytes.
MOST_GROWTH = 30e6
# Streamlit keeps this many sessions for a while after their pages were closed.
KEPT_SESSIONS = 128


@dataclass(frozen=True)
class Holdings:
    """What a process holds: bytes of memory, open files, and threads."""

    memory: float
    files: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> Holdings:
        process = Path(f"/proc/{pid}")
        return cls(
            resident_memory(pid),
            len(list((process / "fd").iterdir())),
            len(list((process / "task").iterdir())),
        )


@pytest.mark.long
def test_500_visits_leave_nothing_behind(tmp_path: Path) -> None:
    check_visits(500, tmp_path)


def check_visits(number: int, folder: Path) -> None:
    """Check that the server's memory, open files and threads do not grow. Ten visitors come at a time; one moves a slider."""
    home = folder / "home"
    home.mkdir()
    with serving(app_command(ROOT), ROOT, home, BOLTZMANN_STORE=str(folder / "runs")) as address:
        pid = process_of(address)
        visit(_visit(address, KEPT_SESSIONS + 2))
        before = _at_rest(pid)
        visit(_visit(address, number))
        after = _at_rest(pid, before)
    assert after.memory - before.memory < MOST_GROWTH
    assert after.files <= before.files
    assert after.threads <= before.threads


async def _visit(address: str, number: int) -> None:
    for start in range(0, number, 10):
        visitors = [Visitor() for _ in range(10)]
        await asyncio.gather(*(visitor.open(address, "interpolation=linear") for visitor in visitors))
        # All visits use the same settings, so that the caches do not grow.
        await visitors[0].slide("shifted_pair_mode_separation", 2.5)
        for visitor in visitors:
            assert not visitor.errors, start
            await visitor.close()


def _at_rest(pid: int, before: Holdings | None = None) -> Holdings:
    """What the server holds once the threads of the visits have ended."""
    seen = [Holdings.of(pid)]

    def is_back() -> bool:
        seen.append(Holdings.of(pid))
        if before is None:
            return len(seen) > 100 and seen[-1].threads <= seen[-50].threads
        return seen[-1].threads <= before.threads and seen[-1].files <= before.files

    until(is_back, 30)
    return seen[-1]
