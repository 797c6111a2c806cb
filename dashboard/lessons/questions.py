"""Read the questions of a step. There are four kinds, each written as a block of lines:

? choose: Which curve is fast at the end?
(x) The linear one. => Yes: …
( ) The gradient flow. => No: …
! What everyone should know afterwards.

? mark: When has half of the mass arrived?
= arrival linear mode=2 within 0.03
+ Words for a right mark.
- Words for a wrong mark.
! …

? set: Move the modes apart until the energy exceeds a thousand.
> until: kinetic_energy linear t=1 now > 1000
+ Words when it is done.

? text: Explain it in your own words.
! A good answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from core.quantities import QUANTITIES
from dashboard.lessons.conditions import parse_condition
from dashboard.lessons.escape import escaped
from dashboard.lessons.numbers import parse_query
from dashboard.lessons.records import Choose, Goal, Mark, Option, Question, Write

KINDS = ("mark", "choose", "set", "text")
_FIRST = re.compile(r"\?\s+(\w+):\s*(.*)")
_UNTIL = re.compile(r">\s*until:\s*(.*)")
_OPTION = re.compile(r"\(([ x])\)\s+(.*)")
_EXACT = re.compile(r"(.*\S)\s+within\s+(\S+)")
# The beginnings of the lines of a question, and what they mark. Other lines continue the line above.
_MARKS = {"= ": "exact", "+ ": "right", "- ": "wrong", "! ": "answer"}
Entry = tuple[str, str]


def is_question(line: str) -> bool:
    """Whether this line begins a question, or a condition (`> until:`) without a question."""
    return _FIRST.fullmatch(line) is not None or _UNTIL.fullmatch(line) is not None


def ask(block: Sequence[str]) -> Question:
    """Read one question from its lines.

    Raises:
        ValueError: the question is incomplete.
    """
    entries = _entries(block)
    if entries[0][0] == "until":
        return Goal("", parse_condition(entries[0][1]), _said(entries, "right"), _said(entries, "answer"))
    found = _FIRST.fullmatch(block[0])
    kind = found[1] if found else ""
    if kind not in KINDS:
        raise ValueError(f"There is no kind of question `{kind}`; the kinds are {', '.join(KINDS)}.")
    if not entries[0][1]:
        raise ValueError("The question has no text.")
    readers: dict[str, Callable[[Sequence[Entry]], Question]] = {
        "mark": _mark,
        "choose": _choose,
        "set": _set,
        "text": _write,
    }
    return readers[kind](entries)


def _entries(block: Sequence[str]) -> list[Entry]:
    """The lines as pairs of mark and text; a line without a mark is joined to the one above."""
    found: list[Entry] = []
    for text in block:
        if not found and (first := _FIRST.fullmatch(text)):
            found.append(("question", first[2]))
        elif until := _UNTIL.fullmatch(text):
            found.append(("until", until[1]))
        elif option := _OPTION.fullmatch(text):
            found.append(("right option" if option[1] == "x" else "option", option[2]))
        elif text[:2] in _MARKS:
            found.append((_MARKS[text[:2]], text[2:].strip()))
        else:
            mark, before = found.pop()
            found.append((mark, f"{before} {text.strip()}"))
    return found


def _said(entries: Sequence[Entry], mark: str) -> str:
    """All lines with a mark, as one text."""
    return escaped(" ".join(text for found, text in entries if found == mark))


def _choose(entries: Sequence[Entry]) -> Choose:
    options = tuple(_option(mark, text) for mark, text in entries if mark in ("option", "right option"))
    if len(options) < 2:
        raise ValueError("A question `choose` needs at least two answers: lines `( ) …` and `(x) …`.")
    if not any(option.is_right for option in options):
        raise ValueError("A question `choose` needs a right answer: a line `(x) …`.")
    if len({option.text for option in options}) < len(options):
        raise ValueError("Two answers of this question are the same.")
    return Choose(_said(entries, "question"), options, _said(entries, "answer"))


def _option(mark: str, text: str) -> Option:
    """An answer and, after `=>`, the reply to a viewer who chose it."""
    answer, _, reply = text.partition("=>")
    return Option(escaped(answer.strip()), mark == "right option", escaped(reply.strip()))


def _mark(entries: Sequence[Entry]) -> Mark:
    given = next((text for mark, text in entries if mark == "exact"), None)
    found = _EXACT.fullmatch(given or "")
    if found is None:
        raise ValueError(
            "A question `mark` needs its exact value: a line `= arrival linear mode=2 within 0.05`."
        )
    exact = parse_query(found[1])
    if not QUANTITIES[exact.term.name].is_time or exact.divisor is not None:
        times = ", ".join(name for name, quantity in QUANTITIES.items() if quantity.is_time)
        raise ValueError(f"The exact value of a mark must be a time: {times}.")
    return Mark(
        _said(entries, "question"), exact, _tolerance(found[2]), _said(entries, "right"), _said(entries, "wrong"),
        _said(entries, "answer"),
    )  # fmt: skip


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 0.5:
        raise ValueError(f"`within` must lie between 0 and 0.5; got `{text}`.")
    return value


def _set(entries: Sequence[Entry]) -> Goal:
    until = next((text for mark, text in entries if mark == "until"), None)
    if until is None:
        raise ValueError("A question `set` needs a condition: a line `> until: mode_separation >= 8`.")
    return Goal(
        _said(entries, "question"), parse_condition(until), _said(entries, "right"), _said(entries, "answer")
    )


def _write(entries: Sequence[Entry]) -> Write:
    answer = _said(entries, "answer")
    if not answer:
        raise ValueError("A question `text` needs a good answer to compare with: a line `! …`.")
    return Write(_said(entries, "question"), answer)
