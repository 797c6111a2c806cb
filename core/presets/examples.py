"""The examples: ready-made problems. Their saved results are read by `core.presets.frames` and `core.presets.runs`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.problem import INTERPOLATIONS, Interpolation, Problem, TargetSpec


@dataclass(frozen=True)
class Example:
    """A ready-made set of problems that share a target and a latent.

    Attributes:
        name: its key, in links and on the command line.
        title: its name for users, in a few words.
        problems: one for each curve, in the order in which they are shown from left to right.
        steps: number of training steps for each problem.
    """

    name: str
    title: str
    problems: tuple[Problem, ...]
    steps: int = 60


def _curves(
    target: TargetSpec, sigma: float, names: Sequence[Interpolation] = tuple(INTERPOLATIONS)
) -> tuple[Problem, ...]:
    return tuple(Problem(target, name, sigma) for name in names)


def _pair(separation: float) -> TargetSpec:
    return TargetSpec.of("shifted_pair", mode_separation=separation)


# Two modes on the line: everything is computed exactly, and as the modes separate, the linear curve must move mass across a gap of almost
# zero density (teleportation).
FIRST = Problem(_pair(4.0))
# Modes so far apart that a narrow latent covers only one of them. Two examples share this target; they differ in σ and in training steps.
FAR = _pair(5.5)

_ALL = (
    Example(
        "first",
        "Two modes",
        tuple(replace(FIRST, interpolation=name) for name in INTERPOLATIONS),
    ),
    Example(
        "tame",
        "Tame",
        _curves(_pair(3.0), 1.0),
    ),
    Example(
        "teleportation",
        "Teleportation",
        _curves(FAR, 1.0),
    ),
    Example(
        "cured",
        "Cured by σ",
        _curves(FAR, 4.0),
        100,
    ),
    Example(
        "forgotten",
        "Missed mode",
        _curves(TargetSpec.of("asymmetric_gmm"), 1.0, ("linear",)),
    ),
    Example(
        "unequal",
        "Unequal weights",
        _curves(TargetSpec.of("two_modes", dim=1, mode_separation=5.0, weights=(0.2, 0.8)), 2.0),
    ),
    Example(
        "gmm40",
        "GMM-40",
        _curves(TargetSpec.of("gmm40"), 1.0, ("gradient_flow",)),
    ),
)
EXAMPLES: dict[str, Example] = {example.name: example for example in _ALL}
