"""Read a step line by line: directives, questions and text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.classics import PICTURED
from core.problem import INTERPOLATIONS
from dashboard.lessons.conditions import Comparison, parse_comparison
from dashboard.lessons.escape import escaped
from dashboard.lessons.faults import Faults
from dashboard.lessons.numbers import Query, parse_query, queries
from dashboard.lessons.questions import ask, is_question
from dashboard.lessons.records import CONTROLS, DEFAULT_PARTS, DETAILS, PARTS, Exercise, Question, Step
from dashboard.lessons.view import View, parse_view

DEFAULT_CONTROLS, DEFAULT_VIEW = ("time",), "interpolation=all"
_DIRECTIVE = re.compile(r"(view|curves|samplers|controls|show|hide|notes|check|exercise|answer):(?:\s+(.*))?")
# Directives that go on until an empty line.
_BLOCKS = ("notes", "exercise")
_IMAGE = re.compile(r"!\[[^\]]*\][(\[]")
Lines = Sequence[tuple[int, str]]


@dataclass
class Draft:
    """A step while it is read. Each text is stored with the numbers of its lines in the file.

    Attributes:
        title: its heading.
        line: line of the heading.
        view: its view; None before the first `view:` of the lesson.
        written: all texts that may contain live numbers.
    """

    title: str
    line: int
    view: View | None = None
    controls: tuple[str, ...] = DEFAULT_CONTROLS
    curves: tuple[str, ...] = ()
    samplers: tuple[str, ...] = ()
    parts: tuple[str, ...] = DEFAULT_PARTS
    hidden: tuple[str, ...] = ()
    text: list[tuple[int, str]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    checks: list[Comparison] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)
    written: list[Lines] = field(default_factory=list)

    def finished(self, faults: Faults) -> Step:
        """Make the checks that need the whole step; returns the step."""
        text = "\n".join(line for _, line in self.text).strip()
        if not self.title:
            faults.add(self.line, "A step needs a title after `#`.")
        if not text:
            faults.add(self.line, "A step needs some text.")
        numbers = [number for lines in (self.text, *self.written) for number in _numbers(lines, faults)]
        return Step(
            title=escaped(self.title),
            line=self.line,
            view=self.view or parse_view(DEFAULT_VIEW),
            controls=self.controls,
            parts=self.parts,
            hidden=self.hidden,
            text=escaped(text),
            questions=tuple(self.questions),
            notes=escaped("\n\n".join(self.notes)),
            checks=tuple(self.checks),
            exercises=tuple(self.exercises),
            curves=self.curves,
            samplers=self.samplers,
            numbers=tuple(numbers),
        )


def read_part(lines: Sequence[str], index: int, draft: Draft, faults: Faults) -> int:
    """Read a directive, a question, a block of code or a line of text.

    Args:
        lines: the lines of the file.
        index: index of the part's first line.
        draft: receives the part.
        faults: collects errors.

    Returns:
        The index of the next part.
    """
    line, number = lines[index], index + 1
    if line.startswith("```"):
        last = next((k for k in range(number, len(lines)) if lines[k].startswith("```")), len(lines) - 1)
        draft.text += [(k + 1, lines[k]) for k in range(index, last + 1)]
        return last + 1
    found = _DIRECTIVE.fullmatch(line)
    if found is None and not is_question(line):
        draft.text.append((number, line))
        return index + 1
    is_block = found is None or found[1] in _BLOCKS
    end = _end_of_block(lines, index) if is_block else index + 1
    block = [found[2] or "", *lines[number:end]] if found else list(lines[index:end])
    if is_block:
        draft.written.append([(number + k, text) for k, text in enumerate(block)])
    with faults.at(number):
        if found is None:
            draft.questions.append(ask(block))
        else:
            _apply(draft, found[1], block, number)
    return end


def _end_of_block(lines: Sequence[str], index: int) -> int:
    """The index of the line that ends a block: an empty line, a heading, another directive or question."""
    in_set = lines[index].startswith("? set:")
    for k in range(index + 1, len(lines)):
        line, found = lines[k], _DIRECTIVE.fullmatch(lines[k])
        is_other = found is not None and found[1] != "answer"
        is_next = is_question(line) and not (in_set and line.startswith(">"))
        if not line.strip() or line.startswith("# ") or is_other or is_next:
            return k
    return len(lines)


def _apply(draft: Draft, name: str, block: Sequence[str], line: int) -> None:
    """Apply a directive to a step.

    Raises:
        ValueError: its value is not allowed.
    """
    text = block[0].strip()
    if name == "view":
        draft.view = parse_view(text)
    elif name == "curves":
        draft.curves = _names("curve", text, tuple(INTERPOLATIONS))
    elif name == "samplers":
        draft.samplers = _names("sampler with a saved picture", text, PICTURED)
    elif name == "controls":
        draft.controls = _names("control", text, CONTROLS)
    elif name == "show":
        draft.parts = _names("part of the picture", text, PARTS)
    elif name == "hide":
        draft.hidden = _names("detail", text, DETAILS)
    elif name == "check":
        draft.checks.append(parse_comparison(text, line))
    elif name == "notes":
        draft.notes.append("\n".join(block).strip())
    elif name == "exercise":
        draft.exercises.append(_exercise(block))
    else:
        raise ValueError("An `answer:` belongs directly below its `exercise:`.")


def _names(kind: str, text: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """A list of names separated by commas; `none` is an empty one.

    Raises:
        ValueError: a name is not in `allowed`.
    """
    names = [part.strip() for part in text.split(",") if part.strip()]
    if names == ["none"]:
        return ()
    wrong = next((name for name in names if name not in allowed), None)
    if wrong is not None:
        raise ValueError(f"There is no {kind} `{wrong[:60]}`; allowed are {', '.join(allowed)}, or `none`.")
    if not names:
        raise ValueError(f"Name at least one {kind}, or `none`.")
    return tuple(dict.fromkeys(names))


def _exercise(block: Sequence[str]) -> Exercise:
    at = next((k for k, line in enumerate(block) if line.startswith("answer:")), None)
    if at is None:
        raise ValueError("An `exercise:` needs an `answer:` in one of the next lines.")
    question, answer = block[:at], [block[at].removeprefix("answer:"), *block[at + 1 :]]
    return Exercise(*(escaped(" ".join(" ".join(lines).split())) for lines in (question, answer)))


def _numbers(lines: Lines, faults: Faults) -> Iterator[tuple[int, Query]]:
    """The live numbers of a text with their lines; invalid ones, and pictures that would be fetched, are errors."""
    for number, line in lines:
        if _IMAGE.search(line):
            faults.add(number, "Lessons cannot show image files; describe the picture with `view:`.")
    whole = "\n".join(line for _, line in lines)
    for offset, text in queries(whole):
        number = lines[whole.count("\n", 0, offset)][0]
        with faults.at(number):
            yield number, parse_query(text)
