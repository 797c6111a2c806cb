"""A lock between processes that many may share, or one may hold alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no such locks; there the tests simply run.
    fcntl = None  # type: ignore[assignment]


class MachineLock:
    """Shared by ordinary tests, held alone by tests that measure time.

    Whoever wants the lock passes a gate first and holds it while waiting. So a test that waits to be alone keeps
    later ones from sharing the lock, and is not overtaken for ever.

    Args:
        folder: of the two lock files, which all processes of a test run use.
    """

    def __init__(self, folder: Path) -> None:
        self._gate, self._lock = folder / "gate.lock", folder / "clock.lock"

    @contextmanager
    def taken(self, *, alone: bool) -> Iterator[None]:
        """Waits for the lock and holds it."""
        if fcntl is None:
            yield
            return
        with self._gate.open("a") as gate, self._lock.open("a") as lock:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            fcntl.flock(gate, fcntl.LOCK_UN)
            yield
