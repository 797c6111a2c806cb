"""The engine in a process that serves pages."""

from __future__ import annotations

import importlib


def load() -> None:
    """Imports the engine, which takes seconds the first time, and keeps it to one compute thread.

    More threads wait for one another by spinning, and take from the browsers and workers of the same machine more than they give:
    an exact picture of a curve on the line took 200 ms on two of two busy cores, and 20 ms on one.
    """
    importlib.import_module("torch").set_num_threads(1)
    importlib.import_module("core.render")
