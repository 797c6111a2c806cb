"""The scales of a table's columns: check them, suggest a σ that suits them, and standardise them."""

from __future__ import annotations

import math
from collections.abc import Sequence

# A column whose quartiles differ by less than this fraction of its range cannot be stored well.
_LEAST_SPREAD = 1e-3


def check_spread(rows: Sequence[Sequence[float]]) -> None:
    """Check that each coordinate varies, and that no value is so far away that the others nearly coincide.

    Raises:
        ValueError: a coordinate does not vary, or has such a value.
    """
    for k, column in enumerate(zip(*rows, strict=True), start=1):
        values = sorted(column)
        size = values[-1] - values[0]
        if not size > 1e-9 * max(abs(values[0]), abs(values[-1])):
            raise ValueError(f"Column {k} has the same value in every row; remove it.")
        count = len(values)
        quartiles = values[(3 * count) // 4] - values[count // 4]
        if 0 < quartiles < _LEAST_SPREAD * size:
            middle = values[count // 2]
            far = values[0] if middle - values[0] > values[-1] - middle else values[-1]
            raise ValueError(
                f"Column {k} has a value, {far:g}, that is extremely far from the others; remove it."
            )


def std(column: Sequence[float]) -> float:
    """The standard deviation of a column."""
    mean = math.fsum(column) / len(column)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in column) / len(column))


HINT = "The columns have very different scales, so training may fail; use --standardise."
# Standard deviations between these limits suit the sliders of the app.
_SUITED = (0.1, 20.0)


def suggested_sigma(rows: Sequence[Sequence[float]]) -> float:
    """A latent σ that covers the points: the largest standard deviation of a coordinate, with two digits."""
    return float(f"{max(std(column) for column in zip(*rows, strict=True)):.2g}")


def needs_standardising(rows: Sequence[Sequence[float]]) -> bool:
    """Whether the scales of the coordinates differ by more than a factor of ten, or do not suit the sliders."""
    scales = [std(column) for column in zip(*rows, strict=True)]
    return max(scales) > 10 * min(scales) or max(scales) > _SUITED[1] or min(scales) < _SUITED[0]


def standardised(rows: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """The points with mean 0 and standard deviation 1 in each coordinate."""
    columns = []
    for column in zip(*rows, strict=True):
        mean, scale = math.fsum(column) / len(column), std(column)
        columns.append([(value - mean) / scale for value in column])
    return list(zip(*columns, strict=True))
