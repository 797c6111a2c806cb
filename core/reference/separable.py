"""The linear curve to collinear modes of equal width in 2-D: a 1-D problem along their line, an affine velocity across it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.fields import Carry, FieldValue, GridSummary, GridValue, Paths, Report, grid_points
from core.reference.affine import AffineCurve
from core.reference.base import AbstractExactField, exact_paths, summary_of_parts
from core.reference.collinear import common_direction
from core.reference.line import LineField
from core.reference.path import LinearPath
from core.slices import Motion, Slices, largest_speed
from core.targets.latent import GaussianLatent
from core.targets.mixture import GaussianMixture
from core.types import Axes, Box, PerTime, Points, TimeAxis, Times, Values, Vector

# Positions across the line: the number of Gauss–Hermite nodes for expectations, and the offsets (in standard deviations) at which the
# largest speed is searched.
HERMITE_NODES = 12
OFFSETS = torch.linspace(-6, 6, 25, dtype=torch.float64)
# The search for the largest speed ignores points along the line at which both the density and the kinetic energy are this many nats below
# their maxima.
FAR_NATS = 16.0
# Largest number of nodes in one call of `slices`, summed over its times.
MOST_NODES = 2**21


class SeparableField(AbstractExactField):
    """The velocity of `log ρ̃_t = −(1 − t) f_Z − t f_D`, with f_Z the energy of a Gaussian latent and f_D that of the modes.

    ρ_t is always the product of a density along the line and a Gaussian across it. So the velocity of least kinetic energy has two
    independent components, one along the line and one across it, and each solves a 1-D problem. This makes the velocity accurate even
    where the density between modes is tiny.

    Args:
        path: the curve of densities in the plane.
        center: the latent's centre.
        turn: the unit vectors along the line and across it, in rows.
        along: the 1-D field along the line, in coordinates relative to the latent's centre.
        across: the 1-D curve across the line, in such coordinates.
    """

    solver = "separable: two-sided distribution function along the line of the modes, closed form across it"

    def __init__(
        self,
        path: LinearPath,
        center: Vector,
        turn: Float[Tensor, "dim dim"],
        along: LineField,
        across: AffineCurve,
    ) -> None:
        self.dim = 2
        self.path = path
        self.center = center
        self.turn = turn
        self.along = along
        self.across = across
        self.box = self._box()
        self.times_at_once = max(1, min(64, MOST_NODES // (HERMITE_NODES * along.cells.nodes.numel())))

    @classmethod
    def of(cls, latent: GaussianLatent, target: GaussianMixture) -> SeparableField:
        """The field of the linear curve between two 2-D densities.

        Raises:
            ValueError: the target is not separable, see `is_separable`.
            UnfitDensityError: the curve along the line cannot be resolved; the message gives the reason.
        """
        direction = _direction(target)
        turn = torch.stack([direction, torch.stack([-direction[1], direction[0]])])
        std, places = float(target.std[0]), (target.modes - latent.center) @ turn.T
        ends = GaussianLatent(latent.sigma, 1), GaussianMixture(places[:, :1], std, target.weights)
        along = LineField.of(LinearPath(*ends), *ends)
        across = AffineCurve(latent.sigma, float(places[:, 1].mean()), std)
        return cls(LinearPath(latent, target), latent.center, turn, along, across)

    def _box(self) -> Box:
        """The axis-parallel box around the rotated rectangle that contains the mass."""
        low, high = self.across.reach()
        corners = torch.cartesian_prod(
            torch.cat([self.along.box.lower, self.along.box.upper]), torch.tensor([low, high]).double()
        )
        corners = corners @ self.turn + self.center
        return Box(corners.amin(0), corners.amax(0))

    def _local(self, x: Points) -> Points:
        """Coordinates along the line and across it, relative to the latent's centre."""
        return (x - self.center.to(x)) @ self.turn.to(x).T

    def coarsened(self) -> SeparableField:
        return SeparableField(self.path, self.center, self.turn, self.along.coarsened(), self.across)

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        t, x = t.to(torch.float64), x.to(torch.float64)
        place = self._local(x)
        along, across = self.along.evaluate(t, place[:, :1]), self.across.velocity(t, place[:, 1])
        velocity = torch.stack([along.velocity[:, 0], across], dim=1) @ self.turn
        divergence = along.divergence + self.across.widening(t)
        return FieldValue(velocity, divergence, self.log_density(t, x))

    def log_density(self, t: Times, x: Points) -> Values:
        return self.path.evaluate(t, x).log_density

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        grid = _Grid.of(self._local(grid_points(axes)))
        along, shape = self.along.on_grid(t, (grid.along,)), [len(axis) for axis in axes]
        across = self.across.velocity(t[:, None], grid.across)
        velocity = torch.stack([along.velocity[:, grid.which, 0], across], dim=-1) @ self.turn
        log_density, _ = self.path.on_grid(t.to(velocity), grid_points(axes))
        return GridValue(log_density.reshape(-1, *shape), velocity.reshape(-1, *shape, 2))

    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        return summary_of_parts(self, t, axes)

    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        return exact_paths(self, start, times, carry, report)

    def log_z(self, t: TimeAxis) -> PerTime:
        t = t.to(torch.float64)
        return self.along.log_z(t) + self.across.log_z(t)

    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        """‖v_t‖²; infinite on overflow, NaN if a relevant cell is not resolved."""
        t = t.to(torch.float64)
        return self.along.kinetic_energy(t) + self.across.kinetic_energy(t)

    def motion(self, t: TimeAxis) -> Motion:
        t = t.to(torch.float64)
        energy = self.kinetic_energy(t)
        fastest = torch.cat([self._fastest(time[None], self.along.slices(time[None])) for time in t])
        return Motion(energy, fastest.where(energy.isfinite(), energy))

    def _fastest(self, t: TimeAxis, line: Slices) -> PerTime:
        """The largest speed at one time, over points where the kinetic energy is concentrated."""
        log_prob, speed = line.log_prob[0], line.velocity[0, :, 0].abs()
        log_energy = (log_prob + 2 * speed.log()).nan_to_num(-torch.inf, torch.inf, -torch.inf)
        keep = (log_prob > log_prob.max() - FAR_NATS) | (log_energy >= log_energy.max() - FAR_NATS)
        keep &= ~speed.isnan()
        place = self.across.places(t, OFFSETS)
        across = self.across.velocity(t, place)
        velocity = torch.cartesian_prod(speed[keep], across)
        joint = (log_prob[keep, None] - OFFSETS.square() / 2).flatten()
        return largest_speed(joint[None], velocity[None])

    def slices(self, t: TimeAxis) -> Slices:
        """The field on the product of the line's nodes and Gauss–Hermite nodes across it."""
        t = t.to(torch.float64)
        line, (offsets, shares) = self.along.slices(t), _hermite()
        places = self.across.places(t[:, None], offsets)
        local = _product(line.x[..., 0].expand_as(line.mass), places)
        velocity = _product(line.velocity[..., 0], self.across.velocity(t[:, None], places))
        log_prob = line.log_prob[..., None] + self.across.log_prob(t, offsets)[:, None]
        mass = line.mass[..., None] * shares
        rate = line.rate + self.across.rate(t)
        return Slices(
            local @ self.turn + self.center, mass.flatten(1), log_prob.flatten(1), velocity @ self.turn, self.log_z(t), rate
        )  # fmt: skip


