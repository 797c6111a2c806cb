"""Read points from a table of text (CSV), and choose the points that a problem can hold. This module does not import torch."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.targets.points.packed import LARGEST, LEAST_ROWS, MOST_COLUMNS, most_rows
from core.targets.points.scales import check_spread

# Largest size of a file, in bytes.
MOST_BYTES = 5_000_000
# A table is refused if more than this fraction of its rows cannot be read.
_MOST_BAD = 0.2
# Possible delimiters; the first is preferred. A table without any of them is split at spaces.
_DELIMITERS = ",;\t|"
# Number of lines from which the delimiter is found, and the largest number of lines or columns that a message lists.
_LOOKED_AT, _LISTED = 20, 3
_SEED = 0


@dataclass(frozen=True)
class Table:
    """The points of a file.

    Attributes:
        rows: the points that are kept.
        notes: what was left out, one sentence each.
    """

    rows: list[tuple[float, ...]]
    notes: tuple[str, ...]


def read(content: bytes) -> Table:
    """Read points from a table: one point per line, with commas, semicolons, tabs or spaces between its numbers.

    A first line with names is skipped, as are empty lines and those that begin with `#`. Columns without numbers and single rows that
    cannot be read are left out. If there are more points than a problem can hold, a random choice with a fixed seed is kept.

    Args:
        content: the bytes of the file, at most `MOST_BYTES`.

    Raises:
        ValueError: the file is too large, is not a table of numbers, or has too few points.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(
            f"The file is too large: at most {MOST_BYTES / 1e6:g} MB are allowed; take fewer rows."
        )
    lines = list(_lines(content))
    if not lines:
        raise ValueError("The file is empty; it needs one point per line, such as 1.5, -2.")
    delimiter = _delimiter([line for _, line in lines[:_LOOKED_AT]])
    cells = _cells(lines, delimiter)
    names = _header(cells)
    if names is not None:
        cells = cells[1:]
    rows, notes = _numbers(cells, delimiter, names)
    return _kept(rows, notes)


def _lines(content: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a file, each with its line number, without empty lines and comments.

    Raises:
        ValueError: the content is not text.
    """
    if b"\0" in content:
        raise ValueError("The file is not a text file; save the table as CSV.")
    text = content.decode("utf-8-sig", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line


def _delimiter(lines: Sequence[str]) -> str | None:
    """The delimiter of a table: the one for which most lines have the same number of delimiters; None for spaces."""
    best, most = None, 0
    for delimiter in _DELIMITERS:
        counts = [line.count(delimiter) for line in lines]
        common = max(set(counts), key=counts.count)
        # In a table with semicolons, commas are decimal commas.
        agreeing = counts.count(common) if common and not (delimiter == "," and ";" in lines[-1]) else 0
        if agreeing > most:
            best, most = delimiter, agreeing
    return best


def _cells(lines: Iterable[tuple[int, str]], delimiter: str | None) -> list[tuple[int, list[str]]]:
    """The cells of each line, with the number of the line.

    Raises:
        ValueError: there are too many columns, or a quotation mark is not closed.
    """
    found = []
    for number, line in lines:
        if line.count(delimiter or " ") >= 4 * MOST_COLUMNS:
            raise ValueError(f"Line {number} has too many columns; at most {MOST_COLUMNS} are allowed.")
        try:
            parts = line.split() if delimiter is None else next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            parts = []
        found.append((number, parts))
    return found


def _header(cells: list[tuple[int, list[str]]]) -> list[str] | None:
    """The names of the columns, from the first line; None if that line contains a number."""
    first = cells[0][1]
    return None if any(_number(cell) is not None for cell in first) else [cell.strip() for cell in first]


def _number(cell: str) -> float | None:
    """The number in a cell, with a decimal point or a decimal comma; None if it is not a finite number within the limits."""
    if "_" in cell or not cell.isascii():
        return None
    try:
        value = float(cell.replace(",", ".") if "," in cell else cell)
    except ValueError:
        return None
    return value if -LARGEST <= value <= LARGEST else None


def _numbers(
    cells: list[tuple[int, list[str]]], delimiter: str | None, names: list[str] | None
) -> tuple[list[tuple[float, ...]], list[str]]:
    """The numbers of all complete rows, and what was left out.

    Raises:
        ValueError: the table has no columns of numbers, too many columns, or too many incomplete rows.
    """
    if not cells:
        raise ValueError("The file has no numbers; it needs one point per line, such as 1.5, -2.")
    lengths = [len(row) for _, row in cells]
    width = max(set(lengths), key=lengths.count)
    table = [
        (number, [_number(cell) for cell in row] if len(row) == width else None) for number, row in cells
    ]
    full = [values for _, values in table if values is not None]
    columns = [k for k in range(width) if 2 * sum(values[k] is not None for values in full) >= len(full)]
    if not columns:
        raise ValueError("The file has no column of numbers; it needs one point per line, such as 1.5, -2.")
    if len(columns) > MOST_COLUMNS:
        raise ValueError(
            f"The file has {len(columns)} columns of numbers; at most {MOST_COLUMNS} are allowed."
        )
    rows, bad = [], []
    for number, values in table:
        point = None if values is None else tuple(values[k] for k in columns)
        complete = None if point is None else tuple(value for value in point if value is not None)
        if complete is None or len(complete) < len(columns):
            bad.append(number)
        else:
            rows.append(complete)
    lines = f"{'line' if len(bad) == 1 else 'lines'} {_list([str(number) for number in bad])}"
    if len(bad) > _MOST_BAD * len(cells):
        raise ValueError(
            f"{len(bad)} of {len(cells)} rows do not have {len(columns)} numbers ({lines}); correct or remove them."
        )
    notes = _left_out_columns(width, columns, names)
    if bad:
        notes.append(
            f"Left out {lines}, which {'does' if len(bad) == 1 else 'do'} not have {len(columns)} numbers from −10⁸ to 10⁸."
        )
    return rows, notes


def _left_out_columns(width: int, columns: list[int], names: list[str] | None) -> list[str]:
    absent = [k for k in range(width) if k not in columns]
    if not absent:
        return []
    titles = [names[k] if names and k < len(names) and names[k] else str(k + 1) for k in absent]
    return [
        f"Left out {'column' if len(absent) == 1 else 'columns'} {_list(titles)}, which {'has' if len(absent) == 1 else 'have'} no numbers."
    ]


def _list(items: list[str]) -> str:
    """A list in a sentence, shortened: `2, 5, 7 and 31 more`."""
    shown = ", ".join(item[:20] for item in items[:_LISTED])
    return shown if len(items) <= _LISTED else f"{shown} and {len(items) - _LISTED} more"


def _kept(rows: list[tuple[float, ...]], notes: list[str]) -> Table:
    """All points, or a random choice with a fixed seed if there are more than a problem can hold.

    Raises:
        ValueError: there are too few points, or one column is constant or has a value extremely far from the others.
    """
    if len(rows) < LEAST_ROWS:
        raise ValueError(f"A density needs at least {LEAST_ROWS} points; the file has {len(rows)}.")
    most = most_rows(len(rows[0]))
    if len(rows) > most:
        chosen = sorted(random.Random(_SEED).sample(range(len(rows)), most))
        notes.append(f"Kept {most} of {len(rows)} points, chosen at random with a fixed seed.")
        rows = [rows[i] for i in chosen]
    check_spread(rows)
    return Table(rows, tuple(notes))
