"""Validation of external input: files, links, command lines and widgets.

Each check returns the value as a plain Python object, or raises a ValueError with one sentence that names the value and what is
allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

# In a message, a number with more characters than this is replaced by its number of digits.
LONGEST_NUMBER = 24
# In a message, other values are cut to this many characters.
LONGEST_VALUE = 60
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Option = TypeVar("Option", bound=str)


class LimitsError(ValueError):
    """A number outside its limits, or a word that is not an option.

    Attributes:
        allowed: description of the allowed values, such as `0.5 to 6`.
    """

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


def number(name: str, value: Any, minimum: float, maximum: float) -> float:
    """Validate a finite number in `[minimum, maximum]`.

    Raises:
        LimitsError: the number is outside its limits.
        ValueError: not a number.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"`{name}` must be a number; got {brief(value)}.")
    # Compare first, then convert: integers beyond the range of floats cannot be converted. NaN fails the comparison.
    if not minimum <= value <= maximum:
        limits = readable(minimum), readable(maximum)
        message = f"`{name}` must lie between {limits[0]} and {limits[1]}; got {_short(value)}."
        raise LimitsError(message, f"{limits[0]} to {limits[1]}")
    return float(value)


def integer(name: str, value: Any, minimum: int, maximum: int) -> int:
    """Validate an integer in `[minimum, maximum]`.

    Raises:
        LimitsError: the number is outside its limits.
        ValueError: not a whole number.
    """
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise ValueError(f"`{name}` must be a whole number; got {brief(value)}.")
    if not minimum <= value <= maximum:
        message = f"`{name}` must lie between {minimum} and {maximum}; got {_short(value)}."
        raise LimitsError(message, f"{minimum} to {maximum}")
    return int(value)


def readable(value: float) -> str:
    """Format a number for a sentence, with powers of ten instead of exponents: `0.5`, `-3`, `10⁹`, `2.5·10⁻⁶`."""
    mantissa, _, exponent = f"{value:g}".partition("e")
    if not exponent:
        return mantissa
    power = f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    return power if mantissa == "1" else f"{mantissa}·{power}"


def brief(value: Any) -> str:
    """The `repr` of a value, truncated for use in a message."""
    # Truncate a string before adding the quotes, so that both quotes stay.
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return repr(value[:LONGEST_VALUE] + "…")
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _short(value: float) -> str:
    """A number for a message; if it has more than LONGEST_NUMBER characters, only the number of its digits."""
    text = readable(value) if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST_NUMBER else f"a number of {len(text)} digits"


def choice(name: str, value: Any, options: Iterable[Option]) -> Option:
    """Validate that a value is one of the options, and return it.

    Raises:
        LimitsError: it is not one of the options.
    """
    options = tuple(options)
    if value not in options:
        allowed = ", ".join(options)
        raise LimitsError(f"`{name}` must be one of {allowed}; got {brief(value)}.", allowed)
    return options[options.index(value)]


def numbers(name: str, value: Any, minimum: float, maximum: float, most: int) -> tuple[float, ...]:
    """Validate a list of 1 to `most` numbers, each in `[minimum, maximum]`.

    Raises:
        ValueError: not a list, too many or too few numbers, or an invalid number.
    """
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise ValueError(f"`{name}` must be a list of numbers; got {brief(value)}.")
    items = tuple(value)
    if not 1 <= len(items) <= most:
        raise ValueError(f"`{name}` must have 1 to {most} numbers; got {len(items)}.")
    return tuple(number(f"{name}[{i}]", item, minimum, maximum) for i, item in enumerate(items))


def known_keys(name: str, value: Any, keys: Iterable[str]) -> dict[str, Any]:
    """Validate that a mapping contains no keys other than the given ones.

    Args:
        name: subject of the error message, such as `The target`.
        value: the mapping.
        keys: allowed keys.

    Raises:
        ValueError: not a mapping, or an unknown key.
    """
    keys = tuple(keys)
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be an object with keys; got {brief(value)}.")
    for key in value:
        if key not in keys:
            allowed = ", ".join(keys) if keys else "none"
            raise ValueError(f"{name} has no `{str(key)[:LONGEST_VALUE]}`; it takes: {allowed}.")
    return dict(value)
