"""Views of a job: plain immutable records for pages to keep and show."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from core.jobs.request import Request
from core.pictures.frames import Frames
from core.results.report import Report
from core.status import RUNNING, JobStatus


@dataclass(frozen=True)
class EssPoint:
    """Effective sample size at one moment of a run.

    Attributes:
        seconds: training time so far.
        fraction: effective sample size as a fraction of the samples; NaN if unknown.
        num_samples: number of samples it was measured on.
    """

    seconds: float
    fraction: float
    num_samples: int


@dataclass(frozen=True)
class Picture:
    """The picture of a run at one moment.

    Attributes:
        frames: density, velocity, particles and samples.
        report: metrics and best possible scores at the same moment.
        step: steps taken so far.
        seconds: training time so far.
        exact: for a finished learned curve, frames with the exact velocity of its densities; None otherwise.
    """

    frames: Frames
    report: Report
    step: int
    seconds: float
    exact: Frames | None = None

    @property
    def ess(self) -> EssPoint | None:
        """Effective sample size of the picture; None if its samples have no weights."""
        fraction = self.report.metrics.ess_fraction
        return EssPoint(self.seconds, fraction, self.report.num_samples) if self.report.weighted else None


@dataclass(frozen=True)
class JobView:
    """A job at one moment.

    Attributes:
        request: the requested run.
        status: `queued`, `starting`, `training`, `measuring` (its samples are being scored), or a final status: `finished`,
            `converged`, `stopped`, `diverged`, `failed`, `interrupted`.
        step, seconds, progress: steps, seconds and fraction of the budget used in training.
        facts: other plain values in the latest progress message of the worker.
        curve: pairs (seconds, loss), or (seconds, acceptance rate), one for each progress message with such a value.
        ess: effective sample size of each picture so far; empty for samplers, whose samples have no density.
        picture: the latest picture.
        checkpoint: the trained curve of an ended training run; empty before, for samplers, and for very large networks.
        error: why the run failed; empty otherwise.
        position: place in the queue, 1 for the next to start; 0 once it has left the queue.
        wait_seconds: expected seconds until it starts; NaN once it has left the queue.
        viewers: number of people who follow the same run.
    """

    request: Request
    status: JobStatus = "queued"
    step: int = 0
    seconds: float = 0.0
    progress: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    curve: tuple[tuple[float, float], ...] = ()
    ess: tuple[EssPoint, ...] = ()
    picture: Picture | None = None
    checkpoint: bytes = field(default=b"", repr=False)
    error: str = ""
    position: int = 0
    wait_seconds: float = math.nan
    viewers: int = 1

    @property
    def running(self) -> bool:
        return self.status in RUNNING
