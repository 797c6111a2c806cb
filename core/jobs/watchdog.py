"""Time and memory limits of a worker, and the measurement of its memory."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.jobs import failures, processes
from core.jobs.request import Request
from core.machine import usable_memory

# Environment variable with the memory limit of one worker, in gigabytes.
VARIABLE = "BOLTZMANN_MEMORY_GB"
LEAST_MEMORY = 1e9
# While a run trains, pictures take up to a quarter of the total time, on top of its budget.
WITH_PICTURES = 4 / 3
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def default_memory() -> float:
    """Default memory limit of one worker in bytes: half of the usable memory, split among all workers, but at least 1 GB."""
    return max(usable_memory() / 2 / processes.MOST_RUNNING, LEAST_MEMORY)


@dataclass(frozen=True)
class Allowance:
    """Limits of a worker for the runs of one press.

    Attributes:
        memory: largest resident memory in bytes, enforced on Linux only; infinite for no limit. Mapped memory does not count, because
            importing torch alone maps 0.65 GB and the driver of an accelerator far more.
        start_seconds: time to import the engine and set up training.
        scoring_seconds: time per run to score its samples and render its last picture.
    """

    memory: float = field(default_factory=default_memory)
    start_seconds: float = 60.0
    scoring_seconds: float = 60.0

    @classmethod
    def from_environment(cls) -> Allowance:
        """The defaults, with the memory limit from the environment variable VARIABLE if it is set."""
        text = os.environ.get(VARIABLE)
        if text is None:
            return cls()
        try:
            gigabytes = float(text)
        except ValueError:
            gigabytes = math.nan
        if not gigabytes > 0:
            message = "%s must be a positive number of gigabytes; got %r. The default is used."
            logging.getLogger(__name__).warning(message, VARIABLE, text)
            return cls()
        return cls(memory=gigabytes * 1e9)

    def seconds(self, requests: Sequence[Request]) -> float:
        """Seconds a worker may take for these requests."""
        training = sum(request.budget.seconds or 0.0 for request in requests)
        return self.start_seconds + WITH_PICTURES * training + self.scoring_seconds * len(requests)

    def verdict(self, requests: Sequence[Request], seconds: float, memory: float) -> str:
        """Why a worker must be killed, in one sentence; empty while it is within its limits.

        Args:
            requests: the requests it is computing.
            seconds: time since it started on them.
            memory: resident memory in bytes; NaN if unknown.
        """
        if memory > self.memory:
            return failures.of_memory(memory, self.memory)
        if seconds > self.seconds(requests):
            return failures.of_time(seconds, sum(request.budget.seconds or 0.0 for request in requests))
        return ""


def resident_memory(pid: int) -> float:
    """Resident memory of a process in bytes; NaN if unknown or if the process is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return math.nan
    return float(pages * _PAGE) if pages else math.nan  # an ended process has no pages
