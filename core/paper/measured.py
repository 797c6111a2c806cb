"""A figure with all its numbers: exact curves, runs and the verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.arrays import Array
from core.paper.exact import Exact, exact
from core.paper.figures import Figure, Trained
from core.paper.verdict import Verdict
from core.pictures.frames import Frames
from core.problem import Problem
from core.results.report import without_nan

NUM_TIMES = 201
# The metrics that `rows` contains, each with its best possible value.
METRICS = ("ess_fraction", "mode_tv", "weighted_mode_tv", "modes_covered", "energy_distance", "log_z_error")


@dataclass(frozen=True, eq=False)
class Measured:
    """A figure with its numbers.

    Attributes:
        figure: the figure.
        numbers: exact numbers by problem; empty if the claim needs none.
        energies: (NUM_TIMES,) ‖v_t‖² of the exact curves by problem, at equally spaced times.
        pictures: frames by problem: exact densities over time for problems on the line; for others, the target's density, and only if the
            claim needs no exact numbers.
        runs: the training runs.
        seconds: training seconds of each run.
        exact_seconds: seconds that computing the exact numbers took.
        verdict: whether the numbers show the claim.
    """

    figure: Figure
    numbers: Mapping[Problem, Exact]
    energies: Mapping[Problem, Array]
    pictures: Mapping[Problem, Frames]
    runs: Sequence[Trained]
    seconds: float
    exact_seconds: float
    verdict: Verdict

    @property
    def seeds(self) -> list[int]:
        """The seeds of the runs."""
        return sorted({run.problem.seed for run in self.runs})


def measure(
    figure: Figure, runs: Sequence[Trained], seconds: float, report: Callable[[str], None] = lambda _: None
) -> Measured:
    """Compute the exact numbers of a figure, and the verdict on its claim.

    Args:
        figure: the figure.
        runs: the figure's training runs; may be empty.
        seconds: training seconds of each run.
        report: called with a line of text about the current step.
    """
    from core.pictures.render import LECTURE, STILL, exact_frames, target_frames

    start, numbers, energies, pictures = time.perf_counter(), {}, {}, {}
    report(f"{figure.name}: computing the exact curves")
    for problem in figure.problems:
        if figure.has_exact:
            numbers[problem], energies[problem] = exact(problem), _energies(problem)
        if problem.target.dim == 1:
            pictures[problem] = exact_frames(problem, LECTURE)
        elif not figure.has_exact:
            # A picture covers the boxes of target and latent. With σ = 1 for all, every picture shows the same region, the target's box.
            pictures[problem] = target_frames(replace(problem, sigma=1.0), STILL)
    taken = time.perf_counter() - start
    verdict = figure.judge(numbers, runs, seconds)
    return Measured(figure, numbers, energies, pictures, runs, seconds, taken, verdict)


def times() -> Array:
    """(NUM_TIMES,) the times at which kinetic energies are computed."""
    return np.linspace(0, 1, NUM_TIMES)


def _energies(problem: Problem) -> Array:
    import torch

    from core.reference.solve import solve

    energies: Array = solve(problem).kinetic_energy(torch.from_numpy(times())).numpy()
    return energies


def rows(measured: Measured) -> list[dict[str, Any]]:
    """One row of numbers for each run, then one for each problem that has no run; None where unknown."""
    found = [_row(run.problem, run, measured) for run in measured.runs]
    done = {run.problem for run in measured.runs}
    return [
        *found,
        *(_row(problem, None, measured) for problem in measured.figure.problems if problem not in done),
    ]


def _row(problem: Problem, run: Trained | None, measured: Measured) -> dict[str, Any]:
    values = measured.numbers.get(replace(problem, seed=0))
    row: dict[str, Any] = {
        "target": problem.target.name,
        "interpolation": problem.interpolation,
        "sigma": problem.sigma,
        "mode_separation": problem.target.values.get("mode_separation"),
        "seed": problem.seed,
        **{f"exact_{name}": value for name, value in asdict(values or Exact()).items()},
        "status": "" if run is None else run.status,
        "reason": "" if run is None else run.reason,
        "seconds": None if run is None else run.seconds,
        "steps": None if run is None else run.steps,
    }
    report = None if run is None else run.report
    for name in METRICS:
        row[name] = None if report is None else getattr(report.metrics, name)
        row[f"best_{name}"] = None if report is None else getattr(report.floors, name)
    row["run"] = None if run is None else run.run_id
    plain: dict[str, Any] = without_nan(row)
    return plain
