"""An engine that computes tasks with the job service of a server, where they wait for their turn among the runs of pages."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator, Sequence
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

# The service ends a run that nobody looks at; this engine looks often enough.
POLL_SECONDS = 0.25
_LOST = "The server lost this run; it may have been shut down."


class ServiceEngine(AbstractEngine):
    """Computes tasks with a job service, one at a time, so that most workers stay free for others.

    The sweep saves the results, so the service's own recorder does not.

    Attributes:
        task: the task in progress; None before and after.
        progress: fraction of its budget that is used.
        position: its place in the service's queue; 0 once it trains.
    """

    def __init__(self, service: JobService) -> None:
        self._service = service
        self._job = ""
        self.task: Task | None = None
        self.progress, self.position = 0.0, 0

    def run(self, tasks: Sequence[Task], stopped: threading.Event) -> Iterator[tuple[Task, End]]:
        waiting = deque(tasks)
        while waiting and not stopped.is_set():
            try:
                self._begin(waiting[0])
            except BusyError:
                stopped.wait(10 * POLL_SECONDS)
                continue
            except ValueError as error:
                yield waiting.popleft(), Failed(str(error), True)
                continue
            task, view = waiting.popleft(), self._end(stopped)
            self.task = None
            if stopped.is_set() and (view is None or view.status not in COMPLETE):
                return
            yield task, Failed(_LOST, False) if view is None else end_of(task, view)

    def close(self) -> None:
        if self._job:
            self._service.stop(self._job)
            self._job, self.task = "", None

    def _begin(self, task: Task) -> None:
        (self._job,) = self._service.submit(request_of(task), is_saved=False)
        self.task, self.progress, self.position = task, 0.0, 0

    def _end(self, stopped: threading.Event) -> JobView | None:
        """Wait until the run has ended, and return its last view; None if the service has lost it."""
        while (view := self._service.look(self._job)) is not None and view.running:
            self.progress, self.position = view.progress, view.position
            if stopped.wait(POLL_SECONDS):
                self._service.stop(self._job, wait=True)
        self._job = ""
        return view


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
    """The end of a task, from the last view of its run."""
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
