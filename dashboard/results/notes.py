"""Notes below the player. They need the engine, so call them after the first picture is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.problem import Problem
from dashboard import cache, engine
from dashboard.results.panel_results import PanelResult
from dashboard.state import Selection
from dashboard.texts import explore as texts

# The note of `leftover` appears if the target shifts the flow's density at t = 0 by more than this fraction of σ.
SEEN_SHIFT = 0.1
# A latent is far if its centre lies outside the target's box after the box is shrunk by this many of the target's `scale` on each side. The
# full box extends about 4 of them beyond the outermost modes.
AROUND = 2.0
# The note on the solver's error appears if the kinetic energy is uncertain by more than this fraction.
SEEN_CHANGE = 0.1


def is_still(results: Sequence[PanelResult]) -> bool:
    """Whether only the densities at t = 0 and t = 1 can be shown, so that there is nothing to play."""
    return all(
        result.learned is None and (result.exact is None or result.exact.source == "ends")
        for result in results
    )


def ends(results: Sequence[PanelResult]) -> str | None:
    """The note on curves that are known at t = 0 and t = 1 only; None if there are none."""
    if not any(result.complete and result.exact and result.exact.source == "ends" for result in results):
        return None
    return texts.ends_note(all_curves=is_still(results))


def notes(selection: Selection, results: Sequence[PanelResult]) -> list[str]:
    """Notes of one or two sentences about limitations that the pictures do not show.

    Args:
        selection: the selected settings.
        results: the results on the page.
    """
    engine.load()
    far = far_latent(selection.problem) if "linear" in selection.methods else None
    return [
        note
        for note in (
            far,
            None if is_still(results) else ends(results),
            _rough(results),
            *map(_leftover, results),
        )
        if note is not None
    ]


def _rough(results: Sequence[PanelResult]) -> str | None:
    """The note on a large error of the linear curve's solver in the plane; None if the error is small."""
    solved = (
        a
        for a in results
        if a.selection.method == "linear" and a.exact is not None and a.exact.source == "exact" and a.complete
    )
    found = [
        cache.uncertainty(result.selection.problem)
        for result in solved
        if result.selection.problem.target.dim == 2
    ]
    if not found or not found[0] > SEEN_CHANGE:
        return None
    return texts.rough_note(found[0])


def _leftover(result: PanelResult) -> str | None:
    """The note of `leftover` for the picture of a result; None if the note does not apply."""
    from core.interpolations.build import build_latent

    if result.selection.method != "gradient_flow" or result.exact is None:
        return None
    center = build_latent(result.selection.problem).center.tolist()
    away = (abs(axis - middle).max() for axis, middle in zip(result.exact.axes, center, strict=False))
    return leftover(result.selection.problem, float(max(away)))


def leftover(problem: Problem, reach: float) -> str | None:
    """The note on a gradient flow that visibly differs from the latent at t = 0; None if it does not.

    At t = 0 the flow keeps the fraction exp(−(β_max + β_min)/4) of every distance in the target.

    Args:
        problem: a problem with the gradient flow.
        reach: largest distance from the latent's centre in the picture, in units of x.
    """
    if problem.beta_max is None:  # an automatic schedule is long enough that no shift is visible
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
