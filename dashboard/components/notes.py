"""Notes on what the pictures do not explain. They need the engine, so call them after the first picture is out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core import serving
from core.problem import Problem
from dashboard import cache
from dashboard.components.answers import Answer
from dashboard.state import Selection
from dashboard.texts import explore as texts

# A shift of the latent is mentioned from this share of σ on.
SEEN_SHIFT = 0.1
# A target's box reaches about four of its scales beyond the outermost modes. Less so many, it tells whether a point is among them,
# or not much farther than two scales away.
AROUND = 2.0
# A solver's own uncertainty is mentioned from this share of the kinetic energy on.
SEEN_CHANGE = 0.1


def is_still(known: Sequence[Answer]) -> bool:
    """Whether both ends of the curves are all there is to see, so that there is nothing to play."""
    return all(
        answer.learned is None and (answer.exact is None or answer.exact.source == "ends") for answer in known
    )


def ends(known: Sequence[Answer]) -> str | None:
    """What is seen of curves of which only both ends are known; None where there are none."""
    if not any(answer.complete and answer.exact and answer.exact.source == "ends" for answer in known):
        return None
    which = "" if is_still(known) else " Where the badge says so:"
    return (
        f"{which} At t = 1 you see the exact target, at t = 0 the exact latent, in their first two coordinates. "
        "Nothing exact is known of the curve in between; press *Train* to fill it in."
    ).strip()


def notes(selection: Selection, known: Sequence[Answer]) -> list[str]:
    """One sentence or two for each thing that the pictures do not explain by themselves.

    Args:
        selection: the controls.
        known: the answers on the page.
    """
    serving.load()
    far = far_latent(selection.problem) if "linear" in selection.methods else None
    return [
        note
        for note in (far, None if is_still(known) else ends(known), _rough(known), *map(_leftover, known))
        if note is not None
    ]


def _rough(known: Sequence[Answer]) -> str | None:
    """How far a solver's cells in the plane are from the limit, where that can be seen."""
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
    """`leftover` of an answer, for how far its picture goes."""
    from core.interpolations.build import build_latent

    if answer.selection.method != "gradient_flow" or answer.exact is None:
        return None
    center = build_latent(answer.selection.problem).center.tolist()
    away = (abs(axis - middle).max() for axis, middle in zip(answer.exact.axes, center, strict=False))
    return leftover(answer.selection.problem, float(max(away)))


def leftover(problem: Problem, reach: float) -> str | None:
    """How much of the target the gradient flow still remembers at t = 0, when it can be seen.

    Args:
        problem: of a gradient flow.
        reach: how far from the latent's centre the picture goes.
    """
    if problem.beta_max is None:  # then the schedule sees to it
        return None
    kept = math.exp(-(problem.beta_max + problem.beta_min) / 4)
    if kept * reach < SEEN_SHIFT * problem.sigma:
        return None
    return texts.leftover_note(kept, kept * reach)


def far_latent(problem: Problem) -> str | None:
    """What it means that the target does not lie around the latent, and what can be done; None where it does."""
    from core.interpolations.build import build_latent, build_target
    from core.types import Box

    target, latent = build_target(problem), build_latent(problem)
    margin = AROUND * target.scale
    if Box(target.box.lower + margin, target.box.upper - margin).holds(latent.center):
        return None
    return texts.FAR_LATENT
