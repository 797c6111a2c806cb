"""Engines compute the tasks of a sweep. The simplest engine computes them in this process, one after another."""

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
    """The result of a task.

    Attributes:
        facts, contents: facts of the result and contents of its files, as `core.sweep.compute.compute` returns them.
    """

    facts: dict[str, Any]
    contents: dict[str, bytes]


@dataclass(frozen=True)
class Failed:
    """The failure of a task.

    Attributes:
        reason: why the task failed, in one sentence.
        is_final: whether another attempt would fail in the same way.
    """

    reason: str
    is_final: bool


# How a task ended.
End = Done | Failed


class AbstractEngine(ABC):
    """Computes tasks. Use it in a `with` statement, which ends its processes."""

    @abstractmethod
    def run(self, tasks: Sequence[Task], stopped: threading.Event) -> Iterator[tuple[Task, End]]:
        """Compute tasks; yields each task with how it ended, in the order in which they end.

        Args:
            tasks: what to compute.
            stopped: once this is set, no further task begins, and the iterator ends soon.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop the tasks that are still being computed."""

    def __enter__(self) -> AbstractEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class InTurn(AbstractEngine):
    """Computes tasks in this process, one after another. A task that has begun always runs to its end."""

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
    except Exception as error:  # a ValueError means that no attempt can succeed
        return Failed(failures.of_error(error), isinstance(error, ValueError))


Reply = tuple[dict[str, Any], dict[str, bytes]]


def reply_to(data: dict[str, Any]) -> Reply:
    """Compute a task, given as plain data, in this process. Returns plain data, which `end_of` turns back into an `End`."""
    end = attempt(Task.from_dict(data))
    return (
        ({"error": end.reason, "is_final": end.is_final}, {})
        if isinstance(end, Failed)
        else (end.facts, end.contents)
    )


def end_of(facts: dict[str, Any], contents: dict[str, bytes]) -> End:
    """How a task ended, from the reply of another process."""
    if "error" in facts:
        return Failed(str(facts["error"]), bool(facts.get("is_final")))
    return Done(facts, contents)
