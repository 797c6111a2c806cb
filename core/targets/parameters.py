"""Kinds of target parameters. Each has a default, limits and a sentence for tooltips, and validates values.

This module does not import torch, so that lists of targets and their parameters load quickly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import checks
from core.targets.expression.parse import is_reserved
from core.targets.points.packed import PackedPoints
from core.targets.sketch.packed import PackedSketch

MOST_MODES = 400
# More dimensions are never allowed. With fewer, a problem may still be rejected because it needs too much memory.
MOST_DIMENSIONS = 200
# Parameters in a formula: their maximum number, and the form of their names.
MOST_NAMES = 12
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")


@dataclass(frozen=True)
class Number:
    """A real parameter.

    Attributes:
        minimum, maximum: limits of the value, inclusive.
        help: a sentence for tooltips.
    """

    default: float
    minimum: float
    maximum: float
    help: str

    def check(self, name: str, value: Any) -> float:
        return checks.number(name, value, self.minimum, self.maximum)


@dataclass(frozen=True)
class Integer:
    """An integer parameter.

    Attributes:
        multiple: the value must be a multiple of this number; the limits are multiples too.
    """

    default: int
    minimum: int
    maximum: int
    help: str
    multiple: int = 1

    def check(self, name: str, value: Any) -> int:
        whole = checks.integer(name, value, self.minimum, self.maximum)
        if whole % self.multiple:
            raise ValueError(f"`{name}` must be a multiple of {self.multiple}; got {whole}.")
        return whole


@dataclass(frozen=True)
class Numbers:
    """A list with one number per mode.

    Attributes:
        scalar: whether a single number is allowed and applies to all modes.
    """

    default: float | None
    minimum: float
    maximum: float
    help: str
    scalar: bool = False

    def check(self, name: str, value: Any) -> float | tuple[float, ...] | None:
        if value is None and self.default is None:
            return None
        if self.scalar and isinstance(value, (int, float)):
            return checks.number(name, value, self.minimum, self.maximum)
        return checks.numbers(name, value, self.minimum, self.maximum, MOST_MODES)


@dataclass(frozen=True)
class Positions:
    """A list of points of equal dimension. The limits apply to every coordinate."""

    default: tuple[tuple[float, ...], ...]
    minimum: float
    maximum: float
    help: str

    def check(self, name: str, value: Any) -> tuple[tuple[float, ...], ...]:
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
            raise ValueError(f"`{name}` must be a list of points; got {checks.brief(value)}.")
        rows = tuple(value)
        if not 1 <= len(rows) <= MOST_MODES:
            raise ValueError(f"`{name}` must have 1 to {MOST_MODES} points; got {len(rows)}.")
        points = tuple(
            checks.numbers(f"{name}[{i}]", row, self.minimum, self.maximum, MOST_DIMENSIONS)
            for i, row in enumerate(rows)
        )
        lengths = sorted({len(point) for point in points})
        if len(lengths) > 1:
            allowed = ", ".join(map(str, lengths))
            raise ValueError(f"All points of `{name}` must have the same dimension; got {allowed}.")
        return points


@dataclass(frozen=True)
class Formula:
    """A formula of the coordinates, such as `x1**2/2 + x2**4`. This class only checks that it is text; the table of targets parses it."""

    default: str
    help: str

    def check(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"`{name}` must be a formula in quotes; got {checks.brief(value)}.")
        return value


def named_number(text: str) -> tuple[str, float]:
    """Parse a name and a number, such as `a=1.5`.

    Raises:
        ValueError: the text has another form.
    """
    name, _, value = text.partition("=")
    return name.strip(), float(value)


@dataclass(frozen=True)
class NamedNumbers:
    """Numbers by name: a mapping such as `{"a": 1.5}`, stored as (name, value) pairs in alphabetical order.

    In links they are written as text: `a=1.5, b=2`.
    """

    default: tuple[tuple[str, float], ...]
    minimum: float
    maximum: float
    help: str

    def check(self, name: str, value: Any) -> tuple[tuple[str, float], ...]:
        try:
            pairs = (
                dict(named_number(part) for part in value.split(","))
                if isinstance(value, str) and value
                else dict(value)
            )
        except (TypeError, ValueError):
            raise ValueError(
                f'`{name}` must be numbers by name, such as {{"a": 1.5}}; got {checks.brief(value)}.'
            ) from None
        if len(pairs) > MOST_NAMES:
            raise ValueError(f"`{name}` must have at most {MOST_NAMES} names; got {len(pairs)}.")
        for key in pairs:
            if not isinstance(key, str) or not _NAME.fullmatch(key) or is_reserved(key):
                raise ValueError(
                    f"`{name}` needs names of up to 20 letters and digits that have no other meaning in formulas; got {checks.brief(key)}."
                )
        return tuple(
            (key, checks.number(key, pairs[key], self.minimum, self.maximum)) for key in sorted(pairs)
        )


@dataclass(frozen=True)
class Covariances:
    """Covariance matrices, one per mode or one for all modes. A matrix is given by the rows of its upper triangle, one after the other.

    In the plane a matrix is `(variance of x1, covariance, variance of x2)`. The table of targets checks the lengths against the dimension.
    """

    default: None
    minimum: float
    maximum: float
    help: str

    def check(self, name: str, value: Any) -> tuple[tuple[float, ...], ...] | None:
        if value is None:
            return None
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
            raise ValueError(f"`{name}` must be a list of matrices; got {checks.brief(value)}.")
        rows, longest = tuple(value), MOST_DIMENSIONS * (MOST_DIMENSIONS + 1) // 2
        if not 1 <= len(rows) <= MOST_MODES:
            raise ValueError(f"`{name}` must have 1 to {MOST_MODES} matrices; got {len(rows)}.")
        return tuple(
            checks.numbers(f"{name}[{i}]", row, self.minimum, self.maximum, longest)
            for i, row in enumerate(rows)
        )


def is_name(text: str) -> bool:
    """Whether a text can name a registered energy."""
    return bool(_NAME.fullmatch(text))


Parameter = (
    Number
    | Integer
    | Numbers
    | Positions
    | Covariances
    | Formula
    | NamedNumbers
    | PackedPoints
    | PackedSketch
)
