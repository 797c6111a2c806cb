"""The status of a run, from the queue to its end: the words used in JSON, links and stored files."""

from __future__ import annotations

from typing import Literal

# The status of a training run after a step. `finished`: the budget is used up; `converged`: it ended early; `diverged`: it failed.
TrainingStatus = Literal["training", "finished", "converged", "diverged"]
# The status of a job: before training, during training, while its samples are scored (`measuring`), and at its end. `interrupted`: the
# server stopped before the job ended.
JobStatus = Literal["queued", "starting", TrainingStatus, "measuring", "stopped", "failed", "interrupted"]

RUNNING: tuple[JobStatus, ...] = ("queued", "starting", "training", "measuring")
# Successful ends: the budget was used up, or training converged.
COMPLETE: tuple[JobStatus, ...] = ("finished", "converged")
