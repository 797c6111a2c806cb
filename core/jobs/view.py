"""What is seen of a job: plain records, which a page may hold and show."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from core.frames import Frames
from core.jobs.request import Request
from core.report import Report

RUNNING = ("queued", "starting", "training", "measuring")
# The ends of a run that went well: by its budget, or by itself.
COMPLETE = ("finished", "converged")


@dataclass(frozen=True)
class EssPoint:
    """How good a run's samples were at one moment.

    Attributes:
        seconds: of training by then.
        share: the effective sample size, as a share of the samples; NaN where it could not be measured.
        num_samples: how many samples it was measured on.
    """

    seconds: float
    share: float
    num_samples: int


@dataclass(frozen=True)
class Picture:
    """What a run looked like at one moment.

    Attributes:
        frames: density, velocity, particles and samples.
        report: metrics and floors, measured at the same moment.
        step: steps taken by then.
        seconds: of training by then.
        exact: of a finished learned curve, the frames of the velocity that exactly carries its densities.
    """

    frames: Frames
    report: Report
    step: int
    seconds: float
    exact: Frames | None = None

    @property
    def ess(self) -> EssPoint | None:
        """What it says of the course of the run; None where its samples have no weights."""
        share = self.report.metrics.ess_fraction
        return EssPoint(self.seconds, share, self.report.num_samples) if self.report.weighted else None


@dataclass(frozen=True)
class JobView:
    """A job at one moment.

    Attributes:
        status: `queued`, `starting`, `training`, `measuring` (trained, its samples are being scored), or how it ended:
            `finished`, `converged`, `stopped`, `diverged`, `failed`.
        step, seconds, progress: of the training.
        facts: further plain values of the last state.
        curve: (seconds, loss or acceptance) at each progress message.
        ess: the effective sample size of each picture so far; of chains, whose samples have no weights, none.
        picture: the last one.
        error: why it failed; empty otherwise.
        position: its place in the queue, 1 for the next; 0 once it has left the queue.
        wait_seconds: expected until it starts; NaN once it has left the queue.
        viewers: how many people follow the same run.
    """

    request: Request
    status: str = "queued"
    step: int = 0
    seconds: float = 0.0
    progress: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    curve: tuple[tuple[float, float], ...] = ()
    ess: tuple[EssPoint, ...] = ()
    picture: Picture | None = None
    error: str = ""
    position: int = 0
    wait_seconds: float = math.nan
    viewers: int = 1

    @property
    def running(self) -> bool:
        return self.status in RUNNING
