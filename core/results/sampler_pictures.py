"""Pictures of a sampler's run: the positions of its points over the sampler's time, and its samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from core.interpolations.build import build_target
from core.pictures.frames import Frames
from core.pictures.render import FINE, LIVE, Detail, empirical_frames, grid_axes, mode_shares
from core.problem import Problem
from core.results.evaluation import scored
from core.results.report import Report
from core.sampling.draws import evened
from core.sampling.moment import Moment
from core.sampling.samples import Samples
from core.types import Points

# Points are shown as histograms. Their bins must be wider than the cells of the usual grid, or most would be empty.
WIDE = replace(FINE, line=81, plane=41)
MOST_PLACES = 200
# Coordinates shown in a picture.
SEEN = 2


class Trail:
    """Positions of a sampler's points at several times. During a long run, stored times are thinned out, to bound their number."""

    def __init__(self) -> None:
        self._now: list[tuple[float, Points]] = []
        self._before: list[tuple[float, Points]] = []
        self._interval, self._seen = 1, 0

    @property
    def places(self) -> list[tuple[float, Points]]:
        """Times and positions of one walk of the points from t = 0 to t = 1: the current walk once it has arrived at t = 1, until then
        the previous one if there is one."""
        has_arrived = bool(self._now) and self._now[-1][0] >= 1
        return list(self._now if has_arrived or not self._before else self._before)

    def add(self, moment: Moment) -> None:
        """Store the points of a moment of the sampler, if it has any. A time before that of the last moment starts a new walk."""
        if moment.points is None:
            return
        if self._now and moment.t < self._now[-1][0]:
            self._before, self._now, self._interval, self._seen = self.places, [], 1, 0
        if len(self._now) > MOST_PLACES:
            self._now, self._interval = self._now[::2], 2 * self._interval
        if self._seen % self._interval == 0 or moment.t >= 1:
            self._now.append((moment.t, moment.points()[: WIDE.particles, :SEEN].clone()))
        self._seen += 1


def sampler_picture(
    problem: Problem,
    places: list[tuple[float, Points]],
    samples: Callable[[], Samples],
    detail: Detail,
    num: int,
) -> tuple[Frames, Samples, Report]:
    """The picture of a sampler's run, with samples of equal weight and their report.

    Args:
        problem: the problem that was sampled.
        places: times and positions of the points, as in `Trail.places`. With fewer than two times, every frame shows the samples.
        samples: returns the weighted samples of the run.
        detail: resolution of the frames.
        num: largest number of samples.
    """
    few = evened(samples()).first(num)
    if len(places) < 2:
        still = few.x[: detail.particles, :SEEN]
        places = [(0.0, still), (1.0, still)]
    which = torch.linspace(0, len(places) - 1, min(len(places), detail.num_times)).round().int()
    kept = [places[i] for i in which.tolist()]
    times = np.array([t for t, _ in kept])
    times = (times - times[0]) / max(times[-1] - times[0], 1e-9)
    paths = torch.stack([x[: detail.particles] for _, x in kept]).numpy()
    frames = empirical_frames("chains", times, grid_axes(problem, WIDE), paths)
    if problem.target.dim <= SEEN:
        frames = replace(frames, particle_mass=mode_shares(build_target(problem), paths))
    return frames, few, scored(problem, few, thorough=detail is not LIVE)
