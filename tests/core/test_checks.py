"""Checks of values from outside: valid ones are converted to plain objects, invalid ones raise a ValueError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import checks

Check = Callable[[Any], Any]


def number(value: Any) -> float:
    return checks.number("speed", value, -1.5, 2.0)


def integer(value: Any) -> int:
    return checks.integer("count", value, 2, 9)


def choice(value: Any) -> str:
    return checks.choice("colour", value, ("red", "blue"))


def numbers(value: Any) -> tuple[float, ...]:
    return checks.numbers("weights", value, 0.0, 1.0, 3)


def known_keys(value: Any) -> dict[str, Any]:
    return checks.known_keys("A box", value, ("width", "height"))


@pytest.mark.parametrize(
    ("check", "given", "plain"),
    [
        (number, 1, 1.0),
        (number, -1.5, -1.5),
        (number, 2.0, 2.0),
        (integer, 2, 2),
        (integer, 9.0, 9),
        (choice, "blue", "blue"),
        (numbers, [1, 0.5], (1.0, 0.5)),
        (known_keys, {"width": 1}, {"width": 1}),
        (known_keys, {}, {}),
    ],
)
def test_valid_values_are_returned_as_plain_objects(check: Check, given: Any, plain: Any) -> None:
    result = check(given)
    assert result == plain
    assert type(result) is type(plain)


@pytest.mark.parametrize(
    ("check", "bad", "parts"),
    [
        (number, "1", ("`speed`", "a number", "'1'")),
        (number, True, ("`speed`", "a number", "True")),
        (number, None, ("`speed`", "a number", "None")),
        (number, 2.5, ("`speed`", "between -1.5 and 2", "got 2.5")),
        (number, float("nan"), ("`speed`", "between -1.5 and 2", "nan")),
        (number, float("inf"), ("`speed`", "between -1.5 and 2", "inf")),
        (integer, 3.5, ("`count`", "whole", "3.5")),
        (integer, True, ("`count`", "whole", "True")),
        (integer, float("nan"), ("`count`", "whole", "nan")),
        (integer, 10, ("`count`", "between 2 and 9", "got 10")),
        (integer, 10**400, ("`count`", "between 2 and 9")),
        (choice, "green", ("`colour`", "red, blue", "'green'")),
        (choice, ["red"], ("`colour`", "red, blue", "['red']")),
        (numbers, "0.5", ("`weights`", "a list", "'0.5'")),
        (numbers, 0.5, ("`weights`", "a list", "0.5")),
        (numbers, {0.5: 1}, ("`weights`", "a list")),
        (numbers, [], ("`weights`", "1 to 3", "got 0")),
        (numbers, [0.1] * 4, ("`weights`", "1 to 3", "got 4")),
        (numbers, [0.1, 2.0], ("`weights[1]`", "between 0 and 1", "got 2")),
        (known_keys, {"depth": 1}, ("A box", "`depth`", "width, height")),
        (known_keys, [1], ("A box", "object", "[1]")),
    ],
)
def test_errors_name_the_value_and_what_is_allowed(check: Check, bad: Any, parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is read below)
        check(bad)
    message = str(caught.value)
    assert all(part in message for part in parts), message
    assert "\n" not in message


def test_integer_beyond_float_range_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="speed"):
        number(10**400)
