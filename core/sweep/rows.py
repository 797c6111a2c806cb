"""The results of a study as a table: one row for each task, with its parameters and scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.results.report import Metrics, Report, without_nan
from core.store import studies
from core.store.query import Query
from core.store.records import StoredRun
from core.store.store import Store
from core.sweep.grid import Grid, from_json
from core.sweep.task import Task


@dataclass(frozen=True)
class Row:
    """One task of a study with its result. Unknown numbers are NaN.

    Attributes:
        task: the task.
        run: id of its run; None without a result.
        status: status of the run; `failed` if all attempts so far failed; `open` if the task was not tried yet.
        seconds, steps, energy_calls, gradient_calls: cost of training or sampling.
        report: scores and best possible scores; None without a result.
        action: exact action of the curve, in squared units of x.
        attempts, reason: number of failed attempts, and why the last of them failed; empty if none did.
    """

    task: Task
    run: str | None = None
    status: str = "open"
    seconds: float = math.nan
    steps: float = math.nan
    energy_calls: float = math.nan
    gradient_calls: float = math.nan
    report: Report | None = None
    action: float = math.nan
    attempts: int = 0
    reason: str = ""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values of the study's axes."""
        return self.task.parameters

    @property
    def seed(self) -> int:
        return self.task.problem.seed

    @property
    def metrics(self) -> Metrics | None:
        return None if self.report is None else self.report.metrics

    @property
    def floors(self) -> Metrics | None:
        """Best possible scores."""
        return None if self.report is None else self.report.floors

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; unknown numbers become None."""
        cost = {name: getattr(self, name) for name in ("seconds", "steps", "energy_calls", "gradient_calls")}
        return without_nan(
            {
                "parameters": dict(self.parameters),
                "seed": self.seed,
                "status": self.status,
                "run": self.run,
                **cost,
                "metrics": None if self.metrics is None else asdict(self.metrics),
                "floors": None if self.floors is None else asdict(self.floors),
                "action": self.action,
                "attempts": self.attempts,
                "reason": self.reason,
            }
        )


def grid_of(store: Store, name: str) -> Grid:
    """The grid of a study in the store.

    Raises:
        StoreError: there is no such study.
        ValueError: this version cannot read its grid.
    """
    return from_json(studies.study(store, name).definition)


def table(store: Store, name: str) -> list[Row]:
    """The rows of a study, in the order of its grid.

    Raises:
        StoreError: there is no such study, or the store cannot be read.
        ValueError: this version cannot read its grid.
    """
    grid, records = grid_of(store, name), studies.records(store, name)
    runs = {run.id: run for run in store.each(Query(study=name))}
    return [_row(task, records.get(task.key), runs) for task in grid.tasks]


def _row(task: Task, record: studies.TaskRecord | None, runs: Mapping[str, StoredRun]) -> Row:
    if record is None:
        return Row(task)
    run = None if record.run is None else runs.get(record.run)
    if run is None:  # not computed, or its record in the store is damaged
        status = "failed" if record.attempts else "open"
        return Row(task, status=status, attempts=record.attempts, reason=record.reason)
    result = run.result
    return Row(
        task,
        run.id,
        result.status,
        result.seconds,
        result.steps,
        _number(result.energy_calls),
        _number(result.gradient_calls),
        result.report,
        record.action,
        record.attempts,
        record.reason,
    )


def _number(count: int | None) -> float:
    return math.nan if count is None else count
