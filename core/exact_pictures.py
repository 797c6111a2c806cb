"""Exact pictures of one curve, a moment or all of them, in parts that can be followed and ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from core import estimates, limits
from core.frames import OPTIONAL, Frames
from core.interpolations.build import build_target
from core.marginals import end_frames
from core.problem import Problem
from core.reference.accuracy import accuracy
from core.reference.base import AbstractExactField
from core.reference.solve import has_exact_field
from core.render import FINE, Detail, carried, exact_field, marginal_axes, mode_shares, render

# What takes longer than this by estimate, in seconds, is not done while a page waits.
SOON = 1.0
# At about so many times of the frames the solver's resolution is halved, to see what that changes.
CHECKED_TIMES = 4
# The share of the work that is done once the frames are there and particles begin.
BEFORE_PARTICLES = 0.5
# Points a side of the pictures of both ends: wells are a fifth wide.
END_POINTS = 121
# Parts of frames that every moment has of its own; what is not named is the same at all times.
_ROWS = ("times", "density", "velocity", "particles", "kinetic_energy", "log_z", *OPTIONAL)

Report = Callable[[float], None]


def _unheard(share: float) -> None:
    """Nobody waits to hear how far the work is."""


class ExactPictures:
    """The exact frames of one problem, so that the first of them can be shown before all are computed.

    All methods may be called from any thread: a part that two threads compute at the same time is the same in both.

    Args:
        problem: the curve.
        detail: how fine the frames are.

    Attributes:
        is_slow: all frames take longer than `SOON` by estimate.
        is_moment_slow: even one of them does.
        token: tells this object from an equal one that was made anew.

    Raises:
        NoExactFieldError: nothing is known, or the energy is not fit for it (where a moment is slow, that is found out later).
        TooDearError: all frames would take too much memory or time.
    """

    def __init__(self, problem: Problem, detail: Detail = FINE) -> None:
        self.problem = problem
        self.detail = detail
        solved = replace(problem, interpolation="linear") if problem.interpolation == "learned" else problem
        if not has_exact_field(solved):
            _ = self.field  # which says so
        limits.check_exact(solved, detail)
        self.token = object()
        self._solved = solved
        self.is_slow = estimates.exact(solved, detail).seconds > SOON
        self.is_moment_slow = estimates.moment(solved, detail).seconds > SOON
        self._moments: dict[int, Frames] = {}
        self._frames: Frames | None = None
        if not self.is_moment_slow:
            _ = self.field  # an energy that is not fit for it is found out at once

    @cached_property
    def field(self) -> AbstractExactField:
        """What is drawn; it may take a while to be made."""
        return exact_field(self.problem)

    def check_preview(self) -> None:
        """Refuses a moment that would take too long while a slider moves.

        Raises:
            TooDearError: in one sentence.
        """
        limits.check_preview(self._solved, self.detail)

    @property
    def is_complete(self) -> bool:
        """Whether all frames are there."""
        return self._frames is not None

    @property
    def frames(self) -> Frames:
        """All of them, as `exact_frames` gives them."""
        return self.solve()

    def moment(self, t: float) -> Frames:
        """The frame nearest to a time, alone; without particles unless all frames are there."""
        return self._moment(int((self.detail.times - t).abs().argmin()))

    def solve(self, report: Report = _unheard) -> Frames:
        """Computes all frames, once.

        Args:
            report: called between parts of the work with the share that is done; what it raises ends the work, and the moments that
                were computed stay.
        """
        if self._frames is None:
            self._frames = self._in_parts(report) if self.is_slow else self._at_once()
        return self._frames

    @cached_property
    def uncertainty(self) -> float:
        """The relative change of ‖v_t‖² at half of the solver's resolution, the largest of a few times; NaN where there is no second one."""
        return accuracy(
            self.field, self.detail.times[:: max(self.detail.num_times // CHECKED_TIMES, 1)]
        ).kinetic_energy

    def _at_once(self) -> Frames:
        return render(self.problem, self.field, "exact", self.detail)

    def _in_parts(self, report: Report) -> Frames:
        moments = []
        for i in range(self.detail.num_times):
            report(BEFORE_PARTICLES * i / self.detail.num_times)
            moments.append(self._moment(i))
        if moments[0].particles.shape[1]:  # of optimal transport, every moment has its own
            return _joined(moments)
        rest = 1 - BEFORE_PARTICLES
        particles = carried(
            self.problem, self.field, self.detail, lambda t: report(BEFORE_PARTICLES + rest * t)
        )
        if self.field.dim == 2:
            _ = self.uncertainty
        shares = mode_shares(build_target(self.problem), particles)
        seen = particles[:, : self.detail.particles, :2]
        return replace(_joined(moments), particles=seen, particle_mass=shares)

    def _moment(self, i: int) -> Frames:
        if i not in self._moments:
            found = render(self.problem, self.field, "exact", self.detail, times=self.detail.times[i : i + 1])
            self._moments[i] = found
        return self._moments[i]


def _joined(moments: list[Frames]) -> Frames:
    """The frames of all moments, one after the other."""
    rows: dict[str, Any] = {
        name: np.concatenate([getattr(moment, name) for moment in moments])
        for name in _ROWS
        if getattr(moments[0], name) is not None
    }
    return replace(moments[0], **rows)


def known_ends(problem: Problem, detail: Detail = FINE) -> Frames | None:
    """The exact densities of the first two coordinates at both ends of any curve; None where they are not known."""
    return end_frames(problem, marginal_axes(problem, replace(detail, plane=END_POINTS)))
