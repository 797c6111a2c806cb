"""Points as packed text, as problems, links and files contain them. This module does not import torch.

Each coordinate is rounded to a multiple of 1/65535 of its range, so a number takes two bytes before compression.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core import checks
from core.targets.packing import pack, unpack

# Limits on the number of rows (points), of columns (coordinates), and of all numbers, and on the absolute value of a number.
LEAST_ROWS, MOST_ROWS = 5, 1000
MOST_COLUMNS, MOST_NUMBERS = 200, 40_000
LARGEST = 1e8
# Largest number of characters of a packed text.
LONGEST = 120_000
# A coordinate is stored as a whole number from 0 (its smallest value) to this one (its largest).
_STEPS = 65_535
_VERSION = 1
_HEAD, _COLUMN = struct.Struct("<BHH"), struct.Struct("<dd")
Rows = Sequence[Sequence[float]]


def most_rows(num_columns: int) -> int:
    """The largest number of points that a problem can hold if they have this many coordinates."""
    return min(MOST_ROWS, MOST_NUMBERS // num_columns)


def packed(rows: Rows) -> str:
    """Pack points into a text.

    Args:
        rows: one point per row, with finite numbers.
    """
    columns = list(zip(*rows, strict=True))
    content = _HEAD.pack(_VERSION, len(rows), len(columns))
    for column in columns:
        content += _COLUMN.pack(min(column), (max(column) - min(column)) / _STEPS)
    for column in columns:
        low, step = min(column), (max(column) - min(column)) / _STEPS
        content += _bytes([round((value - low) / step) if step else 0 for value in column])
    return pack(content)


@lru_cache(maxsize=8)
def unpacked(text: str) -> tuple[tuple[float, ...], ...]:
    """The points in a packed text, one per row.

    Raises:
        ValueError: the text is too long or damaged, or a number is outside its limits.
    """
    most = _HEAD.size + MOST_COLUMNS * _COLUMN.size + 2 * MOST_NUMBERS
    content = unpack("points", text, LONGEST, most)
    damaged = ValueError(f"`points` is damaged, so it cannot be read; got {checks.brief(text)}.")
    if len(content) < _HEAD.size:
        raise damaged
    version, num_rows, num_columns = _HEAD.unpack_from(content)
    start = _HEAD.size + num_columns * _COLUMN.size
    if version != _VERSION or len(content) != start + 2 * num_rows * num_columns:
        raise damaged
    _check_size(num_rows, num_columns)
    levels = array("H")
    levels.frombytes(content[start:])
    if sys.byteorder == "big":
        levels.byteswap()
    columns = []
    for k in range(num_columns):
        low, step = _COLUMN.unpack_from(content, _HEAD.size + k * _COLUMN.size)
        high = low + _STEPS * step
        if not (-LARGEST <= low <= high <= LARGEST):
            raise damaged
        columns.append([low + step * level for level in levels[k * num_rows : (k + 1) * num_rows]])
    return tuple(zip(*columns, strict=True))


def _bytes(numbers: list[int]) -> bytes:
    levels = array("H", numbers)
    if sys.byteorder == "big":
        levels.byteswap()
    return levels.tobytes()


def _check_size(num_rows: int, num_columns: int) -> None:
    """Check the numbers of points and coordinates.

    Raises:
        ValueError: a number is outside its limits.
    """
    checks.integer("the number of coordinates", num_columns, 1, MOST_COLUMNS)
    checks.integer("the number of points", num_rows, LEAST_ROWS, most_rows(num_columns))


@dataclass(frozen=True)
class PackedPoints:
    """A parameter that is a set of points, stored as packed text."""

    default: str
    help: str

    def check(self, name: str, value: Any) -> str:
        """Pack a list of points, or check a text that is already packed; returns the packed text.

        Raises:
            ValueError: the text cannot be read, or a number is outside its limits.
        """
        if isinstance(value, str):
            unpacked(value)
            return value
        if isinstance(value, (bytes, Mapping)) or not hasattr(value, "__iter__"):
            raise ValueError(f"`{name}` must be a list of points; got {checks.brief(value)}.")
        given = tuple(value)
        if not LEAST_ROWS <= len(given) <= MOST_ROWS:
            raise ValueError(f"`{name}` must have {LEAST_ROWS} to {MOST_ROWS} points; got {len(given)}.")
        rows = [
            checks.numbers(f"{name}[{i}]", row, -LARGEST, LARGEST, MOST_COLUMNS)
            for i, row in enumerate(given)
        ]
        if len({len(row) for row in rows}) > 1:
            raise ValueError(f"All points of `{name}` must have the same number of coordinates.")
        _check_size(len(rows), len(rows[0]))
        return packed(rows)
