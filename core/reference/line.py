"""The exact velocity of any given curve of densities on the line, by the two-sided distribution function."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from core.fields import FieldValue, GridValue
from core.reference.base import AbstractExactField, Slices
from core.reference.domain import domain
from core.reference.fitting import TAIL_NATS, between_tails, fitted_cells
from core.reference.path import AbstractPath
from core.targets.base import AbstractDensity
from core.types import Box, Points, Times, Values

# Sums in float64 are good to about this share of what was added up, at best.
ROUNDING = 1e-13

Nodes = Float[Tensor, "times cells nodes"]


class LineField(AbstractExactField):
    """`v_t = −∂_t F_t / ρ_t` with F_t the distribution function of ρ_t: the only field on the line that carries it.

    ∂_t F is accumulated from the nearer tail on each side; from the farther one, the quotient would be rounding noise
    wherever ρ is small. In a cell everything is in units of its own largest density.

    Args:
        path: the curve of densities.
        latent, target: its ends, which fix the interval and the places of the nodes.
        box: an interval to use instead of the one that is found from the energy.

    Raises:
        UnfitDensityError: the curve cannot be resolved; the message says why.
    """

    method = "two-sided distribution function, Gauss–Legendre quadrature fitted to the kinks"

    def __init__(
        self, path: AbstractPath, latent: AbstractDensity, target: AbstractDensity, box: Box | None = None
    ) -> None:
        self.dim = 1
        self.path = path
        self.box = domain(path, latent.box.hull(target.box), TAIL_NATS, box)
        self.cells = fitted_cells(path, self.box, latent, target)

    def coarsened(self) -> LineField:
        coarse = object.__new__(LineField)
        coarse.dim, coarse.path, coarse.box = 1, self.path, self.box
        coarse.cells = self.cells.coarsened()
        return coarse

    def slices(self, t: Times) -> Slices:
        log_prob, velocity, log_z, rate = self._solve(t)
        mass = (self.cells.weights * log_prob.exp()).flatten(1)
        x = self.cells.nodes.reshape(1, -1, 1)
        return Slices(x, mass, log_prob.flatten(1), velocity.flatten(1)[..., None], log_z, rate)

    def _solve(self, t: Times) -> tuple[Nodes, Nodes, Times, Times]:
        """log ρ_t, v_t, log Z_t and C_t on the nodes of the cells."""
        nodes, weights = self.cells.nodes, self.cells.weights
        grids = self.path.on_grid(t.to(nodes), nodes.reshape(-1, 1))
        log_density, growth = (grid.reshape(len(t), *nodes.shape) for grid in grids)
        log_z = (log_density + weights.log()).flatten(1).logsumexp(1)
        log_prob = log_density - log_z[:, None, None]
        rate = torch.einsum("cn,tcn,tcn->t", weights, log_prob.exp(), growth)
        return log_prob, self._velocity(log_prob, growth - rate[:, None, None]), log_z, rate

    def _velocity(self, log_prob: Nodes, growth: Nodes) -> Nodes:
        """−∂_t F/ρ, where growth = ∂_t log ρ_t; everything in units of the largest density of its cell."""
        peak = log_prob.amax(2)
        density = (log_prob - peak[..., None]).exp()
        moved = density * growth
        inner = self.cells.running_integral(moved)
        whole = torch.einsum("cn,tcn->tc", self.cells.weights, moved)
        size = torch.einsum("cn,tcn->tc", self.cells.weights, moved.abs())
        whole_mass, size_mass = whole * peak.exp(), size * peak.exp()
        left, left_size = _before(whole_mass), _before(size_mass)
        right, right_size = (_before(part.flip(1)).flip(1) for part in (whole_mass, size_mass))
        # All that is gained is lost elsewhere; what the sums leave of it tells how well they are known.
        rounding = (2 * whole_mass.sum(1).abs() / size_mass.sum(1)).clamp_min(ROUNDING)[:, None]
        nearer_left = left_size <= right_size
        outer = torch.where(nearer_left, left, -(right + whole_mass))
        outer_size = torch.where(nearer_left, left_size, right_size)
        # Where what was summed cancels to its own rounding, there is no flux to speak of, and ρ may be far smaller still. In a neck
        # so deep that its unit is beyond the smallest number, what does flow has a velocity beyond the largest.
        outer = outer.where(outer.abs() > rounding * outer_size, 0.0)
        per_unit = (-peak).exp()
        flux = inner + (outer * per_unit).where(outer != 0, 0.0)[..., None]
        least = rounding * ((outer_size * per_unit).where(outer_size > 0, 0.0) + size)
        return flux.masked_fill_(flux.abs() < least[..., None], 0.0).neg_().div_(density)

    def kinetic_energy(self, t: Times) -> Times:
        log_prob, velocity, _, _ = self._solve(t)
        return self._kinetic_energy(log_prob, velocity)

    def _kinetic_energy(self, log_prob: Nodes, velocity: Nodes) -> Times:
        """In logs, since ρ may underflow where |v| is largest; in the far tails the velocity is not known and does not count."""
        log_energy = self.cells.weights.log() + log_prob + 2 * velocity.abs().log()
        return log_energy.where(_is_resolved(log_prob), -torch.inf).flatten(1).logsumexp(1).exp()

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Velocity, divergence and log-density; NaN for x outside of the cells, and the first two in the far tails."""
        t, x = t.to(torch.float64), x.to(torch.float64)
        times, which = t.unique(return_inverse=True)
        log_prob, nodes, _, rate = self._solve(times)
        nodes = nodes.where(_is_resolved(log_prob), torch.nan)
        velocity = torch.empty_like(t)
        for i in range(len(times)):
            here = which == i
            velocity[here] = self.cells.interpolate(nodes[i], x[here, 0])
        value = self.path.evaluate(t, x)
        # Continuity gives the divergence without another derivative.
        divergence = -(value.log_density_dt - rate[which]) - velocity * value.score[:, 0]
        return FieldValue(velocity[:, None], divergence, value.log_density)

    def on_grid(self, t: Times, axes: tuple[Tensor, ...]) -> GridValue:
        (axis,) = axes
        log_prob, velocity, _, _ = self._solve(t)
        return self._seen(t, axis, log_prob, velocity)

    def portrait(self, t: Times, axes: tuple[Tensor, ...]) -> tuple[GridValue, Times, Times]:
        (axis,) = axes
        log_prob, velocity, log_z, _ = self._solve(t)
        return self._seen(t, axis, log_prob, velocity), self._kinetic_energy(log_prob, velocity), log_z

    def _seen(self, t: Times, axis: Tensor, log_prob: Nodes, velocity: Nodes) -> GridValue:
        log_density, _ = self.path.on_grid(t.to(axis), axis[:, None])
        velocity = velocity.where(_is_resolved(log_prob), torch.nan)
        return GridValue(log_density, self.cells.interpolate_rows(velocity, axis)[..., None])

    def log_density(self, t: Times, x: Points) -> Values:
        return self.path.evaluate(t, x).log_density


def _is_resolved(log_prob: Nodes) -> Tensor:
    """(times, cells, 1) marks of the cells that resolve ρ_t, so that the velocity is known in them."""
    peak = log_prob.amax(2)
    return between_tails(peak > peak.amax(1, keepdim=True) - TAIL_NATS)[..., None]


def _before(values: Tensor) -> Tensor:
    """The sum over all earlier cells."""
    return torch.nn.functional.pad(values.cumsum(1)[:, :-1], (1, 0))
