"""The examples: ready-made problems with a sentence about each. `core.presets.store` has their saved results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.facts import fact
from core.problem import INTERPOLATIONS, Problem, TargetSpec


@dataclass(frozen=True)
class Example:
    """A ready-made set of problems that share a target and a latent.

    Attributes:
        name: key in the address bar and on the command line.
        title: a few words.
        sentence: what the reader sees, why it matters, and what to try.
        problems: one for each panel, from left to right.
        steps: training steps of each problem.
    """

    name: str
    title: str
    sentence: str
    problems: tuple[Problem, ...]
    steps: int = 60


def _curves(
    target: TargetSpec, sigma: float, names: Sequence[str] = tuple(INTERPOLATIONS)
) -> tuple[Problem, ...]:
    return tuple(Problem(target, name, sigma) for name in names)


def _pair(separation: float) -> TargetSpec:
    return TargetSpec.of("shifted_pair", mode_separation=separation)


# Two modes on the line: everything is computed exactly, and as the modes separate, the linear curve has to teleport mass.
FIRST = Problem(_pair(4.0))
# Modes so far apart that a narrow latent does not reach both. The two examples that share them differ in σ alone.
FAR = _pair(5.5)

_ALL = (
    Example(
        "first",
        "Two modes",
        "Half of the mass must reach the other mode, and the linear curve leaves that to the end. Move the time to the right, "
        "then increase the mode separation.",
        tuple(replace(FIRST, interpolation=name) for name in INTERPOLATIONS),
    ),
    Example(
        "tame",
        "Tame",
        "The modes are close, so all three curves carry their mass at moderate speed. Increase the mode separation and see which one stays calm.",
        _curves(_pair(3.0), 1.0),
    ),
    Example(
        "teleportation",
        "Teleportation",
        "Far modes and a narrow latent: the linear curve must move half of the mass in the last moments, and its training misses a mode. "
        "Choose *Cured by σ*, which changes σ alone, or the gradient flow.",
        _curves(FAR, 1.0),
    ),
    Example(
        "cured",
        "Cured by σ",
        f"The same modes, and a latent wide enough to reach both: the linear curve's ‖v‖² ends at {fact('pair-5.5-wide-end')} instead of "
        f"{fact('pair-5.5-end')} (σ = 1), and its training finds both modes. The price comes at the start, where gathering so wide a latent "
        f"takes {fact('pair-5.5-wide-start')}. Lower σ and see the problem return.",
        _curves(FAR, 4.0),
        100,
    ),
    Example(
        "forgotten",
        "Forgotten mode",
        "The learned samples never reach a mode that holds two thirds of the mass. The effective sample size hides this; the mode masses "
        "reveal it. Compare both in the metrics, then raise σ.",
        _curves(TargetSpec.of("asymmetric_gmm"), 1.0, ("linear",)),
    ),
    Example(
        "unequal",
        "Unequal weights",
        "A fifth of the mass belongs to the left mode, the rest to the right one. Compare the mode masses over time, then make the weights more "
        "unequal under *More settings*.",
        _curves(TargetSpec.of("two_modes", dim=1, mode_separation=5.0, weights=(0.2, 0.8)), 2.0),
    ),
    Example(
        "gmm40",
        "GMM-40",
        "Forty modes, most of them far from the latent. The gradient flow splits into them step by step, and its samples reach all of them.",
        _curves(TargetSpec.of("gmm40"), 1.0, ("gradient_flow",)),
    ),
)
EXAMPLES: dict[str, Example] = {example.name: example for example in _ALL}
