"""Importance sampling of training points: more points where the curve has mass, as estimated from a survey of energies."""

from __future__ import annotations

import torch

from core.interpolations.clock import Clock
from core.interpolations.survey import Survey
from core.types import Box, Points, Times

# Number of intervals of time with separate probabilities.
NUM_BINS = 24
# A survey point with a density this many nats below the maximum is chosen half as often as the point of maximal density.
DEPTH = 10.0


class ImportanceCover:
    """Maps points of a box to the cells around survey points, preferring cells in which the linear curve has high density.

    The survey's points fill the box evenly, one per cell, so no further energies are needed. A cell is chosen with probability
    proportional to `1/(1 + d/10)`, where d is the depth of its point below the highest density, in nats. This slow decay keeps some points
    in the tails, and in cells that contain a mode away from the survey point.

    Args:
        survey: energies of latent and target.
        box: the box that the survey covers.
        clock: the curve's clock; the probabilities are computed for NUM_BINS intervals of its time.
    """

    def __init__(self, survey: Survey, box: Box, clock: Clock) -> None:
        self.box = box
        self.points = survey.box_points
        self.cell = (box.upper - box.lower) / len(self.points) ** (1 / len(box.lower))
        middles = clock.time((torch.arange(NUM_BINS, dtype=torch.float64) + 0.5) / NUM_BINS)[:, None]
        start, end = (energy[: len(self.points)] for energy in (survey.start, survey.end))
        energy = torch.nan_to_num((1 - middles) * start + middles * end, torch.inf, torch.inf)
        share = 1 / (1 + (energy - energy.amin(1, keepdim=True)) / DEPTH)
        share = torch.where(share.isfinite(), share, 1.0)
        levels = (share / share.sum(1, keepdim=True)).cumsum(1)
        # The cumulative probabilities of all bins in one increasing table: those of bin k lie between k and k + 1.
        self.levels = (levels / levels[:, -1:] + torch.arange(NUM_BINS)[:, None]).flatten()

    def __call__(self, s: Times, x: Points, generator: torch.Generator) -> Points:
        """Map each x to a random cell; its relative position in the box becomes its position in the cell.

        Args:
            s: the clock's time of each point.
            x: points that fill the box evenly.
            generator: draws the cells.
        """
        level = torch.rand(len(s), generator=generator, dtype=torch.float64)
        which = (s.cpu().double() * NUM_BINS).floor().clamp(0, NUM_BINS - 1)
        found = torch.searchsorted(self.levels, level + which).clamp_max(len(self.levels) - 1)
        chosen = found % len(self.points)
        lower, upper = self.box.lower.to(x), self.box.upper.to(x)
        place = (x - lower) / (upper - lower) - 0.5
        return (self.points[chosen].to(x) + self.cell.to(x) * place).clamp(lower, upper)
