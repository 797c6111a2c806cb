"""The questions of a step as HTML, and their conditions as data for `questions.js`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from core.facts import rounded
from dashboard.handouts.families import Family
from dashboard.handouts.prose import html, inline
from dashboard.lessons.conditions import NUMBERS, Comparison, Condition, Reached
from dashboard.lessons.records import Choose, Goal, Mark, Step, Write
from dashboard.lessons.values import value_of
from dashboard.lessons.view import View, view_of
from dashboard.texts import handouts as texts

Fill = Callable[[str], str]


def questions(step: Step, key: str, fill: Fill, conditions: Sequence[dict[str, Any] | None]) -> str:
    """The questions of a step.

    Args:
        step: the step.
        key: prefix of the HTML ids of the step's fields.
        fill: replaces the live numbers in a text by their values.
        conditions: see `conditions_of`.
    """
    goals = iter(conditions)
    parts = []
    for k, question in enumerate(step.questions, 1):
        name = f"{key}-{k}"
        if isinstance(question, Choose):
            parts.append(_choose(question, name, fill))
        elif isinstance(question, Mark):
            parts.append(_mark(question, step.view, fill))
        elif isinstance(question, Goal):
            index = sum(isinstance(other, Goal) for other in step.questions[: k - 1])
            parts.append(_goal(question, index, next(goals) is not None, fill))
        else:
            parts.append(_write(question, name, fill))
    return "".join(parts)


def conditions_of(step: Step, families: Sequence[Family]) -> list[dict[str, Any] | None]:
    """For each goal of a step, the data with which the page checks whether it is reached; None if the page cannot check it.

    Args:
        step: the step.
        families: the sliders of the step, with their pictures.
    """
    goals = [question.until for question in step.questions if isinstance(question, Goal)]
    return [_condition(until, step.view, families) for until in goals]


def _condition(until: Condition, view: View, families: Sequence[Family]) -> dict[str, Any] | None:
    movable = [family.param for family in families]
    if isinstance(until, Comparison):
        if not movable:
            return None
        table = {
            family.param: [_holds(until, view, family.param, value) for value in family.values]
            for family in families
        }
        return {"table": {"own": until.holds(view, value_of, view), **table}}
    if until.name not in NUMBERS or until.name not in (*movable, "t"):
        return None
    return {"name": until.name, "sign": until.sign, "value": float(until.value)}


def _holds(until: Comparison, view: View, param: str, value: float) -> bool:
    try:
        now = view_of({**dict(view.params), param: f"{value:g}"})
        return until.holds(now, value_of, now)
    except ValueError:
        return False


def _part(name: str, content: str) -> str:
    """A part that is shown after an answer."""
    return f'<div data-part="{name}" hidden>{content}</div>' if content else ""


def _question(kind: str, content: str, answer: str, data: str = "") -> str:
    return f'<div class="question" data-kind="{kind}"{data}>{content}<div role="status">{answer}</div></div>'


def _choose(question: Choose, name: str, fill: Fill) -> str:
    options = "".join(
        f'<label><input type="radio" name="{name}" value="{k}" data-right="{"yes" if option.is_right else "no"}">'
        f"<span>{inline(fill(option.text))}</span></label>"
        for k, option in enumerate(question.options)
    )
    replies = "".join(
        _part(f"reply-{k}", html(fill(option.reply)))
        for k, option in enumerate(question.options)
        if option.reply
    )
    content = f"<fieldset><legend>{inline(fill(question.text))}</legend>{options}</fieldset>"
    return _question("choose", content, replies + _part("answer", html(fill(question.answer))))


def _mark(question: Mark, view: View, fill: Fill) -> str:
    exact = question.exact.value(view, value_of, view)
    if not math.isfinite(exact):
        return ""
    said = texts.marked(rounded(exact, 2))
    button = f'<button type="button">{texts.MARK}<span>0.00</span></button>'
    content = f'<p class="asked">{inline(fill(question.text))}</p>{button}'
    parts = "".join(
        _part(name, f"<p>{said}</p>{html(fill(words))}")
        for name, words in (("right", question.right), ("wrong", question.wrong))
    )
    data = f' data-exact="{exact:.6g}" data-within="{question.within:g}"'
    return _question("mark", content, parts + _part("answer", html(fill(question.answer))), data)


def _goal(question: Goal, index: int, is_decided: bool, fill: Fill) -> str:
    words = question.until.words if isinstance(question.until, Reached) else question.until.text
    text = fill(question.text) or texts.todo(words)
    answer = html(fill(question.answer))
    if not is_decided:
        content = f'<p class="asked">{inline(text)}</p><p>{texts.IN_THE_LAB}</p>'
        return _question(
            "lab",
            content,
            f"<details><summary>{texts.SEE}</summary>{html(fill(question.right))}{answer}</details>",
        )
    parts = _part("right", html(fill(question.right) or texts.DONE)) + _part("answer", answer)
    return _question("set", f'<p class="asked">{inline(text)}</p>', parts, f' data-condition="{index}"')


def _write(question: Write, name: str, fill: Fill) -> str:
    content = (
        f'<p class="asked"><label for="{name}">{inline(fill(question.text))}</label></p><textarea id="{name}" rows="3"></textarea>'
        f'<button type="button">{texts.COMPARE}</button> <span class="saved note" role="status"></span>'
    )
    return _question("write", content, _part("answer", html(fill(question.answer))))