@dataclass(frozen=True)
class _Grid:
    """Grid points by their coordinates along the line of the modes and across it.

    Attributes:
        along: the distinct coordinates along the line.
        which: for each point, the index of its coordinate in `along`.
        across: for each point, its coordinate across the line.
    """

    along: Float[Tensor, " places"]
    which: Tensor
    across: Float[Tensor, " points"]

    @classmethod
    def of(cls, local: Points) -> _Grid:
        along, which = local[:, 0].unique(return_inverse=True)
        return cls(along, which, local[:, 1])


def is_separable(target: GaussianMixture) -> bool:
    """Whether the target has two dimensions, and its modes have equal width and lie on one line."""
    return target.dim == 2 and common_direction(target) is not None


def _direction(target: GaussianMixture) -> Float[Tensor, " 2"]:
    """The unit vector along the line of the modes; the first axis if all modes coincide."""
    along = common_direction(target)
    if along is None or target.dim != 2:
        raise ValueError("A separable curve needs modes of equal width whose centres lie on one line.")
    return along if along.any() else torch.tensor([1.0, 0.0], dtype=torch.float64)


def _hermite() -> tuple[Tensor, Tensor]:
    """Gauss–Hermite nodes of a standard Gaussian, and the fraction of the mass at each."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(HERMITE_NODES)
    return torch.from_numpy(nodes), torch.from_numpy(weights / math.sqrt(2 * math.pi))


def _product(first: Tensor, second: Tensor) -> Tensor:
    """All pairs of a first and a second coordinate at each time, (times, pairs, 2)."""
    both = torch.broadcast_tensors(first[:, :, None], second[:, None, :])
    return torch.stack(both, dim=-1).flatten(1, 2)
