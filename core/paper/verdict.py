"""Verdicts: whether numbers show a claim, in one sentence that quotes them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.facts import rounded

Seen = Literal["yes", "no", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """Whether numbers show a claim.

    Attributes:
        seen: `yes` or `no`; `undecided` if the numbers cannot decide, for example because one is unknown.
        sentence: the reason, in one sentence that quotes the numbers.
    """

    seen: Seen
    sentence: str


def decided(holds: bool, sentence: str) -> Verdict:
    """The verdict `yes` if the claim holds, otherwise `no`."""
    return Verdict("yes" if holds else "no", sentence)


def unknown(values: Mapping[str, float]) -> Verdict | None:
    """The verdict `undecided` if a value is not a finite number, or if there are no values; None if all are finite.

    Args:
        values: the values that decide the claim, by name, such as `m = 5`.
    """
    missing = [name for name, value in values.items() if not math.isfinite(value)]
    if not values:
        return Verdict("undecided", "There are no numbers to decide this.")
    return (
        Verdict("undecided", f"A number that decides this is unknown at {missing[0]}.") if missing else None
    )


def rises(values: list[float]) -> bool:
    """Whether each value is larger than the one before."""
    return all(a < b for a, b in itertools.pairwise(values))


def percent(fraction: float) -> str:
    """Format a fraction as a percentage with two significant digits, such as `6.3 %`; `below 0.01 %` if it is smaller."""
    return "below 0.01 %" if fraction < 1e-4 else f"{float(f'{100 * fraction:.2g}'):g} %"


def number(value: float) -> str:
    """Format a number with three significant digits."""
    return rounded(value) if value else "0"
