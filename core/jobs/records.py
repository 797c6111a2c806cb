"""What the service keeps: runs, the presses of Train that ask for them, and the tickets of those who follow them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from core.jobs.processes import Worker
from core.jobs.request import Request
from core.jobs.view import JobView


@dataclass(eq=False)
class Run:
    """One computation, followed by everyone who asked for the same.

    Attributes:
        label: the first characters of its first ticket's id, for the log.
        view: its state now.
        press: the press of Train that its worker works on.
        tickets: of those who follow it.
        kill_at: the time at which its worker is ended, once the run has been stopped.
    """

    label: str
    view: JobView
    press: Press
    tickets: list[Ticket] = field(default_factory=list)
    kill_at: float | None = None

    def update(self, **changes: Any) -> None:
        self.view = replace(self.view, **changes)

    @property
    def summary(self) -> str:
        """One line for the log: label, problem, seconds of training, status, and the error if there is one."""
        request = self.view.request
        what = "langevin" if request.method == "langevin" else request.problem.interpolation
        error = f": {self.view.error}" if self.view.error else ""
        where = f"{request.problem.target.name}, {what}"
        return f"Run {self.label}: {where}, {self.view.seconds:.1f} s, {self.view.status}{error}"


@dataclass(eq=False)
class Press:
    """The new runs of one press of Train. One worker works on them in turns.

    Attributes:
        owner: who pressed.
        round: of the queue; a lower one goes first.
        runs: all of them; once the worker has its requests, those that it was sent, in that order.
        started: the time at which it left the queue.
        worker: while it works on the runs.
        memory: bytes that the worker held in memory when last measured; NaN before.
        verdict: why the watchdog ended the worker; empty otherwise.
    """

    owner: str
    round: int = 0
    runs: list[Run] = field(default_factory=list)
    started: float | None = None
    worker: Worker | None = None
    memory: float = math.nan
    verdict: str = ""

    def add(self, request: Request, label: str) -> Run:
        run = Run(label, JobView(request), self)
        self.runs.append(run)
        return run

    def fail(self, error: str) -> None:
        """Ends the runs that have not ended; nothing happens where there is no error."""
        for run in self.running if error else ():
            run.update(status="failed", error=error)

    @property
    def running(self) -> list[Run]:
        """Its runs that have not ended, those in the queue included."""
        return [run for run in self.runs if run.view.running]

    @property
    def requests(self) -> list[Request]:
        return [run.view.request for run in self.runs]

    @property
    def looked(self) -> float:
        """The time at which somebody last looked at one of its runs."""
        return max((ticket.looked for run in self.running for ticket in run.tickets), default=-math.inf)


@dataclass(eq=False)
class Ticket:
    """One person's hold on a run; what a job id stands for.

    Attributes:
        owner: whose it is; only they may give it back.
        run: what it is for.
        looked: the time at which somebody last looked.
        last: the run as it was when the owner stopped following it, while others went on.
    """

    owner: str
    run: Run
    looked: float
    last: JobView | None = None

    @property
    def view(self) -> JobView:
        return self.last or replace(self.run.view, viewers=len(self.run.tickets))

    @property
    def is_last(self) -> bool:
        """Whether nobody else follows the run."""
        return self.run.tickets == [self]

    def leave(self) -> None:
        """Stops following a run that others go on with."""
        self.last = replace(self.view, status="stopped")
        self.run.tickets.remove(self)
