"""Live numbers: names in a text that are replaced by numbers, computed exactly or read from a saved run.

    {kinetic_energy linear t=1}            a quantity, a curve, and its arguments
    {mode_mass mode=2 t=0.9 %}             in percent
    {peak_energy mode_separation=8 digits=2} with a setting that differs from the view's, and two digits
    {action linear / squared_distance}     a quotient
    {classic_mode_error smc limit=10000}   a number of a sampler
    {kinetic_energy linear t=1 now}        for the viewer's settings instead of the step's

Quantities are those of `core.quantities`. Formulas between dollars and code between backticks are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from core import checks
from core.classics import METHODS as SAMPLERS
from core.facts import rounded
from core.problem import CURVES, Problem
from core.quantities import QUANTITIES, SAMPLER, checked
from dashboard.lessons.view import View, view_of

# Formulas, code, and text in braces outside of them. A backslash before a dollar or a brace makes it an ordinary character.
_PARTS = re.compile(r"\\[\\${}`]|\$\$.+?\$\$|\$[^$\n]+\$|`[^`]*`|\{(?P<query>[^{}]*)\}", re.DOTALL)
# Settings of the problem that a query may change.
SETTINGS = ("sigma", "mode_separation", "std", "dim", "beta_max", "num_modes", "target")
ValueOf = Callable[["Term", Problem], float]


@dataclass(frozen=True)
class Term:
    """One quantity with its arguments.

    Attributes:
        name: key of `QUANTITIES`.
        arguments: (name, value) pairs of all arguments, including defaults, in a fixed order.
    """

    name: str
    arguments: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Query:
    """A live number.

    Attributes:
        term: the quantity.
        curve: its curve; None for the view's first curve.
        settings: settings in place of the view's.
        is_now: whether it follows the viewer's settings.
        digits: significant digits.
        is_percent: whether it is written in percent.
        divisor: a second number, by which this one is divided.
        text: the number as it is written in the lesson, without braces.
    """

    term: Term
    curve: str | None
    settings: tuple[tuple[str, str], ...]
    is_now: bool
    digits: int
    is_percent: bool
    divisor: Query | None
    text: str

    @property
    def follows(self) -> bool:
        """Whether this number, or its divisor, follows the viewer's settings."""
        return self.is_now or (self.divisor is not None and self.divisor.follows)

    def value(self, view: View, value_of: ValueOf, now: View | None = None) -> float:
        """The number for a view.

        Args:
            view: the step's view.
            value_of: computes a term for a problem.
            now: the viewer's view, for numbers that follow it.

        Raises:
            ValueError: the number does not exist for this view.
        """
        found = value_of(self.term, self.problem(now if self.is_now and now else view))
        return found if self.divisor is None else found / self.divisor.value(view, value_of, now)

    def problem(self, view: View) -> Problem:
        """The problem for which the number is computed.

        Raises:
            ValueError: a setting is not allowed.
        """
        own = dict(view.params)
        if any(
            name == "target" for name, _ in self.settings
        ):  # another target does not have the parameters of the view's
            own = {name: text for name, text in own.items() if name in ("interpolation", "sigma")}
        problem = view_of(own | dict(self.settings)).problem if self.settings else view.problem
        return replace(problem, interpolation=checks.choice("curve", self.curve or view.methods[0], CURVES))

    def write(self, value: float) -> str:
        """The value as text."""
        if value.is_integer() and abs(value) < 1e6 and not self.is_percent:  # a count
            return f"{value:.0f}"
        return self._written(value).replace("-", "−")

    def _written(self, value: float) -> str:
        if self.is_percent:
            return f"{rounded(100 * value, self.digits)}\u00a0%"  # stays on one line
        return rounded(value, self.digits)


def parse_query(text: str) -> Query:
    """Read a live number without its braces.

    Raises:
        ValueError: a name, an argument or a value is unknown.
    """
    first, slash, second = text.partition("/")
    divisor = parse_query(second) if slash else None
    words = first.split()
    if not words:
        raise ValueError("A live number needs a name, such as `{kinetic_energy linear t=1}`.")
    name, *rest = words
    if name not in QUANTITIES:
        raise ValueError(f"There is no number `{name}`; the numbers are {', '.join(QUANTITIES)}.")
    return _query(name, rest, divisor, text)


def _query(name: str, words: list[str], divisor: Query | None, text: str) -> Query:
    curve, is_now, is_percent, digits = None, False, False, 0
    arguments, settings = dict[str, float](), dict[str, str]()
    for word in words:
        key, equals, given = word.partition("=")
        if word in CURVES:
            curve = word
        elif word in SAMPLERS and SAMPLER in QUANTITIES[name].arguments:
            arguments[SAMPLER] = float(SAMPLERS.index(word))
        elif word in ("now", "%"):
            is_now, is_percent = is_now or word == "now", is_percent or word == "%"
        elif not equals:
            raise ValueError(
                f"`{word}` is neither a curve ({', '.join(CURVES)}) nor `now`, `%` or an argument `name=value`."
            )
        elif key == "digits" and given in "123456" and given:
            digits = int(given)
        elif key in QUANTITIES[name].arguments:
            arguments[key] = _float(key, given)
        elif key in SETTINGS:
            settings[key] = given
        else:
            raise ValueError(
                f"`{name}` has no `{key}`; it takes {', '.join((*QUANTITIES[name].arguments, *SETTINGS, 'digits'))}."
            )
    term = Term(name, tuple(checked(name, arguments).items()))
    digits = digits or (2 if is_percent else 3)
    return Query(term, curve, tuple(settings.items()), is_now, digits, is_percent, divisor, text.strip())


def _float(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"`{name}` must be a number; got `{text}`.") from None


def queries(text: str) -> list[tuple[int, str]]:
    """The live numbers in a text: the offset of each and what stands in its braces."""
    return [(found.start(), found["query"]) for found in _PARTS.finditer(text) if found["query"] is not None]


def resolved(text: str, write: Callable[[Query], str]) -> str:
    """The text with all live numbers replaced.

    Args:
        text: Markdown whose live numbers are valid.
        write: the text for a live number.
    """

    def replaced(found: re.Match[str]) -> str:
        return found[0] if found["query"] is None else write(parse_query(found["query"]))

    return _PARTS.sub(replaced, text)
