"""Engines: where the tasks of a sweep are computed. The simplest one computes them in this process, one after another."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from core.jobs import failures
from core.sweep.task import Task


@dataclass(frozen=True)
class Done:
    """A task that was computed.

    Attributes:
        facts, contents: see `core.sweep.compute.compute`.
    """

    facts: dict[str, Any]
    contents: dict[str, bytes]


@dataclass(frozen=True)
class Failed:
    """A task that could not be computed.

    Attributes:
        reason: why, in one sentence.
        is_final: whether another attempt would fail in the same way.
    """

    reason: str
    is_final: bool


End = Done | Failed


class AbstractEngine(ABC):
    """Computes tasks. Use it in a `with` statement, which ends its processes."""

    @abstractmethod
    def run(self, tasks: Sequence[Task], stopped: threading.Event) -> Iterator[tuple[Task, End]]:
        """Compute tasks; yields each with its end, in the order in which they end.

        Args:
            tasks: what to compute.
            stopped: once this is set, no further task begins, and the iterator ends soon.
        """

    @abstractmethod
    def close(self) -> None:
        """End what is still being computed."""

    def __enter__(self) -> AbstractEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class InTurn(AbstractEngine):
    """Computes tasks in this process, one after another. A task that has begun is not stopped."""

    def run(self, tasks: Sequence[Task], stopped: threading.Event) -> Iterator[tuple[Task, End]]:
        for task in tasks:
            if stopped.is_set():
                return
            yield task, attempt(task)

    def close(self) -> None:
        return


def attempt(task: Task) -> End:
    """Compute a task in this process."""
    from core.sweep.compute import compute

    try:
        return Done(*compute(task))
    except (
        Exception
    ) as error:  # a ValueError is the sentence with which the engine refuses what it cannot compute
        return Failed(failures.of_error(error), isinstance(error, ValueError))


Reply = tuple[dict[str, Any], dict[str, bytes]]


def reply_to(data: dict[str, Any]) -> Reply:
    """Compute a task from plain data in this process; returns plain data, from which `end_of` makes its end."""
    end = attempt(Task.from_dict(data))
    return (
        ({"error": end.reason, "is_final": end.is_final}, {})
        if isinstance(end, Failed)
        else (end.facts, end.contents)
    )


def end_of(facts: dict[str, Any], contents: dict[str, bytes]) -> End:
    """The end of a task from the reply of another process."""
    if "error" in facts:
        return Failed(str(facts["error"]), bool(facts.get("is_final")))
    return Done(facts, contents)
