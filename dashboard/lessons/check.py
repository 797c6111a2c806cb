"""`python -m dashboard lessons check FILE…`: check lesson files, their numbers, and the comparisons that their texts rely on."""

from __future__ import annotations

import json
import math
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from core.files import replace_text
from dashboard.lessons import library, parse
from dashboard.lessons.conditions import Comparison
from dashboard.lessons.faults import Faults, LessonError
from dashboard.lessons.numbers import Query
from dashboard.lessons.records import Goal, Lesson, Mark, Step
from dashboard.lessons.values import STORE, compute_all, computed


def check(arguments: Namespace) -> int:
    """Check the files, or all lessons of this server if none is given.

    Returns:
        The exit status: 0, or 1 with one line on standard error for each error.
    """
    files = arguments.files or library.files()
    errors = [line for file in files for line in errors_of(file)]
    for line in errors:
        print(line, file=sys.stderr)
    if not errors:
        print(f"{len(files)} lesson{'s' * (len(files) != 1)} checked, no errors.")
    return 1 if errors else 0


def store(arguments: Namespace) -> int:
    """Compute the live numbers of the bundled lessons and store them; returns the exit status."""
    lessons = [parse.read(path) for path in library.FOLDER.glob("*.md")]
    replace_text(STORE, json.dumps(compute_all(lessons), indent=1) + "\n")
    return 0


def errors_of(path: Path) -> list[str]:
    """`file:line: sentence` for each error of a lesson file, in the order of the file."""
    try:
        lesson = parse.read(path)
    except LessonError as error:
        return error.lines
    except OSError as error:
        return [f"{path}:1: The file cannot be read: {error.strerror or error}."]
    faults = Faults()
    _check_numbers(lesson, faults)
    return LessonError(path, faults.found).lines if faults.found else []


def _check_numbers(lesson: Lesson, faults: Faults) -> None:
    for step in lesson.steps:
        for line, query in _numbers(step):
            with faults.at(line):
                _require_known(query.value(step.view, computed, step.view), query)
        for comparison in step.checks:
            with faults.at(comparison.line):
                _require_true(comparison, step)


def _numbers(step: Step) -> Iterator[tuple[int, Query]]:
    """The live numbers of a step and of its questions, with their lines."""
    yield from step.numbers
    for question in step.questions:
        if isinstance(question, Mark):
            yield step.line, question.exact
        elif isinstance(question, Goal) and isinstance(question.until, Comparison):
            yield from ((step.line, query) for query in question.until.queries)


def _require_known(value: float, query: Query) -> None:
    if not math.isfinite(value) or not query.write(value):
        raise ValueError(f"`{query.text}` is unknown for this view.")


def _require_true(comparison: Comparison, step: Step) -> None:
    if comparison.holds(step.view, computed):
        return
    sides = [side.value(step.view, computed) for side in (comparison.left, comparison.right)]
    raise ValueError(f"`{comparison.text}` is false: its sides are {sides[0]:.4g} and {sides[1]:.4g}.")
