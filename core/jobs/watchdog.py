"""What a worker may use, time and memory, before it is ended."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from core.jobs import failures, processes
from core.jobs.request import Request
from core.machine import usable_memory

# The environment variable that sets the memory of one worker, in gigabytes.
VARIABLE = "BOLTZMANN_MEMORY_GB"
LEAST_MEMORY = 1e9
# Pictures take up to a quarter of the time while a run trains, on top of its budget.
WITH_PICTURES = 4 / 3
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def default_memory() -> float:
    """Bytes that one worker may use: all of them together half of the machine's memory, but each at least 1 GB."""
    return max(usable_memory() / 2 / processes.MOST_RUNNING, LEAST_MEMORY)


@dataclass(frozen=True)
class Allowance:
    """What a worker may use for the runs of one press.

    Attributes:
        memory: resident bytes, measured on Linux only; infinite for no limit. Mapped memory does not count: the import of torch
            alone maps 0.65 GB, and the driver of an accelerator far more.
        start_seconds: to import the engine and prepare the training.
        scoring_seconds: to score each run's samples and draw its last picture.
    """

    memory: float = field(default_factory=default_memory)
    start_seconds: float = 60.0
    scoring_seconds: float = 60.0

    @classmethod
    def from_environment(cls) -> Self:
        """The default, with the memory that the environment variable sets."""
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
        """How long a worker may take for these requests."""
        training = sum(request.budget.seconds or 0.0 for request in requests)
        return self.start_seconds + WITH_PICTURES * training + self.scoring_seconds * len(requests)

    def verdict(self, requests: Sequence[Request], seconds: float, memory: float) -> str:
        """Why a worker is to be ended, in one sentence; empty while it may go on.

        Args:
            requests: what it works on.
            seconds: since it began with them.
            memory: resident bytes; NaN where they are unknown.
        """
        if memory > self.memory:
            return failures.of_memory(memory, self.memory)
        if seconds > self.seconds(requests):
            return failures.of_time(seconds, sum(request.budget.seconds or 0.0 for request in requests))
        return ""


def resident_memory(pid: int) -> float:
    """Bytes that a process holds in memory; NaN where that is unknown, or the process is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return math.nan
    return float(pages * _PAGE) if pages else math.nan  # one that has ended has none
