"""Conditions on numbers and controls: goals that a viewer has to reach, and comparisons that a text relies on."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core import checks
from core.problem import INTERPOLATIONS
from core.targets.registry import TARGETS
from dashboard.lessons.numbers import Query, ValueOf, parse_query
from dashboard.lessons.view import ALL, View

COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
SYMBOLS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}
# Controls whose value is a number, and controls whose value is a word. `trained` holds once there is a learned result for the viewer's
# settings.
NUMBERS = ("sigma", "mode_separation", "std", "num_modes", "t")
WORDS: dict[str, tuple[str, ...]] = {"interpolation": (*INTERPOLATIONS, ALL), "target": tuple(TARGETS)}
TRAINED = "trained"
# A single = is a sign only between spaces. Without spaces it belongs to an argument, such as t=1.
_SIDES = re.compile(r"(>=|<=|>|<|(?<=\s)=(?=\s))")


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a factor times a live number (one that is computed for a view), or the factor alone."""

    factor: float
    query: Query | None = None

    def value(self, view: View, value_of: ValueOf, now: View | None = None) -> float:
        """The value of this side for a view; for the arguments see `Query.value`."""
        return self.factor * (1.0 if self.query is None else self.query.value(view, value_of, now))


@dataclass(frozen=True)
class Comparison:
    """A condition that compares two numbers, such as `kinetic_energy linear t=1 > 10 * kinetic_energy gradient_flow t=1`."""

    left: Side
    sign: str
    right: Side
    text: str
    line: int = 0

    @property
    def queries(self) -> tuple[Query, ...]:
        """The live numbers of both sides."""
        return tuple(side.query for side in (self.left, self.right) if side.query is not None)

    def holds(self, view: View, value_of: ValueOf, now: View | None = None) -> bool:
        """Whether the comparison is true; a comparison with an unknown number (NaN) is not. For the arguments see `Query.value`."""
        left, right = (side.value(view, value_of, now) for side in (self.left, self.right))
        return not math.isnan(left + right) and COMPARE[self.sign](left, right)


@dataclass(frozen=True)
class Reached:
    """A condition on a control: `mode_separation >= 8`, `interpolation = gradient_flow`, or `trained`."""

    name: str
    sign: str = "="
    value: str = ""

    def holds(self, now: View, t: float, is_trained: bool) -> bool:
        """Whether the viewer's settings meet the condition.

        Args:
            now: the viewer's view.
            t: the time in the player.
            is_trained: whether a learned result for these settings is shown.
        """
        if self.name == TRAINED:
            return is_trained
        if self.name in WORDS:
            found = now.method if self.name == "interpolation" else now.problem.target.name
            return found == self.value
        numbers: Mapping[str, object] = {"sigma": now.problem.sigma, "t": t, **now.problem.target.values}
        found_number = numbers.get(self.name)
        return isinstance(found_number, (int, float)) and COMPARE[self.sign](found_number, float(self.value))

    @property
    def words(self) -> str:
        """The condition in words, such as `mode separation ≥ 8`."""
        if self.name == TRAINED:
            return "the curve is trained"
        name = {"sigma": "σ"}.get(self.name, self.name.replace("_", " "))
        return f"{name} {SYMBOLS[self.sign]} {self.value.replace('_', ' ')}"


Condition = Reached | Comparison


def parse_comparison(text: str, line: int = 0) -> Comparison:
    """Read a comparison of two live numbers.

    Raises:
        ValueError: it has no sign, or a side is not a number.
    """
    parts = _SIDES.split(text, maxsplit=1)
    if len(parts) != 3 or parts[1] == "=":
        raise ValueError(f"A comparison needs one of {', '.join(COMPARE)}; got `{text.strip()}`.")
    left, sign, right = parts
    return Comparison(_side(left), sign, _side(right), text.strip(), line)


def parse_condition(text: str) -> Condition:
    """Read what a viewer has to reach: a control with a value, `trained`, or a comparison of live numbers.

    Raises:
        ValueError: the text has none of these forms.
    """
    stripped = text.strip()
    if stripped == TRAINED:
        return Reached(TRAINED)
    parts = [part.strip() for part in _SIDES.split(stripped, maxsplit=1)]
    if len(parts) == 3 and parts[0] in (*NUMBERS, *WORDS):
        return _reached(*parts)
    if len(parts) == 3 and parts[1] == "=":
        raise ValueError(
            f"There is no control `{parts[0]}`; the controls are {', '.join((*NUMBERS, *WORDS))}."
        )
    return parse_comparison(stripped)


def _reached(name: str, sign: str, value: str) -> Reached:
    if name in WORDS:
        if sign != "=":
            raise ValueError(f"The value of `{name}` is a word; compare it with `=`.")
        return Reached(name, sign, checks.choice(name, value, WORDS[name]))
    if sign == "=":
        raise ValueError(f"The value of `{name}` is a number; compare it with one of {', '.join(COMPARE)}.")
    _number(value)
    return Reached(name, sign, value)


def _side(text: str) -> Side:
    factor, star, query = text.rpartition("*")
    if star:
        return Side(_number(factor), parse_query(query))
    try:
        return Side(_number(text))
    except ValueError:
        return Side(1.0, parse_query(text))


def _number(text: str) -> float:
    try:
        return checks.number("number", float(text), -1e300, 1e300)
    except ValueError:
        raise ValueError(f"`{text.strip()}` is not a number.") from None
