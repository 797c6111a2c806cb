"""Grids of the Studies page: every curve over two axes. Limits keep a study small enough for a shared server."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core import checks
from core.problem import INTERPOLATIONS
from core.sweep.grid import CURVE, Grid, parse
from core.targets.registry import TARGETS

MOST_RUNS, MOST_HOURS = 300, 2.0
MOST_VALUES, MOST_SECONDS = 12, 60.0
# Estimated seconds of scoring and drawing after each run has trained.
SCORING_SECONDS = 3.0


@dataclass(frozen=True)
class Axis:
    """An axis of a study.

    Attributes:
        key: its name in a grid.
        title: its name in a sentence.
        parameter: the parameter of the target that it varies; empty if it varies something else.
    """

    key: str
    title: str
    parameter: str = ""


AXES = {
    "sigma": Axis("sigma", "latent σ"),
    "separation": Axis("target.mode_separation", "mode separation", "mode_separation"),
    "dim": Axis("target.dim", "dimension", "dim"),
}


def targets_for(axes: Sequence[str]) -> dict[str, str]:
    """Names and titles of the targets that have all parameters of these axes."""
    wanted = {AXES[axis].parameter for axis in axes} - {""}
    return {name: entry.title for name, entry in TARGETS.items() if wanted <= set(entry.parameters)}


def values_of(axis: str, text: str) -> tuple[float, ...]:
    """The values in a text such as `1, 2, 4`, in ascending order.

    Raises:
        ValueError: a part is not a number, a value occurs twice, or there are none or too many.
    """
    title, parts = AXES[axis].title, [part for part in text.replace(";", ",").split(",") if part.strip()]
    try:
        values = sorted(float(part) for part in parts)
    except ValueError:
        raise ValueError(
            f"The values of {title} must be numbers separated by commas, such as 1, 2, 4; got “{text[:60]}”."
        ) from None
    if not 1 <= len(values) <= MOST_VALUES:
        raise ValueError(f"An axis takes 1 to {MOST_VALUES} values; {title} has {len(values)}.")
    if len(set(values)) < len(values):
        raise ValueError(f"A value of {title} occurs twice.")
    return tuple(values)


def phase_grid(
    target: str,
    axes: dict[str, tuple[float, ...]],
    curves: Sequence[str] = tuple(INTERPOLATIONS),
    seeds: Sequence[int] = (0,),
    seconds: float = 3.0,
) -> Grid:
    """The grid of a study: each curve at each combination of the values of the axes.

    Args:
        target: name of the target; other parameters take their defaults.
        axes: the values of each axis, by its name in `AXES`.
        curves: the curves, at least one.
        seeds: the seeds, at least one.
        seconds: training seconds of each run.

    Raises:
        ValueError: a value is outside its limits, or the study is too large for a server that others use.
    """
    checks.choice("target", target, targets_for(list(axes)))
    checks.number("seconds", seconds, 0.1, MOST_SECONDS)
    if not curves:
        raise ValueError("Choose at least one curve.")
    count = len(curves) * max(len(seeds), 1) * math.prod(map(len, axes.values()))
    if count > MOST_RUNS:
        raise ValueError(
            f"A study on a page has at most {MOST_RUNS} runs; this one has {count}. Use fewer values, or `python -m core sweep`."
        )
    grid = parse(
        {
            "base": {"target": {"name": target}},
            "grid": {
                **{AXES[name].key: [_plain(value) for value in values] for name, values in axes.items()},
                CURVE: list(curves),
            },
            "seeds": list(seeds),
            "budget": {"seconds": float(seconds)},
        }
    )
    if estimate(grid) > MOST_HOURS * 3600:
        raise ValueError(
            f"A study on a page takes at most {MOST_HOURS:g} hours; this one would take {estimate(grid) / 3600:.1f}. "
            "Use fewer values or seconds, or `python -m core sweep`."
        )
    return grid


def estimate(grid: Grid, num_open: int | None = None) -> float:
    """Estimated seconds of a study whose runs follow one another.

    Args:
        grid: its grid.
        num_open: number of runs that have no result yet; by default all.
    """
    count = len(grid.tasks) if num_open is None else num_open
    return count * (grid.seconds / len(grid.tasks) + SCORING_SECONDS)


def _plain(value: float) -> float | int:
    # A dimension must be an integer.
    return int(value) if value.is_integer() else value
