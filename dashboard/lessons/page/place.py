"""The lesson and step in the address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from dashboard.lessons.library import Library
from dashboard.lessons.records import Lesson, Step
from dashboard.runs import tracked_runs
from dashboard.texts import lessons as texts
from dashboard.texts.quoting import plain
from dashboard.url import address_bar, link

LESSON, STEP = "lesson", "step"
_REACHED, _RUNS = "lesson_reached", "lesson_runs"


@dataclass(frozen=True)
class Place:
    """A step of a lesson.

    Attributes:
        lesson: the lesson.
        number: number of the step, from 1.
    """

    lesson: Lesson
    number: int

    @property
    def step(self) -> Step:
        """The step."""
        return self.lesson.steps[self.number - 1]

    @property
    def key(self) -> str:
        """A key for widgets, unique for each step."""
        return f"{self.lesson.name}-{self.number}"

    def question(self, number: int) -> str:
        """The key of a question of this step; the first question has the number 1."""
        return f"{self.key}-{number}"

    @property
    def is_last(self) -> bool:
        """Whether no step follows."""
        return self.number == len(self.lesson.steps)

    @property
    def address(self) -> dict[str, str]:
        """Its parameters in the address."""
        return {LESSON: self.lesson.name, STEP: str(self.number)}

    @property
    def link(self) -> str:
        """Its address, relative to the Explore page."""
        return f"lessons?{urlencode(self.address)}"

    @property
    def params(self) -> dict[str, str]:
        """Its parameters in the address, with the runs that this step has started."""
        runs = st.session_state.get(_RUNS, {}).get(self.key)
        return self.address | ({tracked_runs.PARAM: runs} if runs else {})


def place(library: Library) -> Place | None:
    """The place in the address; None without a lesson. Names of lessons and steps that do not exist are reported."""
    name = address_bar.now().get(LESSON)
    if name is None:
        return None
    lesson = library.lessons.get(name)
    if lesson is None:
        link.report(texts.unknown_lesson(plain(name, 60)))
        address_bar.replace({}, list(address_bar.now()))
        return None
    found = Place(lesson, _step(lesson))
    address_bar.put(STEP, str(found.number))
    reached: dict[str, int] = st.session_state.setdefault(_REACHED, {})
    reached[name] = found.number
    return found


def _step(lesson: Lesson) -> int:
    text = address_bar.now().get(STEP, "1")
    count = len(lesson.steps)
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= count:
        return int(text)
    link.report(texts.no_such_step(plain(text, 20), count))
    return 1


def reached(name: str) -> int | None:
    """The step of a lesson at which this viewer was last; None before the first visit."""
    found: int | None = st.session_state.get(_REACHED, {}).get(name)
    return found


def turn_to(there: Place | None) -> None:
    """Turn to a place, or to the cards. Call this in a callback."""
    remember_runs()
    address_bar.show(there.params if there else {})


def remember_runs() -> None:
    """Keep the runs of the step that is left, so that it shows them again."""
    now = address_bar.now()
    if tracked_runs.PARAM in now and LESSON in now:
        runs: dict[str, str] = st.session_state.setdefault(_RUNS, {})
        runs[f"{now[LESSON]}-{now.get(STEP, '1')}"] = now[tracked_runs.PARAM]


def was_opened() -> bool:
    """Whether this viewer has opened a lesson."""
    return bool(st.session_state.get(_REACHED))
