"""Where the run store is, and how large it may become."""

from __future__ import annotations

import os
from pathlib import Path

from core import checks
from core.store.database import BUSY_SECONDS
from core.store.store import Store

# Environment variables with the folder of the store and its size limit in gigabytes.
FOLDER, SIZE = "BOLTZMANN_STORE", "BOLTZMANN_STORE_GB"
DEFAULT_GIGABYTES = 5.0
_APPLICATION = "boltzmann-curve-lab"


def store_folder() -> Path:
    """The folder in `BOLTZMANN_STORE`, or the one for this program in the user's data folder."""
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


def open_store(folder: Path | str | None = None) -> Store:
    """Open the run store, or create it. Use the result in a `with` statement, or close it.

    Args:
        folder: the store's folder; by default `store_folder()`.

    Raises:
        StoreError: the store cannot be opened; the message is a sentence.
    """
    return Store(store_folder() if folder is None else Path(folder), most_bytes(), BUSY_SECONDS)
