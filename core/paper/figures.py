"""The paper's figures: for each, the problems to train, the paper's claim, and the function that checks it.

References:
    Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025, Figures 1 to 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.arrays import Array
from core.paper import claims
from core.paper.exact import Exact
from core.paper.verdict import Verdict
from core.problem import Interpolation, Problem, TargetSpec
from core.results.report import Report

SEPARATIONS = (1.0, 5.0, 15.0, 50.0)
SIGMAS = (1.0, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Trained:
    """A training run for a figure.

    Attributes:
        problem: its problem, including the seed.
        status: how it ended.
        seconds, steps: the duration of its training, in seconds and in steps.
        report: its scores; None if it failed.
        run_id: its id in the run store; None if it is not saved.
        reason: why it failed; empty otherwise.
        samples: (N, dim) its samples; None if there are none.
    """

    problem: Problem
    status: str
    seconds: float
    steps: int
    report: Report | None
    run_id: str | None = None
    reason: str = ""
    samples: Array | None = field(default=None, compare=False, repr=False)


Numbers = Mapping[Problem, Exact]
Judge = Callable[[Numbers, Sequence[Trained], float], Verdict]


@dataclass(frozen=True)
class Figure:
    """A figure of the paper.

    Attributes:
        name: its name on the command line.
        title: what it shows.
        claim: the paper's claim, in one sentence.
        problems: the problems to train, with seed 0.
        has_exact: whether its claim needs exact numbers.
        judge: computes the verdict from the exact numbers, the runs and the training seconds of each run.
    """

    name: str
    title: str
    claim: str
    problems: tuple[Problem, ...]
    has_exact: bool
    judge: Judge

    def with_seeds(self, seeds: Sequence[int]) -> list[Problem]:
        """All problems with each seed."""
        return [replace(problem, seed=seed) for seed in seeds for problem in self.problems]


def _by(axis: str, name: str, curve: Interpolation, numbers: Numbers) -> dict[float, float]:
    """The attribute `name` of the exact numbers of a curve, by σ or by mode separation (`axis`)."""
    found = dict[float, float]()
    for problem, values in numbers.items():
        if problem.interpolation == curve:
            key = problem.sigma if axis == "sigma" else float(problem.target.values[axis])
            found[key] = getattr(values, name)
    return found


_M = "mode_separation"


def _teleports(numbers: Numbers, runs: Sequence[Trained], seconds: float) -> Verdict:
    return claims.teleports(_by(_M, "in_gap", "linear", numbers), _by(_M, "in_gap", "gradient_flow", numbers))


def _explodes(numbers: Numbers, runs: Sequence[Trained], seconds: float) -> Verdict:
    return claims.explodes(
        _by(_M, "end_energy", "linear", numbers), _by(_M, "peak_energy", "gradient_flow", numbers)
    )


def _solves(numbers: Numbers, runs: Sequence[Trained], seconds: float) -> Verdict:
    own = [
        (run.problem, run.steps, run.report) for run in runs if run.problem.interpolation == "gradient_flow"
    ]
    return claims.solves(own, seconds)


def _arrives_late(numbers: Numbers, runs: Sequence[Trained], seconds: float) -> Verdict:
    return claims.arrives_late(_by(_M, "arrival", "linear", numbers), _by(_M, "duration", "linear", numbers))


def _cured(numbers: Numbers, runs: Sequence[Trained], seconds: float) -> Verdict:
    return claims.cured_by_width(_by("sigma", "end_energy", "linear", numbers))


def _laplace(curves: Sequence[Interpolation]) -> tuple[Problem, ...]:
    return tuple(
        Problem(TargetSpec.of("laplace", mode_separation=m), curve) for curve in curves for m in SEPARATIONS
    )


_GMM40 = TargetSpec.of("gmm40")
_PAIR = TargetSpec.of("shifted_pair", dim=2, mode_separation=4.0)
_ALL = (
    Figure(
        "figure1",
        "Evolution of the density",
        "On the linear curve, mass is teleported: it reaches a far mode without travelling there.",
        _laplace(("linear", "gradient_flow")),
        True,
        _teleports,
    ),
    Figure(
        "figure2",
        "Kinetic energy",
        "The linear curve's kinetic energy ‖vₜ‖² explodes as the modes separate.",
        _laplace(("linear", "gradient_flow")),
        True,
        _explodes,
    ),
    Figure(
        "figure3",
        "GMM-40, three curves",
        "The gradient flow has a well-behaved velocity and solves the sampling task.",
        (
            Problem(_GMM40, "linear", 30.0),
            Problem(_GMM40, "learned", 30.0),
            Problem(_GMM40, "gradient_flow", 1.0),
        ),
        False,
        _solves,
    ),
    Figure(
        "figure4",
        "Evolution of the density at fixed times",
        "As the modes of the target separate, the linear curve fills the far mode later and more suddenly.",
        _laplace(("linear",)),
        True,
        _arrives_late,
    ),
    Figure(
        "figure5",
        "Linear curve for several σ",
        "A wider latent tames the velocity of the linear curve near the target.",
        tuple(Problem(_PAIR, "linear", sigma) for sigma in SIGMAS),
        True,
        _cured,
    ),
)
FIGURES: dict[str, Figure] = {figure.name: figure for figure in _ALL}


def chosen(names: Sequence[str]) -> tuple[Figure, ...]:
    """The figures with these names, in the paper's order. All figures if there are no names, or if `all` is among them.

    Raises:
        ValueError: a name is unknown.
    """
    if wrong := [name for name in names if name != "all" and name not in FIGURES]:
        raise ValueError(f"There is no figure “{wrong[0]}”; there are {', '.join(FIGURES)} and all.")
    if not names or "all" in names:
        return _ALL
    return tuple(figure for figure in _ALL if figure.name in names)
