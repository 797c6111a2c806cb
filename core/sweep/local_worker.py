"""Dask loads this module in the workers of a cluster that a sweep has started on this machine."""

from __future__ import annotations

import signal
from typing import Any

from core.jobs.worker import yield_to_others


def dask_setup(worker: Any) -> None:
    """Prepare a worker process."""
    # Ctrl+C in a terminal reaches all processes, but the sweep itself ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield_to_others()
