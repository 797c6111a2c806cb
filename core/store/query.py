"""Which runs to list, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

from core import checks
from core.store.records import STATUSES, RunStatus, owner_digest
from core.store.schema import METRICS

# What a list can be sorted by. By default, metrics are in ascending order, the others in descending order.
NEWEST = "created"
COLUMNS = (NEWEST, "seconds", "steps", "energy_calls", "size", "sigma", "mode_separation")
ORDERS = (*COLUMNS, *METRICS)


@dataclass(frozen=True)
class Query:
    """Conditions on the runs to list, and their order. A condition that is None is ignored.

    Attributes:
        target, interpolation, kind, status, problem_key: values that must match exactly.
        sigma, mode_separation: numbers that must match exactly.
        since: earliest creation, an ISO date or time.
        pinned: True for pinned runs only, False for the others only.
        viewer: token of a browser; selects the runs of this browser and those without an owner.
        study: name of a study; selects its runs.
        deleted: True for runs that their owner has deleted, False for the others, None for both.
        order: one of `ORDERS`; unknown values come last.
        descending: whether large values come first; by default for all but metrics.
        limit: the largest number of runs.

    Raises:
        ValueError: an argument has a value that is not allowed.
    """

    target: str | None = None
    interpolation: str | None = None
    kind: str | None = None
    status: RunStatus | None = None
    problem_key: str | None = None
    sigma: float | None = None
    mode_separation: float | None = None
    since: str | None = None
    pinned: bool | None = None
    viewer: str | None = None
    study: str | None = None
    deleted: bool | None = False
    order: str = NEWEST
    descending: bool | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        checks.choice("order", self.order, ORDERS)
        if self.status is not None:
            checks.choice("status", self.status, STATUSES)
        if self.limit is not None:
            checks.integer("limit", self.limit, 1, 1_000_000)

    def _deleted(self) -> list[str]:
        # Never empty, because `WHERE` needs at least one condition.
        return ["1" if self.deleted is None else f"deleted IS {'NOT ' * self.deleted}NULL"]

    def conditions(self) -> tuple[str, tuple[object, ...]]:
        """The part of an SQL query after `WHERE`, and the values of its parameters. The status is filtered elsewhere: see `Store.runs`."""
        exact = ("target", "interpolation", "kind", "problem_key", "sigma", "mode_separation", "pinned")
        given = {f"{name} = ?": getattr(self, name) for name in exact} | {"created >= ?": self.since}
        given["(owner IS NULL OR owner = ?)"] = None if self.viewer is None else owner_digest(self.viewer)
        given["id IN (SELECT run FROM study_tasks WHERE study = ?)"] = self.study
        given = {condition: value for condition, value in given.items() if value is not None}
        column = f"metric_{self.order}" if self.order in METRICS else self.order
        descending = self.order not in METRICS if self.descending is None else self.descending
        direction = "DESC" if descending else "ASC"
        where = " AND ".join([*given, *self._deleted()])
        return f"{where} ORDER BY {column} IS NULL, {column} {direction}, rowid DESC", tuple(given.values())
