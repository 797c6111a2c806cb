"""Errors in a lesson file: each has a line and a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """One error in a lesson file.

    Attributes:
        line: its line in the file, from 1.
        sentence: what is wrong and what is allowed.
    """

    line: int
    sentence: str


class LessonError(ValueError):
    """A lesson file with errors.

    Attributes:
        path: the file.
        faults: its errors, in the order of the file.
    """

    def __init__(self, path: Path, faults: Sequence[Fault]) -> None:
        self.path = path
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(self.lines))

    @classmethod
    def of(cls, path: Path, line: int, sentence: str) -> LessonError:
        """A lesson error with a single fault."""
        return cls(path, [Fault(line, sentence)])

    @property
    def lines(self) -> list[str]:
        """`file:line: sentence` for each error."""
        return [f"{self.path}:{fault.line}: {fault.sentence}" for fault in self.faults]


@dataclass
class Faults:
    """Collects errors while a file is read, so that its author sees all of them at once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, line: int, sentence: str) -> None:
        """Record an error."""
        self.found.append(Fault(line, sentence))

    @contextmanager
    def at(self, line: int) -> Iterator[None]:
        """Record a ValueError of the block as an error in this line."""
        try:
            yield
        except ValueError as error:
            self.add(line, str(error))
