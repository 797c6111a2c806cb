"""The linear curve to equally wide modes on one line of the plane: as in one dimension along that line, affine across it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.fields import FieldValue, GridValue, grid_points
from core.reference.affine import AffineCurve
from core.reference.base import AbstractExactField, GridSummary, Motion, Slices, largest_speed
from core.reference.line import LineField
from core.reference.path import LinearPath
from core.targets.latent import GaussianLatent
from core.targets.mixture import GaussianMixture
from core.types import Box, Points, Times, Values

# Modes lie on one line when they are no farther from it than this share of their width.
STRAIGHT = 1e-9
# Nodes across the line: of Gauss–Hermite quadrature, and evenly spaced ones among which the largest speed is sought.
HERMITE_NODES = 12
OFFSETS = torch.linspace(-6, 6, 25, dtype=torch.float64)
# Farther below the maxima of density and energy along the line, no place holds 10⁻⁶ of the energy in the plane.
FAR_NATS = 16.0
# At most so many nodes of all times are on slices together.
MOST_NODES = 2**21


class SeparableField(AbstractExactField):
    """The velocity of `log ρ̃_t = −(1 − t) f_Z − t f_D` for a Gaussian latent and modes of one width on one line.

    At all times ρ_t is the product of a density along the line and a Gaussian across it, so the velocity of least kinetic energy
    has the exact velocity of each as its two parts. Necks are as accurate as in one dimension, however deep.

    Args:
        latent, target: the ends, in the plane.

    Raises:
        ValueError: the target is not separable, see `is_separable`.
        UnfitDensityError: the curve along the line cannot be resolved; the message says why.
    """

    solver = "separable: two-sided distribution function along the line of the modes, closed form across it"

    def __init__(self, latent: GaussianLatent, target: GaussianMixture) -> None:
        if not is_separable(target):
            raise ValueError("A separable curve takes modes of one width on one line of the plane.")
        self.dim = 2
        self.path = LinearPath(latent, target)
        along = _direction(target)
        self.turn = torch.stack([along, torch.stack([-along[1], along[0]])])
        self.center = latent.center
        std, places = float(target.std[0]), self._local(target.modes)
        ends = GaussianLatent(latent.sigma, 1), GaussianMixture(places[:, :1], std, target.weights)
        self.along = LineField(LinearPath(*ends), *ends)
        self.across = AffineCurve(latent.sigma, float(places[:, 1].mean()), std)
        self.box = self._box()

    def _box(self) -> Box:
        """Around what the line's interval and the Gaussian's width span."""
        low, high = self.across.reach()
        corners = torch.cartesian_prod(
            torch.cat([self.along.box.lower, self.along.box.upper]), torch.tensor([low, high]).double()
        )
        corners = corners @ self.turn + self.center
        return Box(corners.amin(0), corners.amax(0))

    def _local(self, x: Points) -> Points:
        """Coordinates along the line and across it, as seen from the latent's centre."""
        return (x - self.center.to(x)) @ self.turn.to(x).T

    def coarsened(self) -> SeparableField:
        coarse = object.__new__(SeparableField)
        coarse.__dict__.update(self.__dict__, along=self.along.coarsened())
        return coarse

    @property
    def times_at_once(self) -> int:
        return max(1, min(64, MOST_NODES // (HERMITE_NODES * self.along.cells.nodes.numel())))

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        t, x = t.to(torch.float64), x.to(torch.float64)
        place = self._local(x)
        along, across = self.along.evaluate(t, place[:, :1]), self.across.velocity(t, place[:, 1])
        velocity = torch.stack([along.velocity[:, 0], across], dim=1) @ self.turn
        divergence = along.divergence + self.across.widening(t)
        return FieldValue(velocity, divergence, self.log_density(t, x))

    def log_density(self, t: Times, x: Points) -> Values:
        return self.path.evaluate(t, x).log_density

    def on_grid(self, t: Times, axes: tuple[Tensor, ...]) -> GridValue:
        grid = _Grid.of(self._local(grid_points(axes)))
        return self._seen(t, axes, grid, self.along.on_grid(t, (grid.along,)))

    def grid_summary(self, t: Times, axes: tuple[Tensor, ...]) -> GridSummary:
        grid = _Grid.of(self._local(grid_points(axes)))
        value = self.along.on_grid(t, (grid.along,))
        return GridSummary(self._seen(t, axes, grid, value), self.motion(t), self.log_z(t))

    def _seen(self, t: Times, axes: tuple[Tensor, ...], grid: _Grid, along: GridValue) -> GridValue:
        shape = [len(axis) for axis in axes]
        across = self.across.velocity(t[:, None], grid.across)
        velocity = torch.stack([along.velocity[:, grid.which, 0], across], dim=-1) @ self.turn
        log_density, _ = self.path.on_grid(t.to(velocity), grid_points(axes))
        return GridValue(log_density.reshape(-1, *shape), velocity.reshape(-1, *shape, 2))

    def log_z(self, t: Times) -> Times:
        t = t.to(torch.float64)
        return self.along.log_z(t) + self.across.log_z(t)

    def kinetic_energy(self, t: Times) -> Times:
        """‖v_t‖², infinite beyond the largest number; NaN where a cell that matters is not resolved."""
        t = t.to(torch.float64)
        return self.along.kinetic_energy(t) + self.across.kinetic_energy(t)

    def motion(self, t: Times) -> Motion:
        t = t.to(torch.float64)
        energy = self.kinetic_energy(t)
        fastest = torch.cat([self._fastest(time[None], self.along.slices(time[None])) for time in t])
        return Motion(energy, fastest.where(energy.isfinite(), energy))

    def _fastest(self, t: Times, line: Slices) -> Times:
        """The largest speed at one time, where the energy is."""
        log_prob, speed = line.log_prob[0], line.velocity[0, :, 0].abs()
        log_energy = (log_prob + 2 * speed.log()).nan_to_num(-torch.inf, torch.inf, -torch.inf)
        keep = (log_prob > log_prob.max() - FAR_NATS) | (log_energy >= log_energy.max() - FAR_NATS)
        keep &= ~speed.isnan()
        place = self.across.places(t, OFFSETS)
        across = self.across.velocity(t, place)
        velocity = torch.cartesian_prod(speed[keep], across)
        joint = (log_prob[keep, None] - OFFSETS.square() / 2).flatten()
        return largest_speed(joint[None], velocity[None])

    def slices(self, t: Times) -> Slices:
        """On the nodes of the line, by Gauss–Hermite nodes across it."""
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
    """Points of a grid: the different places along the line, which of them each point has, and where it is across."""

    along: Float[Tensor, " places"]
    which: Tensor
    across: Float[Tensor, " points"]

    @classmethod
    def of(cls, local: Points) -> _Grid:
        along, which = local[:, 0].unique(return_inverse=True)
        return cls(along, which, local[:, 1])


def is_separable(target: GaussianMixture) -> bool:
    """Whether the modes are equally wide and lie on one line of the plane."""
    if target.dim != 2 or bool((target.std != target.std[0]).any()):
        return False
    along = _direction(target)
    off = (target.modes - target.modes.mean(0)) @ torch.stack([-along[1], along[0]])
    return float(off.abs().max()) <= STRAIGHT * float(target.std[0])


def _direction(target: GaussianMixture) -> Float[Tensor, " 2"]:
    """The unit vector from the first mode to the one farthest from it; of a single mode, the first axis."""
    away = target.modes - target.modes[0]
    farthest = away[away.norm(dim=1).argmax()]
    length = farthest.norm()
    return farthest / length if length > 0 else torch.tensor([1.0, 0.0], dtype=torch.float64)


def _hermite() -> tuple[Tensor, Tensor]:
    """Nodes in standard deviations and shares of the mass, of a Gaussian."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(HERMITE_NODES)
    return torch.from_numpy(nodes), torch.from_numpy(weights / math.sqrt(2 * math.pi))


def _product(first: Tensor, second: Tensor) -> Tensor:
    """(times, nodes · others, 2) all pairs at every time."""
    both = torch.broadcast_tensors(first[:, :, None], second[:, None, :])
    return torch.stack(both, dim=-1).flatten(1, 2)
