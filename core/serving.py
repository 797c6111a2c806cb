"""The engine in a process that serves pages."""

from __future__ import annotations

import importlib


def load() -> None:
    """Imports the engine, which takes seconds the first time, and keeps it to one compute thread.

    More threads wait for one another by spinning, and where workers and browsers keep the cores busy, that takes far more than it
    gives.
    """
    importlib.import_module("torch").set_num_threads(1)
    importlib.import_module("core.render")
