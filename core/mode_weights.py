"""How much of a far mode's mass a trained curve recovers, for several weights of that mode.

The target is a pair of Gaussians at 0 and `SEPARATION`. The latent N(0, 1) covers only the mode at 0; the other one is the far mode.
Loading saved results needs NumPy only, so a page does it quickly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Array
from core.problem import INTERPOLATIONS, Interpolation, Problem, TargetSpec
from core.teleportation import StoredRecord

CURVES: tuple[Interpolation, ...] = tuple(INTERPOLATIONS)
WEIGHTS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99)
SEPARATION, STEPS, NUM_SAMPLES = 5.5, 60, 4000
# If Pareto k̂ is at least this large, the importance weights are unreliable, and so is everything that is computed with them.
MOST_PARETO_K = 0.7


@dataclass(frozen=True, eq=False)
class ModeWeights(StoredRecord):
    """How much of the far mode's weight the samples of trained curves recover. Rows are the curves in the order of `CURVES`.

    Attributes:
        weight: (W,) true weights of the far mode.
        raw: (C, W) fraction of the samples in the far mode.
        reweighted: (C, W) that fraction if each sample counts with its importance weight; NaN where unknown.
        pareto_k: (C, W) Pareto k̂ of the importance weights; NaN where unknown.
        num_samples: (), number of samples.
    """

    weight: Array
    raw: Array
    reweighted: Array
    pareto_k: Array
    num_samples: Array

    def index(self, weight: float) -> int:
        """The column whose true weight is nearest to this one."""
        return int(np.abs(self.weight - weight).argmin())

    @property
    def is_reliable(self) -> Array:
        """(C, W) whether the importance weights are reliable; false where that is unknown."""
        return np.asarray(self.pareto_k < MOST_PARETO_K)

    @property
    def spread(self) -> Array:
        """(W,) standard deviation of `raw` if the samples were exact, the best possible accuracy."""
        return np.sqrt(self.weight * (1 - self.weight) / self.num_samples)


def problem(weight: float, interpolation: Interpolation) -> Problem:
    """The problem whose far mode has this weight."""
    target = TargetSpec.of("shifted_pair", mode_separation=SEPARATION, weights=[1 - weight, weight])
    return Problem(target, interpolation)


def mode_weights(
    weights: Sequence[float] = WEIGHTS,
    steps: int = STEPS,
    num_samples: int = NUM_SAMPLES,
    show: Callable[[float, str], None] = lambda progress, text: None,
) -> ModeWeights:
    """Train and sample the three curves for each weight; takes a few seconds per weight.

    Args:
        weights: weights of the far mode.
        steps: training steps of each run.
        num_samples: number of samples of each run.
        show: called before each run with the fraction done, from 0 to 1, and a description of the run.
    """
    found = np.full((3, len(CURVES), len(weights)), np.nan)
    for column, weight in enumerate(weights):
        for row, curve in enumerate(CURVES):
            done = (column * len(CURVES) + row) / (len(CURVES) * len(weights))
            show(done, f"{INTERPOLATIONS[curve].lower()}, weight {weight:g}")
            found[:, row, column] = _recovered(problem(weight, curve), steps, num_samples)
    raw, reweighted, pareto_k = found
    return ModeWeights(np.array(weights), raw, reweighted, pareto_k, np.array(num_samples))


def as_markdown(record: ModeWeights) -> str:
    """A Markdown table with a row for each weight; an asterisk marks reweighted values whose Pareto k̂ is not below `MOST_PARETO_K`."""
    titles = [curve.replace("_", " ") for curve in CURVES]
    kinds = [f"{title}, {kind}" for title in titles for kind in ("raw", "reweighted")]
    rows = [["weight", "best possible", *kinds], ["---:"] * (2 + len(kinds))]
    for column, weight in enumerate(record.weight):
        cells = [f"{weight:g}", f"± {record.spread[column]:.3f}"]
        for row in range(len(CURVES)):
            mark = "" if record.is_reliable[row, column] else "\\*"
            cells += [_text(record.raw[row, column]), _text(record.reweighted[row, column]) + mark]
        rows.append(cells)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _text(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "unknown"


def _recovered(problem: Problem, steps: int, num_samples: int) -> tuple[float, float, float]:
    """The fraction of a trained curve's samples in the far mode, that fraction after reweighting, and Pareto k̂."""
    from core.budget import Budget
    from core.interpolations.build import known_target
    from core.results.coverage import weighted_mode_masses
    from core.results.evaluation import evaluate
    from core.training.loop import train

    *_, last = train(problem, Budget(steps=steps))
    result = evaluate(problem, last.field, num_samples, thorough=False)
    samples, report = result.samples, result.report
    masses = weighted_mode_masses(known_target(problem), samples.x, samples.log_weight)
    assert masses is not None  # the modes of this target are known
    return report.mode_fractions[1], float(masses[1]), report.metrics.pareto_k
