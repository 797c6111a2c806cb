"""Texts of the Runs page."""

from __future__ import annotations

ABOUT_PAGE = "This page lists the runs that this browser trained, and those of studies and of the command line. They survive a restart of the server."
EMPTY = "No run is saved yet. Train a curve on the Explore page, and it appears here."
NO_MATCH = "No run matches these filters."
STATUSES = {
    "training": "Training",
    "interrupted": "Interrupted",
    "finished": "Finished",
    "converged": "Converged",
    "diverged": "Diverged",
    "stopped": "Stopped",
    "failed": "Failed",
}
COMMAND_LINE = "from the command line"
SOURCES = {"own": "This browser", "shared": "Studies and command line"}
NO_STUDY = "In no study"
PICK = "Select runs to compare, pin, export or delete them."
COMPARE = "Show the selected runs in one table, with pictures of the first four."
PIN = "Keep the selected runs, and let others open them through their links."
UNPIN = (
    "Stop sharing the selected runs. When the store is full, the oldest runs that are not pinned are deleted."
)
RESUME = "Continue the selected runs that ended too early, from their last checkpoints."
EXPORT = "Download the selected runs as one zip file, which `python -m core runs import` reads."
DELETE = "Delete the selected runs. You can undo this."


def of_study(name: str) -> str:
    """Which study a run belongs to."""
    return f"study {name}"


def picked(count: int) -> str:
    """How many runs are selected."""
    return f"{_runs(count)} selected"


def count(num_shown: int, num_all: int) -> str:
    """How many runs match the filters."""
    return _runs(num_all) if num_shown == num_all else f"{num_shown} of {_runs(num_all)}"


def more(rest: int) -> str:
    """The button that shows more rows."""
    return f"Show more ({rest} left)"


def deleted(count: int) -> str:
    """The message after runs were deleted."""
    return f"{_runs(count)} deleted."


def too_many(most: int) -> str:
    """Why so many runs cannot be compared."""
    return f"At most {most} runs can be compared at once."


def _runs(count: int) -> str:
    return f"{count} run" if count == 1 else f"{count} runs"
