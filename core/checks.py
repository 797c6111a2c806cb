"""Checks of values that come from outside: a file, a link, a command line, a widget.

Each returns the value in its plain Python form or raises a ValueError of one sentence: what, where, the allowed range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LONGEST_NUMBER = 24


def number(name: str, value: Any, minimum: float, maximum: float) -> float:
    """A finite number in `[minimum, maximum]`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"`{name}` must be a number; got {value!r}.")
    # A comparison, unlike a conversion, also takes whole numbers beyond the range of floats; NaN fails it.
    if not minimum <= value <= maximum:
        raise ValueError(f"`{name}` must lie between {minimum:g} and {maximum:g}; got {_short(value)}.")
    return float(value)


def integer(name: str, value: Any, minimum: int, maximum: int) -> int:
    """A whole number in `[minimum, maximum]`."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise ValueError(f"`{name}` must be a whole number; got {value!r}.")
    if not minimum <= value <= maximum:
        raise ValueError(f"`{name}` must lie between {minimum} and {maximum}; got {_short(value)}.")
    return int(value)


def _short(value: float) -> str:
    """A number in a message: not a whole line of digits."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST_NUMBER else f"a number of {len(text)} digits"


def choice(name: str, value: Any, options: Iterable[str]) -> str:
    """One of the options."""
    options = tuple(options)
    if value not in options:
        raise ValueError(f"`{name}` must be one of {', '.join(options)}; got {value!r}.")
    return str(value)


def numbers(name: str, value: Any, minimum: float, maximum: float, most: int) -> tuple[float, ...]:
    """A list of one to `most` numbers, each in `[minimum, maximum]`."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise ValueError(f"`{name}` must be a list of numbers; got {value!r}.")
    items = tuple(value)
    if not 1 <= len(items) <= most:
        raise ValueError(f"`{name}` must hold 1 to {most} numbers; got {len(items)}.")
    return tuple(number(f"{name}[{i}]", item, minimum, maximum) for i, item in enumerate(items))


def known_keys(name: str, value: Any, keys: Iterable[str]) -> dict[str, Any]:
    """A mapping that holds no other keys than these."""
    keys = tuple(keys)
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be an object with keys; got {value!r}.")
    for key in value:
        if key not in keys:
            allowed = ", ".join(keys) if keys else "none"
            raise ValueError(f"{name} has no `{key}`; it takes: {allowed}.")
    return dict(value)
