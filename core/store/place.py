"""The folder of the run store and its size limit."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from core import checks
from core.store.database import BUSY_SECONDS
from core.store.errors import StoreError
from core.store.store import Store

# Environment variables with the folder of the store and its size limit in gigabytes.
FOLDER, SIZE = "BOLTZMANN_STORE", "BOLTZMANN_STORE_GB"
DEFAULT_GIGABYTES = 5.0
_APPLICATION = "boltzmann-curve-lab"


def store_folder() -> Path:
    """The folder named by `BOLTZMANN_STORE`; by default a folder for this program in the user's data folder."""
    if given := os.environ.get(FOLDER):
        return Path(given).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir(_APPLICATION, appauthor=False)) / "store"


def most_bytes() -> int:
    """The size limit of the store in bytes, from `BOLTZMANN_STORE_GB` or the default.

    Raises:
        ValueError: the environment variable is not a positive number.
    """
    text = os.environ.get(SIZE, "")
    try:
        gigabytes = checks.number(SIZE, float(text), 1e-3, 1e6) if text else DEFAULT_GIGABYTES
    except ValueError:
        raise ValueError(f"The environment's {SIZE} must be a positive number; got {text!r}.") from None
    return int(gigabytes * 1e9)


# Seconds after a failure until a long-running process tries to open the store again.
RETRY_SECONDS = 5.0


class OpenStore:
    """The run store for a long-running process, opened when it is first needed. All methods are thread-safe.

    Args:
        busy_seconds: how long to wait for another process to finish writing.
    """

    def __init__(self, busy_seconds: float = BUSY_SECONDS) -> None:
        self._busy_seconds = busy_seconds
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._store: Store | None = None
        self._error = ""
        self._failed_at = -RETRY_SECONDS

    def __call__(self) -> Store:
        """Return the store in the folder that the environment selects.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._lock:
            folder = store_folder()
            if folder != self._folder:
                self._folder, self._store, self._error = folder, None, ""
            if self._store is None:
                self._store = self._opened(folder)
            return self._store

    def _opened(self, folder: Path) -> Store:
        if self._error and time.monotonic() - self._failed_at < RETRY_SECONDS:
            raise StoreError(self._error)
        try:
            return Store(folder, most_bytes(), self._busy_seconds)
        except ValueError as error:  # from the store, or from the size limit in the environment
            self._error, self._failed_at = str(error), time.monotonic()
            raise StoreError(self._error) from error


def open_store(folder: Path | str | None = None) -> Store:
    """Open the run store, or create it. Use the result in a `with` statement, or close it.

    Args:
        folder: the store's folder; by default `store_folder()`.

    Raises:
        StoreError: the store cannot be opened; the message is a sentence.
    """
    return Store(store_folder() if folder is None else Path(folder), most_bytes(), BUSY_SECONDS)
