"""Load the engine (PyTorch and the exact solvers in `core`) in the process that serves the pages."""

from __future__ import annotations

import gc
import importlib
from functools import cache


def is_loaded() -> bool:
    """Whether the engine is already imported."""
    return load.cache_info().currsize > 0


@cache
def load() -> None:
    """Import the engine, which takes seconds the first time, and limit it to one compute thread.

    Several compute threads would wait for each other in busy loops. While workers and browsers use the cores, that would not pay off.
    """
    importlib.import_module("torch").set_num_threads(1)
    importlib.import_module("core.pictures.render")
    # Streamlit collects garbage after every rerun, before the last messages of the page are sent. The objects that the engine's import
    # creates never become garbage, so they are excluded; scanning them took 100 ms each time.
    gc.collect()
    gc.freeze()
