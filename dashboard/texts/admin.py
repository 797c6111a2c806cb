"""Texts of the operator's page."""

from __future__ import annotations

import math

ABOUT_PAGE = "The queue, the worker processes and the memory of this server, updated every second."
TOKEN = "Token"
TOKEN_HELP = "The value of `BOLTZMANN_ADMIN_TOKEN` in the server's environment."
WRONG_TOKEN = "This is not the token."
NO_WORKER = "No worker is training."


def idle(pid: int | None) -> str:
    """The idle worker, by its process id; None if no worker is ready for the next run."""
    return "No idle worker is ready." if pid is None else f"Process {pid} is idle, ready for the next run."


def memory(size: float) -> str:
    """Format a memory size, given in bytes."""
    return "unknown" if math.isnan(size) else f"{size / 1e9:.2f} GB"


def wait(seconds: float) -> str:
    """Format the expected seconds until a waiting press of Train starts."""
    return "unknown" if math.isnan(seconds) else f"{seconds:.0f} s"
