"""The engine in a process that serves pages."""

from __future__ import annotations

import gc
import importlib
from functools import cache


@cache
def load() -> None:
    """Imports the engine, which takes seconds the first time, and keeps it to one compute thread.

    More threads wait for one another by spinning, and where workers and browsers keep the cores busy, that takes far more than it
    gives.
    """
    importlib.import_module("torch").set_num_threads(1)
    importlib.import_module("core.render")
    # Streamlit collects garbage after every run of a page, before the page's last messages are out. What the engine's import has
    # left is never garbage, and to look through it anew took 100 ms each time.
    gc.collect()
    gc.freeze()
