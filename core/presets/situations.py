"""The situations that are worth a look, each with what to see in it. They name problems only; `store` has their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.facts import fact
from core.problem import INTERPOLATIONS, Problem, TargetSpec


@dataclass(frozen=True)
class Situation:
    """Problems that belong together, on one target with one latent.

    Attributes:
        name: in the address bar and on the command line.
        title: a few words.
        sentence: what to see, and what to try.
        problems: one for each panel, from left to right.
        steps: of training, for each of them.
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


# Two modes on the line: everything about them is known exactly, and as they part, the linear curve must teleport mass.
FIRST = Problem(_pair(4.0))

_ALL = (
    Situation(
        "first",
        "Two modes",
        "Half of the mass has to reach the other mode, and the linear curve leaves that to the end: move the time to the right, "
        "then pull the modes apart.",
        tuple(replace(FIRST, interpolation=name) for name in INTERPOLATIONS),
    ),
    Situation(
        "tame",
        "Tame",
        "The modes are close, and all three curves carry their mass at moderate speed: pull the modes apart and see which of them stays calm.",
        _curves(_pair(3.0), 1.0),
    ),
    Situation(
        "teleportation",
        "Teleportation",
        "Far modes and a narrow latent: the linear curve must move half of the mass within the last moments, and its training misses a mode; "
        "raise σ, or choose the gradient flow.",
        _curves(_pair(8.0), 1.0),
    ),
    Situation(
        "cured",
        "Cured by σ",
        f"A latent wide enough to reach both modes: the linear curve's energy ends at {fact('pair-5-wide-end')} instead of the "
        f"{fact('pair-5-end')} of σ = 1, and gathering so wide a latent takes {fact('pair-5-wide-start')} at the start; "
        "lower σ and see it come back.",
        _curves(_pair(5.0), 4.0),
        100,
    ),
    Situation(
        "forgotten",
        "Forgotten mode",
        "Two thirds of the mass belong to a mode that the learned samples never reach. The effective sample size does not tell, "
        "the masses of the modes do: look at the metrics, then raise σ.",
        _curves(TargetSpec.of("asymmetric_gmm"), 1.0, ("linear",)),
    ),
    Situation(
        "unequal",
        "Unequal weights",
        "A fifth of the mass goes left, the rest right: compare the masses of the modes over time, then make the weights more unequal under "
        "More settings.",
        _curves(TargetSpec.of("two_modes", dim=1, mode_separation=5.0, weights=(0.2, 0.8)), 2.0),
    ),
    Situation(
        "gmm40",
        "GMM-40",
        "Forty modes, most of them far from the latent: the gradient flow parts them one generation after the other, and its samples reach all "
        "of them.",
        _curves(TargetSpec.of("gmm40"), 1.0, ("gradient_flow",)),
    ),
)
SITUATIONS: dict[str, Situation] = {situation.name: situation for situation in _ALL}
