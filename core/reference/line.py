"""The exact velocity of any given curve of densities on the line, by the two-sided distribution function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.fields import FieldValue
from core.reference.base import AbstractExactField
from core.reference.errors import NoExactFieldError
from core.reference.quadrature import Cells
from core.targets.base import AbstractDensity, AbstractTarget, energy_gradient
from core.types import Points, Times, Values

# Beyond a fall of this many nats below the mode, a tail no longer counts in float64.
TAIL_NATS = 60.0
MIN_CELLS = 256
MAX_CELLS = 8192
MAX_HALVINGS = 40
# A cell is fine enough when the log-density changes by at most this, and its polynomial is off by at most that share of it.
MOST_NATS = 6.0
MOST_ERROR = 1e-7
PROBED_TIMES = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)
# Sums in float64 are good to about this share of what was added up.
ROUNDING = 1e-13


@dataclass(frozen=True)
class PathValue:
    """A curve of densities without a velocity: `log ρ̃_t`, its time derivative and its score at points (t, x)."""

    log_density: Values
    log_density_dt: Values
    score: Points


Path = Callable[[Times, Points], PathValue]


def linear_path(latent: AbstractDensity, target: AbstractDensity) -> Path:
    """`log ρ̃_t = −(1 − t) f_Z − t f_D`."""

    def path(t: Times, x: Points) -> PathValue:
        start, start_gradient = energy_gradient(latent, x)
        end, end_gradient = energy_gradient(target, x)
        score = -(1 - t)[:, None] * start_gradient - t[:, None] * end_gradient
        return PathValue(-(1 - t) * start - t * end, start - end, score)

    return path


@dataclass(frozen=True)
class Slices:
    """The exact answer at some times, on the nodes of the cells.

    Attributes:
        log_z: log Z_t.
        rate: C_t = d/dt log Z_t.
        log_prob: log ρ_t, normalised.
        velocity: v_t.
    """

    log_z: Times
    rate: Times
    log_prob: Float[Tensor, "times cells nodes"]
    velocity: Float[Tensor, "times cells nodes"]


class LineField(AbstractExactField):
    """`v_t = −∂_t F_t / ρ_t` with F_t the distribution function of ρ_t: the only field on the line that carries it.

    ∂_t F is accumulated from the nearer tail on each side; from the farther one, the quotient would be rounding noise
    wherever ρ is small. Every cell is scaled by its own largest density, so nothing underflows.

    Args:
        path: the curve of densities.
        latent, target: its ends, which fix the interval and the places of the nodes.
    """

    method = "two-sided distribution function, Gauss–Legendre quadrature fitted to the kinks"

    def __init__(self, path: Path, latent: AbstractDensity, target: AbstractTarget) -> None:
        self.dim = 1
        self.path = path
        self.cells = Cells(_edges(path, latent, target))

    def slices(self, t: Times) -> Slices:
        """The exact answer on the nodes, at the times t."""
        log_density, log_density_dt = self._on_nodes(t)
        weights = self.cells.weights
        log_z = (log_density + weights.log()).flatten(1).logsumexp(1)
        log_prob = log_density - log_z[:, None, None]
        rate = (weights * log_prob.exp() * log_density_dt).sum((1, 2))
        velocity = self._velocity(log_prob, log_density_dt - rate[:, None, None])
        return Slices(log_z, rate, log_prob, velocity)

    def _on_nodes(self, t: Times) -> tuple[Tensor, Tensor]:
        nodes = self.cells.nodes
        times = t.to(nodes).repeat_interleave(nodes.numel())
        value = self.path(times, nodes.flatten().repeat(len(t))[:, None])
        shape = (len(t), *nodes.shape)
        return value.log_density.reshape(shape), value.log_density_dt.reshape(shape)

    def _velocity(self, log_prob: Tensor, growth: Tensor) -> Float[Tensor, "times cells nodes"]:
        """−∂_t F/ρ, where growth = ∂_t log ρ_t; everything in units of the largest density of its cell."""
        peak = log_prob.amax(2)
        density = (log_prob - peak[..., None]).exp()
        inner = self.cells.running_integral(density * growth)
        whole = (self.cells.weights * density * growth).sum(2)
        size = (self.cells.weights * density * growth.abs()).sum(2)
        left, left_size = _accumulate(whole, size, peak)
        right, right_size = (s.flip(1) for s in _accumulate(whole.flip(1), size.flip(1), peak.flip(1)))
        nearer_left = left_size <= right_size
        from_left, from_right = left[..., None] + inner, -(right + whole)[..., None] + inner
        flux = torch.where(nearer_left[..., None], from_left, from_right)
        # Where what was summed cancels to its own rounding, there is no flux to speak of, and ρ may be far smaller still.
        rounding = ROUNDING * (torch.where(nearer_left, left_size, right_size) + size)
        flux = torch.where(flux.abs() <= rounding[..., None], 0.0, flux)
        return -flux / density

    def kinetic_energy(self, t: Times) -> Times:
        s = self.slices(t)
        return (self.cells.weights * s.log_prob.exp() * s.velocity.square()).sum((1, 2))

    def log_z(self, t: Times) -> Times:
        return self.slices(t).log_z

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Velocity, divergence and log-density; NaN for x outside of the cells."""
        t, x = t.to(torch.float64), x.to(torch.float64)
        times, which = t.unique(return_inverse=True)
        slices = self.slices(times)
        velocity = torch.empty_like(t)
        for i in range(len(times)):
            here = which == i
            velocity[here] = self.cells.interpolate(slices.velocity[i], x[here, 0])
        value = self.path(t, x)
        # Continuity gives the divergence without another derivative.
        growth = value.log_density_dt - slices.rate[which]
        divergence = -growth - velocity * value.score[:, 0]
        return FieldValue(velocity[:, None], divergence, value.log_density)


