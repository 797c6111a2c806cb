"""What is seen of a job: plain records, which a page may hold and show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.frames import Frames
from core.jobs.request import Request
from core.report import Report

RUNNING = ("queued", "starting", "training", "measuring")


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


@dataclass(frozen=True)
class JobView:
    """A job at one moment.

    Attributes:
        status: `queued`, `starting`, `training`, `measuring` (trained, its samples are being scored), or how it ended:
            `finished`, `converged`, `stopped`, `diverged`, `failed`.
        step, seconds, progress: of the training.
        facts: further plain values of the last state.
        curve: (seconds, loss or acceptance) at each progress message.
        picture: the last one.
        error: why it failed; empty otherwise.
        ahead: how many jobs wait before this one.
    """

    request: Request
    status: str = "queued"
    step: int = 0
    seconds: float = 0.0
    progress: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    curve: tuple[tuple[float, float], ...] = ()
    picture: Picture | None = None
    error: str = ""
    ahead: int = 0

    @property
    def running(self) -> bool:
        return self.status in RUNNING
