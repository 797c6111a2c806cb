"""The training runs of the paper's figures, as studies in the run store."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from core import sweep
from core.paper.figures import Figure, Trained
from core.problem import CURVES, Problem
from core.store.store import Store

# Default training seconds of each run, and default seeds. The paper trains for hours; this takes minutes on two cores.
SECONDS, SEEDS = 5.0, (0,)


def grid_of(figure: Figure, seconds: float = SECONDS, seeds: Sequence[int] = SEEDS) -> sweep.Grid:
    """The study of a figure: all its problems with all seeds, as a grid for `core.sweep`.

    Raises:
        ValueError: the seconds or the seeds are outside their limits.
    """
    return sweep.parse(
        {
            "name": figure.name,
            "problems": [problem.to_dict() for problem in figure.problems],
            "seeds": list(seeds),
            "budget": {"seconds": seconds},
            # `core.paper.exact` computes the exact action, so the study need not.
            "action": False,
        }
    )


def train(
    figure: Figure,
    grid: sweep.Grid,
    store: Store,
    engine: sweep.AbstractEngine,
    report: Callable[[str], None] = lambda _: None,
) -> list[Trained]:
    """Train the runs that are not in the store yet, and return all runs. Figures share the runs of equal problems.

    Args:
        figure: the figure.
        grid: its runs, from `grid_of`.
        store: contains earlier results; new results are saved there.
        engine: computes the runs.
        report: called with a line after each run.

    Raises:
        StoreError: the store cannot be read or written.
    """
    sweep.create(store, figure.name, grid, overwrite=True)
    with closing(sweep.run(store, figure.name, grid, engine)) as events:
        for event in events:
            report(f"{figure.name}: {_label(event.task.problem)}: {event.reason or event.status}")
    return stored(figure, store)


def _label(problem: Problem) -> str:
    m = problem.target.values.get("mode_separation")
    place = f"σ = {problem.sigma:g}" if m is None else f"σ = {problem.sigma:g}, m = {m:g}"
    return f"{CURVES[problem.interpolation]}, {place}, seed {problem.seed}"


def stored(figure: Figure, store: Store) -> list[Trained]:
    """The runs of a figure's study that have been tried, including failed ones.

    Raises:
        StoreError: the store has no study of the figure.
    """
    own = set(figure.problems)
    return [
        _trained(row, store)
        for row in sweep.table(store, figure.name)
        # Somebody may have given the figure's name to another study.
        if row.status != "open" and replace(row.task.problem, seed=0) in own
    ]


def seconds_of(figure: Figure, store: Store) -> float:
    """Training seconds of each run of a figure's study; the default if there is none.

    Raises:
        StoreError: the store cannot be read.
    """
    if figure.name not in [study.name for study in sweep.studies(store)]:
        return SECONDS
    return sweep.grid_of(store, figure.name).tasks[0].effort.seconds or math.nan


def _trained(row: sweep.Row, store: Store) -> Trained:
    frames = None if row.run is None else store.frames(row.run)
    return Trained(
        row.task.problem,
        row.status,
        row.seconds,
        0 if math.isnan(row.steps) else int(row.steps),
        row.report,
        row.run,
        # Why an earlier attempt failed does not matter once there is a result.
        row.reason if row.run is None else "",
        None if frames is None else frames.samples,
    )
