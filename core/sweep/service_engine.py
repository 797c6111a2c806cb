"""An engine that computes tasks with a server's job service, in the same queue as the runs of the dashboard's pages."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.budget import Budget
from core.jobs.request import Request, checked_kind
from core.jobs.service import BusyError, JobService
from core.jobs.view import JobView
from core.status import COMPLETE
from core.store.folder import CHECKPOINT, EXACT, FRAMES
from core.store.origin import machine
from core.store.records import TRAINING
from core.sweep.engine import AbstractEngine, Done, End, Failed
from core.sweep.task import Task

# Seconds between two looks at the runs (the service ends runs that nobody looks at), and seconds until a full service is tried again.
POLL_SECONDS, BUSY_SECONDS = 0.25, 2.5
_LOST = "The server lost this run; it may have been shut down."


@dataclass(eq=False)
class Job:
    """A task in progress.

    Attributes:
        id: id of its run in the service.
        task: the task.
        progress: used fraction of its budget, from 0 to 1.
        position: its place in the service's queue; 0 once it trains.
    """

    id: str
    task: Task
    progress: float = 0.0
    position: int = 0


class ServiceEngine(AbstractEngine):
    """Computes tasks with a job service. It uses at most half of the service's workers, so the others stay free for pages.

    The sweep saves the results, so the service's own recorder does not.

    Attributes:
        jobs: the tasks in progress.

    Args:
        service: the service.
    """

    def __init__(self, service: JobService) -> None:
        self._service = service
        self._most = max(service.most_running // 2, 1)
        self.jobs: list[Job] = []

    def run(self, tasks: Sequence[Task], stopped: threading.Event) -> Iterator[tuple[Task, End]]:
        waiting = deque(tasks)
        while (waiting or self.jobs) and not stopped.is_set():
            yield from self._begin(waiting)
            stopped.wait(POLL_SECONDS if self.jobs else BUSY_SECONDS)
            yield from self._ended()
        for job in self.jobs:
            self._service.stop(job.id, wait=True)
        # Runs that were stopped have no result, but a run may have finished just before.
        yield from ((task, end) for task, end in self._ended() if isinstance(end, Done))

    def close(self) -> None:
        for job in self.jobs:
            self._service.stop(job.id)
        self.jobs = []

    def _begin(self, waiting: deque[Task]) -> Iterator[tuple[Task, End]]:
        """Submit tasks while there is room; yields those that the service refuses."""
        while waiting and len(self.jobs) < self._most:
            try:
                (job_id,) = self._service.submit(request_of(waiting[0]), is_saved=False)
            except BusyError:
                return
            except ValueError as error:
                yield waiting.popleft(), Failed(str(error), True)
            else:
                self.jobs = [*self.jobs, Job(job_id, waiting.popleft())]

    def _ended(self) -> Iterator[tuple[Task, End]]:
        """Check on all runs in progress; yields the tasks that have ended."""
        for job in self.jobs:
            view = self._service.look(job.id)
            if view is not None and view.running:
                job.progress, job.position = min(view.progress, 1.0), view.position
                continue
            self.jobs = [other for other in self.jobs if other is not job]
            yield job.task, Failed(_LOST, False) if view is None else end_of(job.task, view)


def request_of(task: Task) -> Request:
    """The request of a task.

    Raises:
        ValueError: its budget is not in seconds, or exceeds the limits of a service.
    """
    if task.effort.seconds is None:
        raise ValueError("A server runs tasks with a budget in seconds only; use `python -m core sweep`.")
    kind = checked_kind("train" if task.kind == TRAINING else task.kind)
    return Request(task.problem, kind, Budget(seconds=task.effort.seconds), task.num_samples)


def end_of(task: Task, view: JobView) -> End:
    """How a task ended, from the last view of its run."""
    picture = view.picture
    if picture is None or view.status not in (*COMPLETE, "diverged"):
        return Failed(view.error or f"The run was {view.status} and has no result.", False)
    contents = {FRAMES: picture.frames.pack()}
    if view.checkpoint:
        contents[CHECKPOINT.format(0)] = view.checkpoint
    if picture.exact is not None:
        contents[EXACT] = picture.exact.pack()
    facts = {
        "status": view.status,
        "seconds": view.seconds,
        "steps": view.step,
        "energy_calls": _count(view.facts.get("energy_calls")),
        "gradient_calls": _count(view.facts.get("gradient_calls")),
        "report": picture.report.to_dict(),
        "action": _action(task, view),
        "machine": machine(),
    }
    return Done(facts, contents)


def _action(task: Task, view: JobView) -> float | None:
    """The exact action of the curve, in squared units of x; None if unknown."""
    if not task.with_action or task.kind != TRAINING:
        return None
    if task.problem.interpolation == "learned":
        exact = None if view.picture is None else view.picture.exact
        value = math.nan if exact is None else float(np.trapezoid(exact.kinetic_energy, exact.times))
    else:
        from core.sweep.compute import curve_action

        value = curve_action(task.problem)
    return value if math.isfinite(value) else None


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
