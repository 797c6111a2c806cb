"""Compute the exact frames of one curve, one at a time or all together, with progress reports and cancellation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from core import estimates, limits
from core.interpolations.build import build_target
from core.pictures.frames import OPTIONAL, Frames
from core.pictures.marginals import end_frames
from core.pictures.render import FINE, Detail, carried, exact_field, marginal_axes, mode_shares, render
from core.problem import Problem
from core.reference.accuracy import accuracy
from core.reference.base import AbstractExactField
from core.reference.solve import has_exact_field

# A computation that is estimated to take more seconds than this runs in the background, so that it does not block a page.
SOON = 1.0
# Approximate number of times at which the solution is compared with one at half the resolution.
CHECKED_TIMES = 4
# Computing the frames counts as this fraction of the work; moving the particles afterwards is the rest.
BEFORE_PARTICLES = 0.5
# Grid points per axis for the densities of latent and target in many dimensions. They resolve the narrowest modes, those of the target
# many wells, which are about a fifth of a unit wide.
END_POINTS = 121
# Arrays of frames whose first axis is time.
_ROWS = ("times", "density", "velocity", "particles", "kinetic_energy", "log_z", *OPTIONAL)

Report = Callable[[float], None]


def _unheard(share: float) -> None:
    """A progress report that does nothing."""


class ExactPictures:
    """The exact frames of one problem; single frames can be shown before all are computed.

    All methods are thread-safe: if two threads need the same part, one computes it while the other waits.

    Args:
        problem: the problem of the curve.
        detail: resolution of the frames.

    Attributes:
        is_slow: whether computing all frames is estimated to take longer than `SOON`.
        is_moment_slow: whether computing a single frame is estimated to take longer than `SOON`.
        token: unique to this object; objects for the same problem have different tokens.

    Raises:
        NoExactFieldError: there is no exact solution, or the energy is unsuitable. If `is_moment_slow`, an unsuitable energy is found
            only when a frame is computed.
        TooDearError: all frames would take too much memory or time.
    """

    def __init__(self, problem: Problem, detail: Detail = FINE) -> None:
        self.problem = problem
        self.detail = detail
        solved = replace(problem, interpolation="linear") if problem.interpolation == "learned" else problem
        if not has_exact_field(solved):
            _ = self.field  # raises NoExactFieldError
        limits.check_exact(solved, detail)
        self.token = object()
        self._solved = solved
        self.is_slow = estimates.exact(solved, detail).seconds > SOON
        self.is_moment_slow = estimates.moment(solved, detail).seconds > SOON
        self._moments: dict[int, Frames] = {}
        self._frames: Frames | None = None
        self._solving = threading.Lock()
        if not self.is_moment_slow:
            _ = self.field  # raises an error now if the energy is unsuitable

    @cached_property
    def field(self) -> AbstractExactField:
        """The exact field. The first access may take long."""
        return exact_field(self.problem)

    def check_preview(self) -> None:
        """Check that a single frame is fast enough to compute while a slider moves.

        Raises:
            TooDearError: it is not fast enough; the message is one sentence.
        """
        limits.check_preview(self._solved, self.detail)

    @property
    def is_complete(self) -> bool:
        """Whether all frames are computed."""
        return self._frames is not None

    @property
    def frames(self) -> Frames:
        """All frames, as returned by `exact_frames`."""
        return self.solve()

    def moment(self, t: float) -> Frames:
        """Compute the single frame nearest to a time, without particles."""
        return self._moment(int((self.detail.times - t).abs().argmin()))

    def solve(self, report: Report = _unheard) -> Frames:
        """Compute all frames, once.

        Args:
            report: called between parts of the work with the fraction done; may raise an exception to cancel it. Frames computed so
                far are kept.
        """
        if self._frames is None and self.is_slow:
            self._frames = self._in_parts(report)
        if self._frames is None:
            # A preview and its page often request the same frames at the same time.
            with self._solving:
                if self._frames is None:
                    self._frames = self._at_once()
        return self._frames

    @cached_property
    def uncertainty(self) -> float:
        """Largest relative change of ‖v_t‖² at half the resolution, over a few times; NaN if there is no resolution to halve."""
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
        if moments[0].particles.shape[1]:  # for optimal transport, each frame contains its own particles
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
            with self._solving:
                if i not in self._moments:
                    times = self.detail.times[i : i + 1]
                    self._moments[i] = render(self.problem, self.field, "exact", self.detail, times=times)
        return self._moments[i]


def _joined(moments: list[Frames]) -> Frames:
    """Join single frames along the time axis."""
    rows: dict[str, Any] = {
        name: np.concatenate([getattr(moment, name) for moment in moments])
        for name in _ROWS
        if getattr(moments[0], name) is not None
    }
    return replace(moments[0], **rows)


def known_ends(problem: Problem, detail: Detail = FINE) -> Frames | None:
    """Exact densities of the first two coordinates of latent and target; None if they are unknown."""
    return end_frames(problem, marginal_axes(problem, replace(detail, plane=END_POINTS)))
