"""The status of a run, from the queue to its end, as JSON, links and stored files spell it."""

from __future__ import annotations

from typing import Literal

# How a training run stands after a step. `finished`: the budget is used up; `converged`: it ended early; `diverged`: it failed.
TrainingStatus = Literal["training", "finished", "converged", "diverged"]
# How a job stands: before training, during it, while its samples are scored, and at its end. `interrupted`: its server ended first.
JobStatus = Literal["queued", "starting", TrainingStatus, "measuring", "stopped", "failed", "interrupted"]

RUNNING: tuple[JobStatus, ...] = ("queued", "starting", "training", "measuring")
# Successful ends: the budget was used up, or training converged.
COMPLETE: tuple[JobStatus, ...] = ("finished", "converged")
