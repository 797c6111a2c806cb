"""The lock that makes tests that measure time run alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.machine_lock import MachineLock

pytest.importorskip("fcntl")
ROOT = Path(__file__).resolve().parents[1]


def enter(folder: Path, *, alone: bool) -> subprocess.Popen[str]:
    """Start a process that takes the lock, prints `in`, and releases the lock when its input closes."""
    code = (
        "import sys; from pathlib import Path; from tests.machine_lock import MachineLock\n"
        f"with MachineLock(Path({str(folder)!r})).taken(alone={alone}): print('in', flush=True); sys.stdin.read()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def is_free(folder: Path, *, alone: bool) -> bool:
    """Whether another process gets the lock while this one holds it."""
    process = enter(folder, alone=alone)
    try:
        process.communicate(timeout=1.5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    return True


def test_ordinary_tests_share_the_lock(tmp_path: Path) -> None:
    with MachineLock(tmp_path).taken(alone=False):
        assert is_free(tmp_path, alone=False)


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True)])
def test_exclusive_lock_excludes_all_others(first: bool, second: bool, tmp_path: Path) -> None:
    with MachineLock(tmp_path).taken(alone=first):
        assert not is_free(tmp_path, alone=second)


def test_waiting_for_the_exclusive_lock_blocks_later_tests(tmp_path: Path) -> None:
    with MachineLock(tmp_path).taken(alone=False):
        waiting = enter(tmp_path, alone=True)
        try:
            waiting.communicate(timeout=1.0)
        except subprocess.TimeoutExpired:
            assert not is_free(tmp_path, alone=False)
    out, _ = waiting.communicate(timeout=20)
    assert out == "in\n"
