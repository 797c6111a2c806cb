"""Adaptive cells in 1-D that resolve a curve of densities."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from core.reference.domain import PROBED_TIMES
from core.reference.errors import UnfitDensityError
from core.reference.path import AbstractPath
from core.reference.quadrature import Cells
from core.targets.base import AbstractEnergy, AbstractTarget
from core.types import Box, TimeAxis

# Densities this many nats below the maximum are negligible in float64.
TAIL_NATS = 60.0
MIN_CELLS = 96
MAX_CELLS = 12288
MAX_HALVINGS = 40
# A cell is fine enough if the log-density changes by at most MOST_NATS over it, and if the polynomial through its nodes has a relative
# error of at most MOST_ERROR.
MOST_NATS = 2.5
MOST_ERROR = 1e-7
# From a wide latent (σ) to a narrow mode (std), the density changes most during a fraction (std/σ)² of the time, near t = 0 or t = 1. So
# the checked times approach both by factors of four, down to a distance of NEAREST · (std/σ)².
NEAREST = 1 / 16
# Approximate upper limit for the number of times that are checked.
MOST_TIMES = 256
# Largest number of density values that are computed at once.
MOST_VALUES = 2**20
# A neck is an interval of low density between modes. Kinetic energies above e^{DEEPEST_NATS} overflow float64, so the cells of necks that
# cause them need not be resolved.
DEEPEST_NATS = 800.0


def fitted_cells(path: AbstractPath, box: Box, *ends: AbstractEnergy) -> Cells:
    """Cells with edges at every kink and mode, halved until quadrature resolves the density wherever it matters.

    Args:
        path: the curve of densities.
        box: the interval to divide.
        ends: the densities that the curve connects; their kinks and modes become edges.

    Raises:
        UnfitDensityError: more than `MAX_CELLS` cells would be needed.
    """
    lower, upper = float(box.lower[0]), float(box.upper[0])
    special = torch.tensor([place for end in ends for place in end.kinks], dtype=torch.float64)
    special = torch.cat([special, *(end.modes[:, 0] for end in ends if isinstance(end, AbstractTarget))])
    special = special[(special > lower) & (special < upper)]
    edges = torch.linspace(lower, upper, MIN_CELLS + 1, dtype=torch.float64)
    edges = torch.cat([edges, special]).sort().values
    # Cells much thinner than the others would only add rounding errors.
    edges = edges[torch.cat([torch.tensor([True]), edges.diff() > 1e-12 * (upper - lower)])]
    times = _checked_times(path, Cells(edges), *(end.scale for end in ends))
    ranges = _ranges(path, Cells(edges), times, torch.ones(len(edges) - 1, dtype=torch.bool))
    moves = path.only_time is None
    for _ in range(MAX_HALVINGS):
        coarse = ranges.too_coarse(moves)
        if not coarse.any():
            return Cells(edges)
        # Thousands of cells at hundreds of times take seconds, so hopeless cases are refused early.
        if moves and len(edges) < MAX_CELLS / 8 and ranges.least_cells() > MAX_CELLS:
            break
        edges = torch.cat([edges, ((edges[:-1] + edges[1:]) / 2)[coarse]]).sort().values
        if len(edges) > MAX_CELLS:
            break
        origin = torch.arange(len(coarse)).repeat_interleave(1 + coarse.long())
        halves = coarse[origin]
        ranges = ranges.replaced(origin, halves, _ranges(path, Cells(edges), times, halves))
    raise UnfitDensityError(
        f"The target's details are too fine for its width: more than {MAX_CELLS} cells would be needed to resolve it. "
        "Train a curve instead; that needs no cells."
    )


@dataclass(frozen=True)
class Needed:
    """The cells on which the mass and the kinetic energy of a curve depend, at some times.

    Attributes:
        counts: (times, cells) true for cells that matter.
        deep: (times, cells) true for cells in a neck so deep that the kinetic energy of any flux through it overflows.
    """

    counts: Tensor
    deep: Tensor

    @property
    def to_resolve(self) -> Tensor:
        """The cells on which the quadrature must be accurate."""
        return self.counts & ~self.deep


def needed(top: Tensor, low: Tensor, nats: float = TAIL_NATS) -> Needed:
    """Find the cells that contribute at least a fraction e^{−nats} of the mass, of the kinetic energy, or of the flux through a neck.

    The flux through x is at most the smaller of the masses M on its two sides, so `log(M²/ρ)` bounds the kinetic energy there.
    For example, a mode with a fraction e^{−100} of the mass matters if it is filled through a neck of density e^{−300}.

    Args:
        top, low: (times, cells) the highest and the lowest log-density in each cell.
        nats: how far below the maximum a contribution still matters.
    """
    highest = top.amax(1, keepdim=True)
    top, low = top - highest, low - highest
    left, right = _cummax(top), _cummax_from_right(top)
    crossing = torch.minimum(left, right)
    energy = 2 * crossing - low
    # Farther out, a cell matters only if it contributes to the flux through a cell whose kinetic energy matters.
    least = crossing - energy.clamp_max(0) - nats
    from_left = -_cummax_from_right(-least.where(left <= right, torch.inf))
    from_right = -_cummax(-least.where(right <= left, torch.inf))
    counts = (energy > -nats) | (top > from_left) | (top > from_right)
    return Needed(between_tails(counts), 2 * crossing - top > DEEPEST_NATS)


def between_tails(counts: Tensor) -> Tensor:
    """Mark all cells between the first and the last mark of each row: mass crosses these cells even if they contain almost none."""
    return counts.cummax(1).values & counts.flip(1).cummax(1).values.flip(1)


def _cummax(values: Tensor) -> Tensor:
    return values.cummax(1).values


def _cummax_from_right(values: Tensor) -> Tensor:
    return values.flip(1).cummax(1).values.flip(1)


def _checked_times(path: AbstractPath, cells: Cells, *scales: float) -> TimeAxis:
    """The times at which the cells must resolve the density.

    They accumulate at t = 0 and t = 1. Times are added until, between two neighbouring times, no mode travels further than its width and
    no neck turns from negligible to deep.
    """
    if path.only_time is not None:
        return PROBED_TIMES
    nearest = NEAREST * (min(scales) / max(scales)) ** 2
    away = 4.0 ** -torch.arange(1, 1 + math.ceil(-math.log(nearest, 4)), dtype=torch.float64)
    times = torch.cat([PROBED_TIMES, away, 1 - away]).unique()
    x = cells.nodes.reshape(-1, 1)
    while len(times) < MOST_TIMES:
        log_density, _ = path.on_grid(times, x)
        # Entry (i, j) belongs to the point where the density of time j is highest: there, the log-density of time i lies this many nats
        # below its own maximum.
        fallen = log_density.amax(1, keepdim=True) - log_density[:, log_density.argmax(1)]
        apart = torch.maximum(fallen.diagonal(1), fallen.diagonal(-1)) > TAIL_NATS / 2
        fallen = log_density - log_density.amax(1, keepdim=True)
        energy = 2 * torch.minimum(_cummax(fallen), _cummax_from_right(fallen)) - fallen
        relevant = energy.clamp(-TAIL_NATS, DEEPEST_NATS)
        apart |= relevant.diff(dim=0).abs().amax(1) > DEEPEST_NATS / 2
        if not apart.any():
            break
        times = torch.cat([times, (times[:-1] + times[1:])[apart] / 2]).sort().values
    return times


@dataclass(frozen=True)
class _Ranges:
    """The behaviour of the log-density over each cell, for deciding whether cells are fine enough. All arrays are (times, cells).

    Attributes:
        top, low: the highest and the lowest log-density.
        left, right: the log-density at the edges.
        rough: true if the log-density changes too much over the cell, or differs from the polynomial through its values at the nodes.
    """

    top: Tensor
    low: Tensor
    left: Tensor
    right: Tensor
    rough: Tensor

    def too_coarse(self, moves: bool) -> Tensor:
        """(cells,) true for each cell that both matters and is rough at the same time t, for at least one t."""
        if moves:
            counts = needed(self.top, self.low).to_resolve
        else:
            counts = self.top > self.top.amax(1, keepdim=True) - TAIL_NATS
        return (counts & self.rough).any(0)

    def least_cells(self) -> float:
        """A lower bound for the number of cells: the total change of the log-density where it matters, divided by `MOST_NATS`.

        The density matters where it exceeds e^{−TAIL_NATS} of its maximum. Between two such places it matters down to the depth at which
        the kinetic energy of a neck overflows.
        """
        highest = self.top.amax(1, keepdim=True)
        top = self.top - highest
        counts = needed(
            top, top
        ).counts  # based on the highest density of each cell, so that the bound is not too large
        between = torch.zeros_like(counts)
        between[:, 1:-1] = counts[:, :-2] & counts[:, 2:]
        floor = 2 * torch.minimum(_cummax(top), _cummax_from_right(top)) - DEEPEST_NATS
        floor = floor.where(between, -TAIL_NATS)
        climb, fall = (top - torch.maximum(edge - highest, floor) for edge in (self.left, self.right))
        change = climb.clamp_min(0) + fall.clamp_min(0)
        # At a maximum, one cell may contain part of the climb and part of the fall.
        return float((change.amax(0) / MOST_NATS - 1).clamp_min(1).sum())

    def replaced(self, origin: Tensor, which: Tensor, new: _Ranges) -> _Ranges:
        """Copy cell `origin[i]` to place i, then overwrite the places marked by `which` with the new values."""
        parts = []
        for field in fields(self):
            part = getattr(self, field.name)[:, origin]
            part[:, which] = getattr(new, field.name)
            parts.append(part)
        return _Ranges(*parts)


def _ranges(path: AbstractPath, cells: Cells, times: TimeAxis, which: Tensor) -> _Ranges:
    """Evaluate the log-density on the cells marked by `which`."""
    left, right = cells.edges[:-1, None], cells.edges[1:, None]
    x = torch.cat([cells.nodes, left, (left + right) / 2, right], dim=1)[which]
    parts = []
    for some in times.split(max(1, MOST_VALUES // x.numel())):
        values = path.on_grid(some, x.reshape(-1, 1))[0].reshape(len(some), *x.shape)
        top, low = values.amax(2), values.amin(2)
        fit = values[..., : cells.order] @ cells.probing.T
        error = (fit - values[..., cells.order :]).abs().amax(2)
        slack = MOST_ERROR * (1 + values.abs().amax(2))
        rough = (top - low > MOST_NATS) | (error > slack)
        parts.append((top, low, values[..., cells.order], values[..., -1], rough))
    return _Ranges(*(torch.cat(part) for part in zip(*parts, strict=True)))
