"""Run a sweep: compute the tasks that have no result in the store yet, and save each result once."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from core import checks
from core.store import studies
from core.store.record_checks import report_of
from core.store.records import STATUSES, Result, RunStatus
from core.store.store import LONGEST_NAME, Store
from core.sweep.engine import AbstractEngine, Done, End, Failed
from core.sweep.grid import Grid
from core.sweep.task import Task

# Maximum number of attempts at a task. A failure that would repeat itself is not tried again.
MOST_ATTEMPTS = 3
_MOST = 2**53


@dataclass(frozen=True)
class Event:
    """The end of one attempt at a task of a sweep.

    Attributes:
        task: the task.
        status: status of its run; `failed` if the task has no run; `retry` if another attempt follows.
        run: id of its run; None if it has none.
        reason: why it failed; empty otherwise.
    """

    task: Task
    status: str
    run: str | None = None
    reason: str = ""


def open_tasks(store: Store, name: str, grid: Grid) -> list[Task]:
    """The tasks of a study that have no result yet. A result of the same task in another study counts, and is linked to this study.

    Raises:
        StoreError: the store cannot be read or written.
    """
    studies.adopt(store, name, [task.key for task in _missing(store, name, grid)])
    return _missing(store, name, grid)


def _missing(store: Store, name: str, grid: Grid) -> list[Task]:
    kept = {key for key, record in studies.records(store, name).items() if record.run is not None}
    return [task for task in grid.tasks if task.key not in kept]


def run(
    store: Store, name: str, grid: Grid, engine: AbstractEngine, stopped: threading.Event | None = None
) -> Generator[Event, None, None]:
    """Compute the missing tasks of a study and save their results. An interrupted sweep continues when it is run again.

    Args:
        store: where the results are saved. Only this process writes to it.
        name: name of a study that `core.store.studies.create` has made.
        grid: its grid.
        engine: computes the tasks.
        stopped: set it from another thread to end the sweep early.

    Raises:
        StoreError: the store cannot be read or written.
    """
    stopped = stopped or threading.Event()
    tasks = open_tasks(store, name, grid)
    for number in range(1, MOST_ATTEMPTS + 1):
        again = []
        for task, end in engine.run(tasks, stopped):
            event = _saved(store, name, task, end, is_last=number == MOST_ATTEMPTS)
            if event.status == "retry":
                again.append(task)
            yield event
        tasks = again
        if not tasks or stopped.is_set():
            return


def _saved(store: Store, name: str, task: Task, end: End, *, is_last: bool) -> Event:
    """Save how a task ended."""
    if isinstance(end, Done):
        try:
            result, action = result_of(task, end.facts)
            made_on = str(end.facts["machine"])[:LONGEST_NAME]
        except (ValueError, KeyError, TypeError) as error:
            end = Failed(f"The worker sent an invalid result: {error}", is_final=False)
        else:
            saved = studies.save(store, name, task.key, result, end.contents, action, made_on)
            run_id = studies.records(store, name)[task.key].run if saved is None else saved.id
            return Event(task, result.status, run_id)
    studies.note_failure(store, name, task.key, end.reason)
    return Event(task, "failed" if is_last or end.is_final else "retry", reason=end.reason)


def result_of(task: Task, facts: dict[str, Any]) -> tuple[Result, float]:
    """The result of a task and the exact action of its curve (NaN if unknown), from the facts that a worker has sent.

    Raises:
        ValueError, KeyError, TypeError: a fact is missing or outside its limits.
    """
    status: RunStatus = checks.choice("status", facts["status"], STATUSES)
    result = Result(
        task.problem,
        status,
        seconds=checks.number("seconds", facts["seconds"], 0, 1e9),
        steps=checks.integer("steps", facts["steps"], 0, _MOST),
        energy_calls=_count(facts["energy_calls"]),
        gradient_calls=_count(facts["gradient_calls"]),
        report=report_of(facts["report"]),
        kind=task.kind,
        budget_seconds=task.effort.seconds,
        budget_steps=task.effort.steps,
        num_samples=task.num_samples,
    )
    found = facts["action"]
    return result, math.nan if found is None else checks.number("action", found, 0, 1e300)


def _count(value: Any) -> int | None:
    return None if value is None else checks.integer("calls", value, 0, _MOST)
