"""The condition of a job service: its workers, its queue and its errors, for the people who operate a server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Working:
    """A worker process and its runs.

    Attributes:
        pid: process id; None until the process has received its runs.
        runs: one line for each unfinished run.
        seconds: time since the process received its runs.
        memory: resident memory in bytes; NaN if unknown.
    """

    pid: int | None
    runs: tuple[str, ...]
    seconds: float
    memory: float


@dataclass(frozen=True)
class Condition:
    """The condition of a service at one moment.

    Attributes:
        working: busy workers.
        most_working: maximum number of busy workers.
        waiting: expected seconds until each waiting press of the Train button starts, in queue order.
        people: number of people with a run that is waiting or in progress.
        idle_pid: process id of the idle worker; None if there is none.
        lost_idle: whether the idle worker ended by itself or could not be started. A new run may then fail to start.
        storage_error: why runs are not being saved now, in one sentence; empty if they are.
    """

    working: tuple[Working, ...]
    most_working: int
    waiting: tuple[float, ...]
    people: int
    idle_pid: int | None
    lost_idle: bool
    storage_error: str

    @property
    def error(self) -> str:
        """Why new runs may not start, in one sentence; empty if they can."""
        if self.lost_idle and not self.working:
            return "Worker processes end as soon as they start; see the server's log."
        return ""
