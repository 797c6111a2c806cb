"""Values of live numbers, which lessons contain in braces. Those of the bundled lessons are stored, so that their pages need no engine; all
others are computed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from core.problem import Problem
from core.quantities import QUANTITIES, value
from dashboard import engine
from dashboard.lessons.conditions import Comparison
from dashboard.lessons.library import FOLDER
from dashboard.lessons.numbers import Query, Term
from dashboard.lessons.records import Goal, Lesson, Mark, Step
from dashboard.lessons.view import View
from dashboard.url.address import params_of

STORE = FOLDER / "numbers.json"
# Digits that are stored; texts show at most six.
DIGITS = 8


def value_of(term: Term, problem: Problem) -> float:
    """The value of a term: stored, or else computed.

    Raises:
        ValueError: there is no such number for this problem.
    """
    found = stored().get(key_of(term, problem))
    return computed(term, problem) if found is None else found


@lru_cache(maxsize=512)
def computed(term: Term, problem: Problem) -> float:
    """The value of a term, computed now.

    Raises:
        ValueError: there is no such number for this problem.
    """
    if not QUANTITIES[term.name].is_saved:
        engine.load()
    return value(term.name, problem, dict(term.arguments))


@lru_cache(maxsize=1)
def stored(path: Path = STORE) -> dict[str, float]:
    """The stored values by key; none if the file is missing or damaged."""
    try:
        found: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def key_of(term: Term, problem: Problem) -> str:
    """The key of a stored value, such as `kinetic_energy t=1 | interpolation=linear`."""
    arguments = [f"{name}={number:g}" for name, number in term.arguments]
    return f"{' '.join([term.name, *arguments])} | {urlencode(params_of(problem, problem.interpolation))}"


def terms(lesson: Lesson) -> Iterable[tuple[Term, Problem]]:
    """All terms of a lesson, each with its problem in the view of its step."""
    for step in lesson.steps:
        for query, view in _queries(step):
            yield query.term, query.problem(view)


def _queries(step: Step) -> Iterable[tuple[Query, View]]:
    found = [query for _, query in step.numbers]
    found += [question.exact for question in step.questions if isinstance(question, Mark)]
    goals = [question.until for question in step.questions if isinstance(question, Goal)]
    for comparison in [*step.checks, *(goal for goal in goals if isinstance(goal, Comparison))]:
        found += comparison.queries
    for query in found:
        yield query, step.view
        if query.divisor is not None:
            yield query.divisor, step.view


def compute_all(lessons: Iterable[Lesson]) -> dict[str, float]:
    """Compute the values of all terms of lessons, by key. Terms that are read from a saved run are left out."""
    found = dict[str, float]()
    for lesson in lessons:
        for term, problem in terms(lesson):
            if not QUANTITIES[term.name].is_saved:
                found[key_of(term, problem)] = float(f"{computed(term, problem):.{DIGITS}g}")
    return dict(sorted(found.items()))
