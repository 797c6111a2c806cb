"""Cells of a study's maps. A map shows one quantity of one curve over two axes; a cell is the mean over the seeds and other parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from core.results.outcome import least_steps
from core.results.report import Metrics
from core.store.records import TRAINING
from core.sweep.grid import CURVE
from core.sweep.rows import Row
from core.sweep.task import short

METRICS = tuple(f.name for f in fields(Metrics))


@dataclass(frozen=True)
class Cell:
    """One point of a map.

    Attributes:
        x, y: values of the axes.
        value: mean over the rows with a known value; NaN if there is none.
        floor: mean of the best possible values; NaN if unknown.
        rows: all rows at this point, with or without a result.
    """

    x: float
    y: float
    value: float
    floor: float
    rows: tuple[Row, ...]


def quantity(row: Row, name: str) -> float:
    """One quantity of a run: a metric, `action` or `seconds`; NaN if unknown."""
    if name in METRICS:
        return math.nan if row.metrics is None else float(getattr(row.metrics, name))
    return float(getattr(row, name)) if row.run is not None else math.nan


def cells(rows: Iterable[Row], curve: str, axes: tuple[str, str], name: str) -> list[Cell]:
    """The map of one quantity for one curve.

    Args:
        rows: all rows of the study.
        curve: name of a curve or of a sampler.
        axes: the parameters on the horizontal and the vertical axis, named as in the study's grid.
        name: name of the quantity, as in `quantity`.
    """
    groups = dict[tuple[float, float], list[Row]]()
    for row in rows:
        if curve_of(row) == curve:
            x, y = (float(row.parameters[axis]) for axis in axes)
            groups.setdefault((x, y), []).append(row)
    return [
        Cell(
            x,
            y,
            _mean(quantity(row, name) for row in own),
            _mean(_floor(row, name) for row in own),
            tuple(own),
        )
        for (x, y), own in groups.items()
    ]


def curve_of(row: Row) -> str:
    """Name of the curve that a run trains, or of its sampler."""
    return row.task.problem.interpolation if row.task.kind == TRAINING else row.task.kind


def is_too_short(row: Row) -> bool:
    """Whether a trained curve made fewer steps than a run needs to learn anything."""
    problem = row.task.problem
    is_curve = row.task.kind == TRAINING and row.run is not None and row.status != "converged"
    return is_curve and row.steps < least_steps(problem.training)


def axes_of(rows: Sequence[Row]) -> tuple[str, str] | None:
    """The axes of a study's maps: the two numeric parameters with the most values; None if fewer than two are numeric.

    The first axis is horizontal. The mode separation, if it is one of them, is the vertical axis.
    """
    names = [name for name in (rows[0].parameters if rows else ()) if _is_numeric(rows, name)]
    names.sort(key=lambda name: -len({row.parameters[name] for row in rows}))
    if len(names) < 2:
        return None
    first, second = names[:2]
    return (second, first) if first.endswith("mode_separation") else (first, second)


def averaged(rows: Sequence[Row], axes: tuple[str, str]) -> list[str]:
    """The parameters over which a cell averages: all that vary, except the curve and the two axes."""
    others = [name for name in (rows[0].parameters if rows else ()) if name not in (*axes, CURVE)]
    return [name for name in others if len({short(row.parameters[name]) for row in rows}) > 1]


def _is_numeric(rows: Sequence[Row], name: str) -> bool:
    values = [row.parameters[name] for row in rows]
    return name != "problem" and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)


def _floor(row: Row, name: str) -> float:
    return math.nan if row.floors is None or name not in METRICS else float(getattr(row.floors, name))


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan
