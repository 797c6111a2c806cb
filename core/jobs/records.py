"""Records of the service: runs, the presses of the Train button that requested them, and the tickets of their viewers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from core.jobs.processes import Worker
from core.jobs.request import Request
from core.jobs.view import JobView

# Characters of an id in the log; too few to gain access to the run.
LABEL_LENGTH = 4


@dataclass(eq=False)
class Run:
    """One computation, shared by everyone who requested the same.

    Attributes:
        id: id of its first ticket; the run store uses the same id.
        view: current state.
        press: the press of Train it belongs to.
        tickets: one for each viewer.
        kill_at: time at which its worker is killed; None unless the run has been stopped.
        checkpoint: content of the checkpoint file from which it resumes; empty for a new run.
    """

    id: str
    view: JobView
    press: Press
    tickets: list[Ticket] = field(default_factory=list)
    kill_at: float | None = None
    checkpoint: bytes = b""

    def update(self, **changes: Any) -> None:
        """Change fields of the view."""
        self.view = replace(self.view, **changes)

    @property
    def order(self) -> Request:
        """The request for the worker, with the checkpoint to resume from, if any."""
        request = self.view.request
        return replace(request, checkpoint=self.checkpoint) if self.checkpoint else request

    @property
    def title(self) -> str:
        """The first characters of its id, its target, and its interpolation or sampler."""
        request = self.view.request
        what = request.problem.interpolation if request.kind == "train" else request.kind
        return f"Run {self.id[:LABEL_LENGTH]}: {request.problem.target.name}, {what}"

    @property
    def summary(self) -> str:
        """One line for the log: its title, seconds of training, status, and any error."""
        error = f": {self.view.error}" if self.view.error else ""
        return f"{self.title}, {self.view.seconds:.1f} s, {self.view.status}{error}"


@dataclass(eq=False)
class Press:
    """The new runs of one press of the Train button. One worker computes them; they take turns.

    Attributes:
        owner: who pressed the button.
        round: round of the queue; lower rounds go first.
        is_saved: whether the service's recorder saves its runs.
        runs: all runs of the press. Once the worker has received its requests: only the runs that were sent, in that order.
        started: time at which the press left the queue; None before.
        worker: the worker that computes the runs; None before it starts and after it has ended.
        memory: resident memory of the worker in bytes, as last measured; NaN before the first measurement.
        verdict: why the watchdog killed the worker; empty otherwise.
    """

    owner: str
    round: int = 0
    is_saved: bool = True
    runs: list[Run] = field(default_factory=list)
    started: float | None = None
    worker: Worker | None = None
    memory: float = math.nan
    verdict: str = ""

    def add(self, request: Request, job_id: str) -> Run:
        """Add a new run."""
        run = Run(job_id, JobView(request), self)
        self.runs.append(run)
        return run

    def fail(self, error: str) -> None:
        """Mark unfinished runs as failed; does nothing if `error` is empty."""
        for run in self.running if error else ():
            run.update(status="failed", error=error)

    @property
    def running(self) -> list[Run]:
        """Unfinished runs, including queued ones."""
        return [run for run in self.runs if run.view.running]

    @property
    def requests(self) -> list[Request]:
        return [run.view.request for run in self.runs]

    @property
    def last_seen(self) -> float:
        """Time at which a viewer last looked at one of its unfinished runs."""
        return max((ticket.last_seen for run in self.running for ticket in run.tickets), default=-math.inf)


@dataclass(eq=False)
class Ticket:
    """One viewer's claim on a run, identified by a job id.

    Attributes:
        owner: the viewer; only they may stop following the run.
        run: the run they follow.
        last_seen: time at which they last looked.
        last: the view at the moment when they stopped following a run that others still follow; None before.
        id: the job id.
    """

    owner: str
    run: Run
    last_seen: float
    last: JobView | None = None
    id: str = ""

    @property
    def view(self) -> JobView:
        return self.last or replace(self.run.view, viewers=len(self.run.tickets))

    @property
    def is_last(self) -> bool:
        """Whether no one else follows the run."""
        return self.run.tickets == [self]

    def leave(self) -> None:
        """Stop following a run that others still follow."""
        self.last = replace(self.view, status="stopped")
        self.run.tickets.remove(self)