def _accumulate(whole: Tensor, size: Tensor, peak: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of `whole` and `size` over all earlier cells, in units of each cell's own peak; logs keep them from underflow."""

    def sums(values: Tensor) -> Tensor:
        logs = (values.log() + peak).logcumsumexp(1)
        before = torch.cat([torch.full_like(logs[:, :1], -torch.inf), logs[:, :-1]], dim=1)
        return (before - peak).exp()

    return sums(whole.clamp_min(0)) - sums((-whole).clamp_min(0)), sums(size)


def _edges(path: Path, latent: AbstractDensity, target: AbstractTarget) -> Tensor:
    """Cells with edges at every kink and mode, halved until quadrature resolves the density, and tails that no longer count."""
    box = latent.box.hull(target.box)
    center, half = float(box.center[0]), box.half_width
    while not _holds_all_mass(path, center, half):
        half *= 1.25
        if half > 1e8:
            raise ValueError("The energy does not grow at infinity, so the density has no integral.")
    special = torch.tensor(latent.kinks + target.kinks, dtype=torch.float64)
    edges = torch.linspace(center - half, center + half, MIN_CELLS + 1, dtype=torch.float64)
    edges = torch.cat([edges, special, target.modes[:, 0]]).sort().values
    # A cell much thinner than the others would only add rounding.
    edges = edges[torch.cat([torch.tensor([True]), edges.diff() > 1e-12 * half])]
    for _ in range(MAX_HALVINGS):
        coarse = _too_coarse(path, Cells(edges))
        if not coarse.any():
            return edges
        middles = (edges[:-1] + edges[1:]) / 2
        edges = torch.cat([edges, middles[coarse]]).sort().values
        if len(edges) > MAX_CELLS:
            break
    raise NoExactFieldError(
        f"The target is too fine for its width: more than {MAX_CELLS} cells would be needed to resolve it."
    )


def _too_coarse(path: Path, cells: Cells) -> Tensor:
    """The cells where the density changes too much, or its log is not the polynomial that the nodes make of it."""
    probes = torch.cat(
        [cells.edges[:-1, None], (cells.edges[:-1] + cells.edges[1:])[:, None] / 2, cells.edges[1:, None]], 1
    )
    result = torch.zeros(len(cells.widths), dtype=torch.bool)
    for t in PROBED_TIMES:
        at_nodes, at_probes = (
            path(torch.full((x.numel(),), t, dtype=torch.float64), x.reshape(-1, 1)).log_density.reshape(
                x.shape
            )
            for x in (cells.nodes, probes)
        )
        both = torch.cat([at_nodes, at_probes], dim=1)
        counts = both.amax(1) > both.max() - TAIL_NATS
        steep = both.amax(1) - both.amin(1) > MOST_NATS
        # Just inside of the cell, or a probe on an edge would be read from the neighbour.
        inside = probes + torch.tensor([1e-9, 0.0, -1e-9]) * cells.widths[:, None]
        error = (cells.interpolate(at_nodes, inside.flatten()).reshape(probes.shape) - at_probes).abs()
        slack = MOST_ERROR * (1 + both.abs().amax(1))
        result |= counts & (steep | (error.amax(1) > slack))
    return result


def _holds_all_mass(path: Path, center: float, half: float) -> bool:
    """Whether both ends lie TAIL_NATS below the highest density, at the start, the middle and the end."""
    x = torch.linspace(center - half, center + half, 1025, dtype=torch.float64)
    for t in (0.0, 0.5, 1.0):
        log_density = path(torch.full_like(x, t), x[:, None]).log_density
        if max(log_density[0], log_density[-1]) > log_density.max() - TAIL_NATS:
            return False
    return True
