"""Optimal transport from the latent to the target in 2-D, estimated from samples."""

from __future__ import annotations

from functools import cached_property

import torch
from scipy.spatial import cKDTree

from core.fields import Carry, FieldValue, GridSummary, GridValue, Paths, Report, evaluate_on_grid
from core.reference.base import AbstractExactField
from core.reference.wasserstein import PAIRS, SquaredDistance, optimal_matching, squared_distance
from core.slices import Motion, Slices
from core.targets.base import AbstractDensity
from core.types import Axes, PerTime, Points, TimeAxis, Times, Values

NEIGHBOURS = 8


class DisplacementPlane(AbstractExactField):
    """Displacement interpolation between equally many samples of the latent and of the target, joined by an optimal matching.

    The result is exact for these samples only. Density and divergence are unknown (NaN).

    Args:
        latent, target: the densities at t = 0 and t = 1.
        seed: seed of the samples.
        pairs: number of samples of each density.
    """

    def __init__(
        self, latent: AbstractDensity, target: AbstractDensity, seed: int = 0, pairs: int = PAIRS
    ) -> None:
        self.dim = latent.dim
        self.box = latent.box.hull(target.box)
        self._latent, self._target, self._seed = latent, target, seed
        generator = torch.Generator().manual_seed(seed)
        self.start = latent.sample(pairs, generator)
        end = target.sample(pairs, generator)
        self.end = end[optimal_matching(self.start, end).index]
        self.solver = f"optimal matching of {pairs} samples; the density is not known, only its samples"

    def coarsened(self) -> DisplacementPlane:
        return DisplacementPlane(self._latent, self._target, self._seed + 1, len(self.start) // 2)

    @cached_property
    def distance(self) -> SquaredDistance:
        """W₂²(latent, target): in closed form if there is one, otherwise estimated from `pairs` samples."""
        return squared_distance(self._latent, self._target, self._seed, len(self.start))

    def motion(self, t: TimeAxis) -> Motion:
        """‖v_t‖², which is W₂² at all times, and the largest speed of any sample.

        The kinetic energy comes from `distance`, since the matched samples alone would overestimate it.
        """
        energy = torch.full((len(t),), self.distance.value, dtype=torch.float64)
        return Motion.of(energy, self.slices(t))

    def slices(self, t: TimeAxis) -> Slices:
        times = t.to(torch.float64)[:, None, None]
        x = (1 - times) * self.start + times * self.end
        velocity = (self.end - self.start).expand_as(x)
        mass = torch.full(x.shape[:2], 1 / len(self.start), dtype=torch.float64)
        unknown = torch.full(x.shape[:2], torch.nan, dtype=torch.float64)
        zero = torch.zeros(len(t), dtype=torch.float64)
        return Slices(x, mass, unknown, velocity, zero, zero)

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """The mean velocity of the nearest samples; density and divergence are NaN."""
        t, x = t.to(torch.float64), x.to(torch.float64)
        velocity = torch.empty_like(x)
        moves = (self.end - self.start).numpy()
        for time in t.unique():
            here = t == time
            tree = cKDTree(self.slices(time[None]).x[0].numpy())
            _, nearest = tree.query(x[here].numpy(), k=NEIGHBOURS)
            velocity[here] = torch.from_numpy(moves[nearest].mean(1))
        unknown = torch.full_like(t, torch.nan)
        return FieldValue(velocity, unknown, unknown)

    def log_density(self, t: Times, x: Points) -> Values:
        return torch.full_like(t, torch.nan)

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return evaluate_on_grid(self, t, axes)

    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        """Only kinetic energy and largest speed, since the density is known through samples only."""
        return GridSummary.without_density(self.motion(t))

    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        """The straight paths of the matched samples."""
        return self.slices(times).x

    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        return self.motion(t).kinetic_energy

    def log_z(self, t: TimeAxis) -> PerTime:
        """Zeros: the densities are normalised."""
        return torch.zeros(len(t), dtype=torch.float64)
