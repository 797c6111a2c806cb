"""Checks of values that come from outside: a file, a link, a command line, a widget.

Each returns the value in its plain Python form or raises a ValueError of one sentence: what, where, the allowed range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LONGEST_NUMBER = 24
# A value in a message is cut after this many characters.
LONGEST_VALUE = 60
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class LimitsError(ValueError):
    """A number outside its limits, or a word that is no option.

    Attributes:
        allowed: the allowed values in words, such as `0.5 to 6`.
    """

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


def number(name: str, value: Any, minimum: float, maximum: float) -> float:
    """A finite number in `[minimum, maximum]`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"`{name}` must be a number; got {brief(value)}.")
    # A comparison, unlike a conversion, also takes whole numbers beyond the range of floats; NaN fails it.
    if not minimum <= value <= maximum:
        message = f"`{name}` must lie between {minimum:g} and {maximum:g}; got {_short(value)}."
        raise LimitsError(message, f"{readable(minimum)} to {readable(maximum)}")
    return float(value)


def integer(name: str, value: Any, minimum: int, maximum: int) -> int:
    """A whole number in `[minimum, maximum]`."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise ValueError(f"`{name}` must be a whole number; got {brief(value)}.")
    if not minimum <= value <= maximum:
        message = f"`{name}` must lie between {minimum} and {maximum}; got {_short(value)}."
        raise LimitsError(message, f"{minimum} to {maximum}")
    return int(value)


def readable(value: float) -> str:
    """A number for a sentence: `0.5`, `-3`, and with a power of ten where `%g` would write an exponent: `10⁹`, `2.5·10⁻⁶`."""
    mantissa, _, exponent = f"{value:g}".partition("e")
    if not exponent:
        return mantissa
    power = f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    return power if mantissa == "1" else f"{mantissa}·{power}"


def brief(value: Any) -> str:
    """Any value in a message: its `repr`, cut where it is long."""
    # A string is cut first, so that the quotes around it stay.
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return repr(value[:LONGEST_VALUE] + "…")
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _short(value: float) -> str:
    """A number in a message: not a whole line of digits."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST_NUMBER else f"a number of {len(text)} digits"


def choice(name: str, value: Any, options: Iterable[str]) -> str:
    """One of the options."""
    options = tuple(options)
    if value not in options:
        allowed = ", ".join(options)
        raise LimitsError(f"`{name}` must be one of {allowed}; got {brief(value)}.", allowed)
    return str(value)


def numbers(name: str, value: Any, minimum: float, maximum: float, most: int) -> tuple[float, ...]:
    """A list of one to `most` numbers, each in `[minimum, maximum]`."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise ValueError(f"`{name}` must be a list of numbers; got {brief(value)}.")
    items = tuple(value)
    if not 1 <= len(items) <= most:
        raise ValueError(f"`{name}` must have 1 to {most} numbers; got {len(items)}.")
    return tuple(number(f"{name}[{i}]", item, minimum, maximum) for i, item in enumerate(items))


def known_keys(name: str, value: Any, keys: Iterable[str]) -> dict[str, Any]:
    """A mapping that holds no other keys than these."""
    keys = tuple(keys)
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be an object with keys; got {brief(value)}.")
    for key in value:
        if key not in keys:
            allowed = ", ".join(keys) if keys else "none"
            raise ValueError(f"{name} has no `{str(key)[:LONGEST_VALUE]}`; it takes: {allowed}.")
    return dict(value)
