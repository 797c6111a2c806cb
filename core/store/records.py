"""Records of the store: a run and its files, and the conversion of a run to a row of the database and back."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from dataclasses import dataclass, fields
from typing import Any, Literal

from core.problem import Problem
from core.results.report import Report
from core.store.errors import DamagedError, StoreError
from core.store.schema import METRICS

# Kind of a run that trains a curve. Other kinds are samplers by name, such as `mala` or `smc`.
TRAINING = "training"
# `training`: a process is working on the run. `interrupted`: that process ended before the run did.
RunStatus = Literal["training", "interrupted", "finished", "converged", "diverged", "stopped", "failed"]
STATUSES: tuple[RunStatus, ...] = (
    "training",
    "interrupted",
    "finished",
    "converged",
    "diverged",
    "stopped",
    "failed",
)


# Fields of `StoredRun` that `to_dict` leaves out. The fields of `result` appear at the top level instead.
PRIVATE = ("result", "owner", "deleted")


@dataclass(frozen=True)
class Result:
    """The result of a run so far.

    Attributes:
        problem: the problem of the run.
        status: one of `STATUSES`.
        seconds, steps: wall-clock seconds and steps so far.
        energy_calls, gradient_calls: points at which the energy and its gradient were evaluated; None if unknown.
        report: metrics with their best possible values; None before the samples are scored.
        kind: `training`, or the name of the sampler.
        budget_seconds, budget_steps: its budget; None for a limit that it does not have or that is unknown.
        num_samples: number of samples that are scored; 0 if unknown.
    """

    problem: Problem
    status: RunStatus
    seconds: float = 0.0
    steps: int = 0
    energy_calls: int | None = None
    gradient_calls: int | None = None
    report: Report | None = None
    kind: str = TRAINING
    budget_seconds: float | None = None
    budget_steps: int | None = None
    num_samples: int = 0


@dataclass(frozen=True)
class StoredRun:
    """A run in the store.

    Attributes:
        id: 12 hexadecimal digits.
        result: what the run has produced.
        created, ended: UTC times in ISO format; `ended` is None while it trains.
        version: version of the program that made it.
        machine: system and number of cores that it ran on.
        size: bytes of its files.
        pinned: whether pruning must keep it.
        name, note: texts that its owner has given it.
        owner: SHA-256 digest of the owner's token; None without an owner.
        deleted: UTC time at which its owner deleted it; None for other runs. It can be restored until it is purged.
    """

    id: str
    result: Result
    created: str
    ended: str | None
    version: str
    machine: str
    size: int = 0
    pinned: bool = False
    name: str = ""
    note: str = ""
    owner: str | None = None
    deleted: str | None = None

    def is_owned_by(self, token: str) -> bool:
        """Whether this token belongs to the run's owner."""
        return self.owner is not None and hmac.compare_digest(self.owner, owner_digest(token))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without the owner."""
        rest = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in PRIVATE}
        result = {f.name: getattr(self.result, f.name) for f in fields(self.result)}
        report = self.result.report
        return {
            **rest,
            **result,
            "problem": self.result.problem.to_dict(),
            "report": None if report is None else report.to_dict(),
        }


@dataclass(frozen=True)
class RunFile:
    """A file of a run.

    Attributes:
        name: file name in the run's folder.
        size: bytes.
        sha256: digest of the content.
        steps: steps of training at a checkpoint; None for other files.
    """

    name: str
    size: int
    sha256: str
    steps: int | None = None


def owner_digest(token: str) -> str:
    """Digest of an owner's token. The store never holds the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def row_of(run: StoredRun, files: list[RunFile]) -> dict[str, Any]:
    """The row of a run, with a digest of all its values and of its files."""
    result, problem = run.result, run.result.problem
    row: dict[str, Any] = {
        f.name: getattr(result, f.name) for f in fields(result) if f.name not in ("problem", "report")
    }
    row |= {f.name: getattr(run, f.name) for f in fields(run) if f.name != "result"}
    row |= {
        "problem": problem.to_json(),
        "problem_key": problem.key,
        "target": problem.target.name,
        "interpolation": problem.interpolation,
        "sigma": problem.sigma,
        "mode_separation": problem.target.values.get("mode_separation"),
        "seed": problem.seed,
        "report": None if result.report is None else json.dumps(result.report.to_dict(), sort_keys=True),
        "pinned": int(run.pinned),
        **_scores(result.report),
    }
    row["seconds"] = float(result.seconds)
    return {**row, "digest": _digest(row, files)}


def run_of(row: sqlite3.Row, files: list[RunFile]) -> StoredRun:
    """Read a run from its row.

    Raises:
        DamagedError: a value of the row, or the list of its files, has changed since it was written.
        StoreError: this version of the program cannot read the run.
    """
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118
    digest = values.pop("digest")
    if digest != _digest(values, files):
        raise DamagedError(f"The record of run {values['id']!s:.12} is damaged.")
    try:
        report = None if values["report"] is None else Report.from_dict(json.loads(values["report"]))
        problem = Problem.from_json(values["problem"])
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"This version cannot read run {values['id']}: {error}") from error
    values |= {"report": report, "problem": problem, "pinned": bool(values["pinned"])}
    result = Result(**{f.name: values[f.name] for f in fields(Result)})
    own = {f.name: values[f.name] for f in fields(StoredRun) if f.name != "result"}
    return StoredRun(result=result, **own)


def _scores(report: Report | None) -> dict[str, float | None]:
    """The columns of the metrics and of their best possible values; None where unknown."""
    data: dict[str, Any] = {} if report is None else report.to_dict()
    return {
        f"{column}_{name}": _number(data.get(source, {}).get(name))
        for column, source in (("metric", "metrics"), ("floor", "floors"))
        for name in METRICS
    }


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _digest(row: dict[str, Any], files: list[RunFile]) -> str:
    """Digest of a row's values. Columns without a value do not count, so a later version can add columns."""
    values = {name: value for name, value in row.items() if value is not None}
    listed = sorted((file.name, file.size, file.sha256, file.steps) for file in files)
    # A damaged row can hold bytes in place of text.
    return hashlib.sha256(json.dumps([values, listed], sort_keys=True, default=repr).encode()).hexdigest()
