"""Optimal transport from the latent to the target in the plane, by samples."""

from __future__ import annotations

from functools import cached_property

import torch
from scipy.spatial import cKDTree

from core.fields import FieldValue
from core.reference.base import AbstractExactField, Motion, Slices
from core.reference.wasserstein import PAIRS, SquaredDistance, optimal_matching, squared_distance
from core.targets.base import AbstractDensity
from core.types import Points, Times

NEIGHBOURS = 8


class DisplacementPlane(AbstractExactField):
    """An optimal matching of as many samples of the latent as of the target, so exact for those samples only.

    Args:
        latent, target: the ends.
        seed: of the samples.
        pairs: how many.
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

    @property
    def solver(self) -> str:  # type: ignore[override]
        return f"optimal matching of {len(self.start)} samples; the density is not known, only its samples"

    def coarsened(self) -> DisplacementPlane:
        return DisplacementPlane(self._latent, self._target, self._seed + 1, len(self.start) // 2)

    @property
    def matched_cost(self) -> float:
        """The mean squared distance of the matched samples: W₂² plus a bias for being few, in squared units of x."""
        return float((self.end - self.start).square().sum(1).mean())

    @cached_property
    def distance(self) -> SquaredDistance:
        """W₂² of the ends: in closed form where there is one, else estimated from as many samples as the field has."""
        return squared_distance(self._latent, self._target, self._seed, len(self.start))

    def motion(self, t: Times) -> Motion:
        """W₂² of the ends at all times, since the matched samples alone would overstate it, and the largest speed of any sample."""
        energy = torch.full((len(t),), self.distance.value, dtype=torch.float64)
        return Motion.of(energy, self.slices(t))

    def slices(self, t: Times) -> Slices:
        times = t.to(torch.float64)[:, None, None]
        x = (1 - times) * self.start + times * self.end
        velocity = (self.end - self.start).expand_as(x)
        mass = torch.full(x.shape[:2], 1 / len(self.start), dtype=torch.float64)
        unknown = torch.full(x.shape[:2], torch.nan, dtype=torch.float64)
        zero = torch.zeros(len(t), dtype=torch.float64)
        return Slices(x, mass, unknown, velocity, zero, zero)

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """The mean velocity of the nearest samples; density and divergence are not known."""
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

    def log_z(self, t: Times) -> Times:
        """Zero: the densities are normalised."""
        return torch.zeros(len(t), dtype=torch.float64)
