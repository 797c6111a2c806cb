"""The panels of a view: exact curves, and the saved results of the examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.pictures.frames import Frames
from core.problem import Problem
from core.reference.errors import NoExactFieldError
from dashboard import cache, engine
from dashboard.player.reel import Panel
from dashboard.results.panel_results import PanelResult, exact_before_training
from dashboard.state import Selection

if TYPE_CHECKING:
    from core.pictures.render import Detail

Report = Callable[[float], None]


def before_training(selection: Selection, *, has_saved: bool = True) -> list[PanelResult]:
    """The curves of a view before training; their exact frames are added later.

    Args:
        selection: the view.
        has_saved: whether saved results are shown. The saved result of a learned curve is always shown, since the curve is unknown without
            it.
    """
    found = []
    for own in (selection.alone(method) for method in selection.methods):
        is_shown = has_saved or own.method == "learned"
        found.append(PanelResult(own, None, stored=cache.trained_earlier(own.problem) if is_shown else None))
    return found


def complete_panels(known: Iterable[PanelResult], report: Report) -> list[Panel]:
    """Complete the panels with all that can be computed exactly. A curve about which nothing is known is left out.

    Args:
        known: the curves.
        report: called with the fraction done; may raise an exception to cancel the work.
    """
    results, found = list(known), []
    for k, result in enumerate(results):
        report(k / len(results))
        full = _complete(result)
        if full.exact is not None or full.learned is not None:
            found.append(full.panel)
    return found


def _complete(result: PanelResult) -> PanelResult:
    selection, stored = result.selection, result.stored
    if selection.method == "learned" and result.learned is not None and result.is_up_to_date:
        # The learned curve is defined by its trained network ψ; its exact frames are part of the saved result.
        return replace(result, exact=stored.exact if stored else result.exact, pending=None)
    try:
        exact, pending = exact_before_training(selection, 0.0)
        if pending is not None:
            cache.complete(pending)
            exact, _ = exact_before_training(selection, 0.0)
    except NoExactFieldError:
        return replace(result, pending=None)
    return replace(result, exact=exact, pending=None)


def coarse_panels(selection: Selection, detail: Detail) -> list[Panel]:
    """The exact panels of a view at a low resolution; the learned curve is the linear one that training starts from.

    Raises:
        NoExactFieldError: a curve has no exact solution.
    """
    engine.load()
    from core.pictures.exact_pictures import ExactPictures

    found, solved = list[Panel](), dict[Problem, Frames]()
    for method in selection.methods:
        own = selection.alone(method)
        problem = start_of(own.problem)
        if problem not in solved:
            solved[problem] = ExactPictures(problem, detail).solve()
        exact = solved[problem]
        found.append(
            PanelResult(own, replace(exact, source="linear") if method == "learned" else exact).panel
        )
    return found


def start_of(problem: Problem) -> Problem:
    """The problem whose exact curve is shown before training: the linear one for the learned curve."""
    return replace(problem, interpolation="linear") if problem.interpolation == "learned" else problem
