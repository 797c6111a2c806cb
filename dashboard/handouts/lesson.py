"""A handout of a lesson: its steps with their players, questions and exercises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

from core.mode_weights import as_markdown
from dashboard import cache
from dashboard.controls.names import SLIDERS
from dashboard.handouts import families
from dashboard.handouts.asked import conditions_of, questions
from dashboard.handouts.document import Document, Section, Stage
from dashboard.handouts.families import Family
from dashboard.handouts.live_numbers import LiveNumbers
from dashboard.handouts.panels import before_training, complete_panels
from dashboard.handouts.payload import Reels
from dashboard.handouts.prose import html, inline
from dashboard.handouts.view import terms
from dashboard.lessons.page.stage import LEARNED, WEIGHTS, left_out
from dashboard.lessons.records import TRAIN, Lesson, Step
from dashboard.player.reel import pack
from dashboard.results.classics import classic_panels
from dashboard.state import Selection
from dashboard.texts import handouts as texts
from dashboard.texts import lessons as lesson_texts
from dashboard.texts import mode_weights as weight_texts

Report = Callable[[float], None]


def lesson_handout(lesson: Lesson, report: Report, *, has_answers: bool = False) -> str:
    """The page of a lesson.

    Args:
        lesson: the lesson.
        report: called with the fraction done; may raise an exception to cancel the work.
        has_answers: whether the answers to the exercises and the presenter's notes are printed, for the lecturer.
    """
    writer = _Writer(has_answers)
    count = len(lesson.steps)
    sections = []
    for number, step in enumerate(lesson.steps, 1):
        sections.append(
            writer.section(step, number, lambda done, before=number - 1: report((before + done) / count))
        )
    about = lesson_texts.about(lesson.minutes, count, lesson.level)
    lead = f'<p>{escape(lesson.summary)}</p><p class="settings">{escape(about)}</p>'
    return Document(lesson.title, lead, sections, f"<p>{texts.LESSON_END}</p>", writer.reels).write()


class _Writer:
    """Writes the steps of one lesson. If several steps have the same slider, its pictures are computed only once."""

    def __init__(self, has_answers: bool) -> None:
        self.has_answers = has_answers
        self.reels = Reels()
        self._families = dict[Any, Family]()

    def section(self, step: Step, number: int, report: Report) -> Section:
        """Write one step as a section of the page."""
        selection = Selection(step.view.method, step.view.problem, 10.0, step.curves)
        sliders = tuple(self._family(selection, name, report) for name in _sliders(step, selection))
        conditions, numbers = conditions_of(step, sliders), LiveNumbers(step.view, sliders)
        fill = numbers.fill
        text = html(fill(step.text)) + (
            f'<p class="note">{texts.SAVED_RESULTS}</p>' if TRAIN in step.controls else ""
        )
        text += self._weights(step)
        after = questions(step, f"question-{number}", fill, conditions) + self._end(step, fill)
        title = inline(fill(step.title))
        stage = self._stage(step, selection, sliders, conditions, report)
        if stage is not None:
            stage = replace(stage, numbers=tuple(numbers.tables))
        return Section(numbers.elements(title), numbers.elements(text), stage, numbers.elements(after))

    def _weights(self, step: Step) -> str:
        """The study of a far mode's weight as a table, in the steps that show it."""
        record = cache.mode_weights() if WEIGHTS in step.parts else None
        return "" if record is None else html(f"{as_markdown(record)}\n\n{weight_texts.TABLE}")

    def _stage(
        self, step: Step, selection: Selection, sliders: tuple[Family, ...], conditions: Any, report: Report
    ) -> Stage | None:
        panels = complete_panels(before_training(selection, has_saved=LEARNED in step.parts), report)
        panels += classic_panels(step.samplers, step.view.problem)
        if not panels:
            return None
        params = dict(step.view.params)
        return Stage(
            self.reels.add(pack(panels)),
            terms(selection),
            sliders,
            step.view.t,
            params.get("backdrop"),
            params.get("panel"),
            tuple(left_out(step)),
            tuple(conditions),
        )

    def _family(self, selection: Selection, name: str, report: Report) -> Family:
        key = selection, name
        if key not in self._families:
            self._families[key] = families.family(selection, name, self.reels, report)
        return self._families[key]

    def _end(self, step: Step, fill: Callable[[str], str]) -> str:
        """The exercises of a step; for the lecturer with their answers and the notes."""
        parts = []
        for k, exercise in enumerate(step.exercises, 1):
            parts.append(f"<h3>{texts.exercise(k)}</h3>{html(fill(exercise.text))}")
            if self.has_answers:
                parts.append(
                    f'<div class="solution"><strong>{texts.ANSWER}</strong> {html(fill(exercise.answer))}</div>'
                )
        if self.has_answers and step.notes:
            parts.append(
                f'<div class="solution"><strong>{texts.NOTES}</strong> {html(fill(step.notes))}</div>'
            )
        return f'<div class="exercises">{"".join(parts)}</div>' if parts else ""


def _sliders(step: Step, selection: Selection) -> list[str]:
    possible = families.params_of(selection)
    return [name for name in SLIDERS if name in step.controls and name in possible]
