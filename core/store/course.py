"""The course of a run: its loss and its effective sample size over time in seconds, stored as JSON next to its pictures."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

from core import checks

MOST_POINTS, LONGEST_TEXT, MOST_BYTES = 100_000, 10_000, 16 * 2**20
Fact = float | str | None


@dataclass(frozen=True)
class Course:
    """The history of a run. Unknown numbers are NaN.

    Attributes:
        facts: plain values of its last state, such as the loss.
        curve: (seconds, loss or acceptance rate) over the run.
        ess: (seconds, effective sample size as a fraction, number of samples) over the run.
        error: why it failed; empty otherwise.
        pictures: (number, steps, seconds) of the pictures that were saved during the run; some may have been removed since.
    """

    facts: dict[str, Fact] = field(default_factory=dict)
    curve: tuple[tuple[float, float], ...] = ()
    ess: tuple[tuple[float, float, int], ...] = ()
    error: str = ""
    pictures: tuple[tuple[int, int, float], ...] = ()

    def pack(self) -> bytes:
        """Encode the course as JSON, which `unpack` reads."""
        data = {
            "facts": {name: _known(value) for name, value in self.facts.items()},
            "curve": [[_known(value) for value in point] for point in self.curve],
            "ess": [[_known(value) for value in point] for point in self.ess],
            "error": self.error,
            "pictures": self.pictures,
        }
        return json.dumps(data, allow_nan=False, separators=(",", ":")).encode()

    @classmethod
    def unpack(cls, content: bytes) -> Course:
        """Decode a course that `pack` encoded.

        Raises:
            ValueError: the content is not a course, or a value is outside its limits.
        """
        if len(content) > MOST_BYTES:
            raise ValueError(f"the course of a run must have at most {MOST_BYTES} bytes")
        names = ("facts", "curve", "ess", "error", "pictures")
        data = checks.known_keys("The course of a run", json.loads(content), names)
        facts = data.get("facts", {})
        if not isinstance(facts, dict):
            raise ValueError("`facts` must be an object")
        return cls(
            {_text(name): _fact(name, value) for name, value in facts.items()},
            tuple((_number(seconds), _number(value)) for seconds, value in _points(data, "curve", 2)),
            tuple((_number(a), _number(b), _count(n)) for a, b, n in _points(data, "ess", 3)),
            _text(data.get("error", "")),
            tuple((_count(n), _count(steps), _number(s)) for n, steps, s in _points(data, "pictures", 3)),
        )


def _known(value: Fact) -> Fact:
    """Return a value that JSON can represent: None in place of NaN or infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _points(data: dict[str, Any], name: str, length: int) -> list[list[Any]]:
    found = data.get(name, [])
    if not isinstance(found, list) or len(found) > MOST_POINTS:
        raise ValueError(f"`{name}` must be a list of at most {MOST_POINTS} points")
    if not all(isinstance(point, list) and len(point) == length for point in found):
        raise ValueError(f"each point of `{name}` must have {length} numbers")
    return found


def _fact(name: str, value: Any) -> Fact:
    return _text(value) if isinstance(value, str) else _number(value)


def _number(value: Any) -> float:
    return math.nan if value is None else checks.number("A number of a course", value, -1e300, 1e300)


def _count(value: Any) -> int:
    return checks.integer("A count of a course", value, 0, 2**53)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"a text of a course must have at most {LONGEST_TEXT} characters")
    return value
