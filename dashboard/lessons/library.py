"""The lessons of this server: those that come with it, and those in the folder that `BOLTZMANN_LESSONS` names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dashboard.lessons import parse
from dashboard.lessons.faults import LessonError
from dashboard.lessons.records import NAME, Lesson

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "lessons"
VARIABLE = "BOLTZMANN_LESSONS"
# The bundled lessons, in the order of the page.
ORDER = (
    "curve",
    "teleportation",
    "cure",
    "learned",
    "gradient-flow",
    "did-it-work",
    "classics",
    "own-energy",
)


@dataclass(frozen=True)
class Library:
    """The lessons that can be opened.

    Attributes:
        lessons: the lessons by name; one in the folder of `BOLTZMANN_LESSONS` replaces a bundled one of the same name.
        faults: one sentence for each lesson or folder that cannot be read.
    """

    lessons: dict[str, Lesson]
    faults: tuple[str, ...]


def library() -> Library:
    """All lessons; files that have changed since the last call are read again."""
    lessons, faults = dict[str, Lesson](), list[str]()
    for path in [*_bundled(), *_own(faults)]:
        try:
            lesson = _read(path, path.stat().st_mtime_ns)
            lessons[lesson.name] = lesson
        except LessonError as error:
            first, *rest = error.faults
            more = f" It has {len(rest)} more error{'s' * (len(rest) > 1)}." if rest else ""
            faults.append(f"{path.name}, line {first.line}: {first.sentence}{more}")
        except OSError as error:
            faults.append(f"{path.name} cannot be read: {error.strerror or error}.")
    return Library(lessons, tuple(faults))


def find(name: str) -> Path | None:
    """The file of a lesson; None if there is no such lesson."""
    if not NAME.fullmatch(name):
        return None
    return next((path for path in [*_own([]), *_bundled()] if path.stem == name), None)


def files() -> list[Path]:
    """The files of all lessons."""
    return [*_bundled(), *_own([])]


def own_folder() -> Path | None:
    """The folder that `BOLTZMANN_LESSONS` names; None if it names none."""
    given = os.environ.get(VARIABLE, "").strip()
    return Path(given).expanduser() if given else None


@lru_cache(maxsize=64)
def _read(path: Path, changed_at: int) -> Lesson:
    return parse.read(path)


def _bundled() -> list[Path]:
    rank = {name: place for place, name in enumerate(ORDER)}
    return sorted(FOLDER.glob("*.md"), key=lambda path: (rank.get(path.stem, len(rank)), path.stem))


def _own(faults: list[str]) -> list[Path]:
    folder = own_folder()
    if folder is None:
        return []
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".md" and path.is_file())
    except OSError:
        faults.append(f"{VARIABLE} names the folder {folder}, which cannot be read.")
        return []
