"""A shared/exclusive lock between processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no file locks; tests then run without a lock
    fcntl = None  # type: ignore[assignment]


class MachineLock:
    """A lock that ordinary tests share. A test that measures time holds it exclusively.

    Every test first takes a second lock, the gate, and holds it while waiting. A test that waits for the exclusive lock therefore blocks
    later ones, and is not starved.

    Args:
        folder: folder of the two lock files, common to all processes of a test run.
    """

    def __init__(self, folder: Path) -> None:
        self._gate, self._lock = folder / "gate.lock", folder / "clock.lock"

    @contextmanager
    def taken(self, *, alone: bool) -> Iterator[None]:
        """Wait for the lock, and hold it in the `with` block."""
        if fcntl is None:
            yield
            return
        with self._gate.open("a") as gate, self._lock.open("a") as lock:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            fcntl.flock(gate, fcntl.LOCK_UN)
            yield
