"""A lesson as plain data: steps with a view, text, questions and notes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dashboard.controls import names
from dashboard.lessons.conditions import Comparison, Condition
from dashboard.lessons.numbers import Query
from dashboard.lessons.view import View

# The form of a lesson's name, in links and as the name of its file.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
# The run panel, as the name of a control, and the names of the player's controls.
TRAIN = "train"
PLAYER_CONTROLS = ("time", "worst", "backdrop", "zoom", "predict", "tools")
# All controls that a step can show: these and those of the Explore page.
CONTROLS = (*(name for name in names.NAMES if name != "examples"), *PLAYER_CONTROLS, TRAIN)
# Parts of the picture that a step can leave out.
PARTS = ("numbers", "energy", "masses", "learned", "metrics", "weights")
# Details that a step can hide: on the line, the plot of the velocity and the paths of samples; and the numbers action and W₂².
DETAILS = ("velocity", "action")
DEFAULT_PARTS = ("numbers", "energy", "masses")


@dataclass(frozen=True)
class Option:
    """One answer to choose.

    Attributes:
        text: the answer, as Markdown.
        is_right: whether it is right; several may be.
        reply: the text for a viewer who chose this answer.
    """

    text: str
    is_right: bool
    reply: str


@dataclass(frozen=True)
class Choose:
    """Choose one of several answers."""

    text: str
    options: tuple[Option, ...]
    answer: str


@dataclass(frozen=True)
class Mark:
    """Move the time to where something happens.

    Attributes:
        exact: the number that is the right time.
        within: largest distance from it that still counts as right.
        right, wrong: the text after a right or a wrong mark; `answer` follows in both cases.
    """

    text: str
    exact: Query
    within: float
    right: str
    wrong: str
    answer: str


@dataclass(frozen=True)
class Goal:
    """Set the controls until a condition holds. The text is empty if the lesson contains the condition alone."""

    text: str
    until: Condition
    right: str
    answer: str


@dataclass(frozen=True)
class Write:
    """Write an answer in your own words; it is not graded and stays in the browser."""

    text: str
    answer: str


Question = Choose | Mark | Goal | Write


@dataclass(frozen=True)
class Exercise:
    """An exercise to do after the lesson, with an answer for the lecturer."""

    text: str
    answer: str


@dataclass(frozen=True)
class Step:
    """One step of a lesson.

    Attributes:
        title: its heading.
        line: line of the heading in the file.
        view: what the player shows.
        controls: names of the controls that the viewer may use.
        parts: parts of the picture that are shown, of PARTS.
        hidden: details of the picture that are hidden, of DETAILS.
        curves: the curves that are shown if the method of the view is `all`; all three if empty.
        samplers: classic samplers whose saved pictures are shown beside the curves.
        text: Markdown with live numbers in braces.
        questions: in the order of the file.
        notes: notes for the presenter, as Markdown; empty for none.
        checks: comparisons that the text relies on.
        exercises: exercises after this step.
        numbers: all live numbers of the step, with their lines.
    """

    title: str
    line: int
    view: View
    controls: tuple[str, ...]
    parts: tuple[str, ...]
    text: str
    questions: tuple[Question, ...] = ()
    notes: str = ""
    checks: tuple[Comparison, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    curves: tuple[str, ...] = ()
    samplers: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    numbers: tuple[tuple[int, Query], ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes:
        name: its name in links: the name of its file without the suffix.
        title: a few words.
        minutes: how long it takes.
        level: whom it is for, such as `first contact`.
        summary: one sentence for its card.
        steps: at least one.
    """

    name: str
    title: str
    minutes: int
    level: str
    summary: str
    steps: tuple[Step, ...]
