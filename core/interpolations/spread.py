"""Where in its box a curve has mass, as far as a first look at the energies tells: few points are wasted on the rest."""

from __future__ import annotations

import torch

from core.interpolations.clock import Clock
from core.interpolations.survey import Survey
from core.types import Box, Points, Times

NUM_BINS = 24
# At this depth below the highest density, in nats, a point of the survey is chosen half as often.
DEPTH = 10.0


class Spread:
    """Moves points of a box to the cells around the survey's points, the more often the higher the linear curve is there.

    A survey's points fill the box evenly, one for each cell; so no more energies are asked for. What counts as high falls off slowly,
    like one over the depth in nats: the tails are visited too, and a cell may hide a mode that its point has missed.

    Args:
        survey: of the two ends.
        box: that it was made over.
        clock: by which times are told apart.
    """

    def __init__(self, survey: Survey, box: Box, clock: Clock) -> None:
        self.box = box
        self.points = survey.spread
        self.cell = (box.upper - box.lower) / len(self.points) ** (1 / len(box.lower))
        middles = clock.time((torch.arange(NUM_BINS, dtype=torch.float64) + 0.5) / NUM_BINS)[:, None]
        start, end = (energy[: len(self.points)] for energy in (survey.start, survey.end))
        energy = torch.nan_to_num((1 - middles) * start + middles * end, torch.inf, torch.inf)
        share = 1 / (1 + (energy - energy.amin(1, keepdim=True)) / DEPTH)
        share = torch.where(share.isfinite(), share, 1.0)
        levels = (share / share.sum(1, keepdim=True)).cumsum(1)
        # One rising row for all bins: bin k has the levels from k to k + 1.
        self.levels = (levels / levels[:, -1:] + torch.arange(NUM_BINS)[:, None]).flatten()

    def __call__(self, s: Times, x: Points, generator: torch.Generator) -> Points:
        """Points at the clock's times s; where x lies in the box is kept as a place in a cell."""
        level = torch.rand(len(s), generator=generator, dtype=torch.float64)
        which = (s.cpu().double() * NUM_BINS).floor().clamp(0, NUM_BINS - 1)
        found = torch.searchsorted(self.levels, level + which).clamp_max(len(self.levels) - 1)
        chosen = found % len(self.points)
        lower, upper = self.box.lower.to(x), self.box.upper.to(x)
        place = (x - lower) / (upper - lower) - 0.5
        return (self.points[chosen].to(x) + self.cell.to(x) * place).clamp(lower, upper)
