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
    except Exception as error:
        return of_error(error)


def of_error(error: BaseException) -> Failed:
    """The failure that an exception stands for. The engine raises a ValueError for what it refuses, each time."""
    sentence = failures.of_error(error if isinstance(error, Exception) else RuntimeError(str(error)))
    return Failed(sentence, isinstance(error, ValueError))
