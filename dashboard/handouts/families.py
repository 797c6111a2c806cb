"""Families of reels (encoded pictures): the pictures for many positions of one slider, computed in advance, so that the slider works
without a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core import estimates
from core.problem import Problem, TargetSpec
from core.reference.errors import NoExactFieldError
from core.targets.parameters import Number
from dashboard.controls.names import GROUPS, SLIDERS
from dashboard.controls.slider_ranges import slider_range
from dashboard.handouts.panels import coarse_panels, start_of
from dashboard.handouts.payload import Reels
from dashboard.player.reel import pack
from dashboard.state import Selection

if TYPE_CHECKING:
    from core.pictures.render import Detail

# Number of positions of a slider.
POSITIONS = 24
Report = Callable[[float], None]


@dataclass(frozen=True)
class Family:
    """The pictures for all positions of one slider.

    Attributes:
        param: one of `SLIDERS`.
        values: the positions, in increasing order.
        own: index, in `values`, of the view's own value.
        reels: the id of each position's reel; None for the view's own.
    """

    param: str
    values: tuple[float, ...]
    own: int
    reels: tuple[str | None, ...]

    @property
    def label(self) -> str:
        return GROUPS[self.param]


def params_of(selection: Selection) -> tuple[str, ...]:
    """The sliders that this view can have: those of its target, if its curves are known exactly on the line or in the plane."""
    target = selection.problem.target
    if target.dim > 2:
        return ()
    has_separation = isinstance(target.entry.parameters.get("mode_separation"), Number)
    return SLIDERS if has_separation else ("sigma",)


def positions(problem: Problem, param: str) -> tuple[float, ...]:
    """The positions of a slider: evenly spaced over its range, one of them the view's own value."""
    low, high = _range(problem, param)
    spaced = np.round(np.linspace(low, high, POSITIONS), 2 if high - low < 5 else 1)
    own = value_of(problem, param)
    spaced[np.abs(spaced - own).argmin()] = own
    return tuple(sorted({float(value) for value in spaced}))


def _range(problem: Problem, param: str) -> tuple[float, float]:
    target = problem.target
    if param == "sigma":
        low, high, _ = target.entry.sigma
        return low, high
    spec = target.entry.parameters[param]
    assert isinstance(spec, Number)
    return slider_range(target.name, param, spec)


def value_of(problem: Problem, param: str) -> float:
    """The view's own value of a slider."""
    return float(problem.sigma if param == "sigma" else problem.target.values[param])


def moved(problem: Problem, param: str, value: float) -> Problem:
    """The problem with another value of the slider's parameter."""
    if param == "sigma":
        return replace(problem, sigma=value)
    return replace(
        problem, target=TargetSpec.of(problem.target.name, **{**problem.target.values, param: value})
    )


def seconds(selection: Selection, params: tuple[str, ...]) -> float:
    """The estimated time, in seconds, of computing the families."""
    detail, alone = coarse(selection.problem), [selection.alone(method) for method in selection.methods]
    each = sum(estimates.exact(curve, detail).seconds for curve in {start_of(own.problem) for own in alone})
    return each * POSITIONS * len(params)


def family(selection: Selection, param: str, reels: Reels, report: Report) -> Family:
    """Compute the pictures for all positions of one slider.

    Args:
        selection: the view.
        param: one of `SLIDERS`.
        reels: receives the reels.
        report: called with the fraction done; may raise an exception to cancel the work.
    """
    values, detail, ids = positions(selection.problem, param), coarse(selection.problem), list[str | None]()
    own, kept = value_of(selection.problem, param), list[float]()
    for k, value in enumerate(values):
        report(k / len(values))
        if value == own:
            ids.append(None)
            kept.append(value)
            continue
        try:
            panels = coarse_panels(replace(selection, problem=moved(selection.problem, param, value)), detail)
        except (
            NoExactFieldError
        ):  # left out: there is no exact solution, for example because the latent does not cover the target
            continue
        ids.append(reels.add(pack(panels, coarse=True)))
        kept.append(value)
    return Family(param, tuple(kept), kept.index(own), tuple(ids))


def coarse(problem: Problem) -> Detail:
    """The resolution of a family's pictures: about half of that on the app's pages."""
    from core.pictures.render import MOVING, STILL

    if problem.target.dim == 1:
        return replace(MOVING, line=201)
    return replace(STILL, num_times=11, plane=41, particles=150)
