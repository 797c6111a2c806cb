"""Locks that show which runs are being written. The system releases the locks of a process when it ends, even after a crash."""

from __future__ import annotations

import time
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows has no such locks, so every lock seems to be free
    fcntl = None  # type: ignore[assignment]

# To check whether a lock is free, a process takes it for an instant. A writer therefore tries more than once.
_TRIES, _PAUSE_SECONDS = 20, 0.02


class WriterLock:
    """The right to write one run. Only one `WriterLock` can hold it at a time, even within one process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free; returns whether it was.

        Raises:
            OSError: the lock's file cannot be made.
        """
        self._path.parent.mkdir(exist_ok=True)
        file = self._path.open("ab")
        for _ in range(_TRIES):
            if _locked(file, shared=False):
                self._file = file
                return True
            time.sleep(_PAUSE_SECONDS)
        file.close()
        return False

    def release(self) -> None:
        """Release the lock; does nothing if it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def is_held(path: Path) -> bool:
    """Whether some process holds this lock."""
    try:
        with path.open("rb") as file:
            return not _locked(file, shared=True)
    except OSError:  # no file yet, so nobody has ever held the lock
        return False


def _locked(file: IO[bytes], *, shared: bool) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
