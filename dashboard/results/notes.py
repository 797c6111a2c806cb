"""Notes below the player. They need the engine, so call them after the first picture is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.problem import Problem
from dashboard import cache, engine
from dashboard.results.answers import Answer
from dashboard.state import Selection
from dashboard.texts import explore as texts

# Report a remaining shift of the latent above this fraction of σ.
SEEN_SHIFT = 0.1
# A target's box reaches about 4 scales beyond its outermost modes. Shrunk by this many scales, it holds the points among the modes or at
# most about 2 scales away.
AROUND = 2.0
# Report the solver's uncertainty above this fraction of the kinetic energy.
SEEN_CHANGE = 0.1


def is_still(known: Sequence[Answer]) -> bool:
    """Whether only t = 0 and t = 1 can be shown, so that there is nothing to play."""
    return all(
        answer.learned is None and (answer.exact is None or answer.exact.source == "ends") for answer in known
    )


def ends(known: Sequence[Answer]) -> str | None:
    """The note on curves that are known at t = 0 and t = 1 only; None without such curves."""
    if not any(answer.complete and answer.exact and answer.exact.source == "ends" for answer in known):
        return None
    return texts.ends_note(all_curves=is_still(known))


def notes(selection: Selection, known: Sequence[Answer]) -> list[str]:
    """One or two sentences for each thing that the pictures do not explain by themselves.

    Args:
        selection: the selected settings.
        known: the results on the page.
    """
    engine.load()
    far = far_latent(selection.problem) if "linear" in selection.methods else None
    return [
        note
        for note in (far, None if is_still(known) else ends(known), _rough(known), *map(_leftover, known))
        if note is not None
    ]


def _rough(known: Sequence[Answer]) -> str | None:
    """The note on a visible grid error of the solver in the plane."""
    solved = (
        a
        for a in known
        if a.selection.method == "linear" and a.exact is not None and a.exact.source == "exact" and a.complete
    )
    found = [
        cache.uncertainty(answer.selection.problem)
        for answer in solved
        if answer.selection.problem.target.dim == 2
    ]
    if not found or not found[0] > SEEN_CHANGE:
        return None
    return texts.rough_note(found[0])


def _leftover(answer: Answer) -> str | None:
    """`leftover` for the extent of a result's picture."""
    from core.interpolations.build import build_latent

    if answer.selection.method != "gradient_flow" or answer.exact is None:
        return None
    center = build_latent(answer.selection.problem).center.tolist()
    away = (abs(axis - middle).max() for axis, middle in zip(answer.exact.axes, center, strict=False))
    return leftover(answer.selection.problem, float(max(away)))


def leftover(problem: Problem, reach: float) -> str | None:
    """The note on a gradient flow whose shift from the latent at t = 0 is visible; None where it is not.

    At t = 0 the flow keeps the fraction exp(−(β_max + β_min)/4) of every distance in the target.

    Args:
        problem: a problem with the gradient flow.
        reach: largest distance from the latent's centre in the picture, in units of x.
    """
    if problem.beta_max is None:  # the automatic schedule leaves no visible shift
        return None
    kept = math.exp(-(problem.beta_max + problem.beta_min) / 4)
    if kept * reach < SEEN_SHIFT * problem.sigma:
        return None
    return texts.leftover_note(kept, kept * reach)


def far_latent(problem: Problem) -> str | None:
    """The note on a latent that does not lie among the target's modes; None where it does."""
    from core.interpolations.build import build_latent, build_target
    from core.types import Box

    target, latent = build_target(problem), build_latent(problem)
    margin = AROUND * target.scale
    if Box(target.box.lower + margin, target.box.upper - margin).holds(latent.center):
        return None
    return texts.FAR_LATENT
