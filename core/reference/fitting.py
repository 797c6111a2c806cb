"""Cells of the line that resolve a curve of densities."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from core.reference.domain import PROBED_TIMES
from core.reference.errors import UnfitDensityError
from core.reference.path import AbstractPath
from core.reference.quadrature import Cells
from core.targets.base import AbstractDensity, AbstractTarget
from core.types import Box, Times

# Beyond a fall of this many nats below the mode, a tail no longer counts in float64.
TAIL_NATS = 60.0
MIN_CELLS = 96
MAX_CELLS = 12288
MAX_HALVINGS = 40
# A cell is fine enough when the log-density changes by at most this, and its polynomial is off by at most that share of it.
MOST_NATS = 2.5
MOST_ERROR = 1e-7
# From a wide latent to a narrow mode the precision rises linearly, and so from σ⁻² to twice that within (std/σ)² of the time. Densities
# are looked at until this share of that from both ends, each time four times as far from them as the one before.
NEAREST = 1 / 16
# Modes that travel far for their width take more times, up to about so many.
MOST_TIMES = 256
# So many values are looked at together.
MOST_VALUES = 2**20
# Where the kinetic energy would exceed e^{DEEPEST_NATS}, float64 can only represent it as infinite, and no cell has to resolve it.
DEEPEST_NATS = 800.0


def fitted_cells(path: AbstractPath, box: Box, *ends: AbstractDensity) -> Cells:
    """Cells with edges at every kink and mode, halved until quadrature resolves the density wherever it counts.

    Args:
        path: the curve of densities.
        box: the interval.
        ends: what the curve is made of; they name the kinks and the modes.

    Raises:
        UnfitDensityError: that would take too many cells.
    """
    lower, upper = float(box.lower[0]), float(box.upper[0])
    special = torch.tensor([place for end in ends for place in end.kinks], dtype=torch.float64)
    special = torch.cat([special, *(end.modes[:, 0] for end in ends if isinstance(end, AbstractTarget))])
    special = special[(special > lower) & (special < upper)]
    edges = torch.linspace(lower, upper, MIN_CELLS + 1, dtype=torch.float64)
    edges = torch.cat([edges, special]).sort().values
    # A cell much thinner than the others would only add rounding.
    edges = edges[torch.cat([torch.tensor([True]), edges.diff() > 1e-12 * (upper - lower)])]
    times = _looked_at(path, Cells(edges), *(end.scale for end in ends))
    seen = _seen(path, Cells(edges), times, torch.ones(len(edges) - 1, dtype=torch.bool))
    moves = path.only_time is None
    for _ in range(MAX_HALVINGS):
        coarse = seen.too_coarse(moves)
        if not coarse.any():
            return Cells(edges)
        # Thousands of cells at hundreds of times take seconds, so what is hopeless is refused while there are few.
        if moves and len(edges) < MAX_CELLS / 8 and seen.least_cells() > MAX_CELLS:
            break
        edges = torch.cat([edges, ((edges[:-1] + edges[1:]) / 2)[coarse]]).sort().values
        if len(edges) > MAX_CELLS:
            break
        origin = torch.arange(len(coarse)).repeat_interleave(1 + coarse.long())
        halves = coarse[origin]
        seen = seen.replaced(origin, halves, _seen(path, Cells(edges), times, halves))
    raise UnfitDensityError(
        f"The target is too fine for its width: more than {MAX_CELLS} cells would be needed to resolve it."
    )


@dataclass(frozen=True)
class Needed:
    """Which cells of the line the mass and the kinetic energy of a curve depend on, at some times.

    Attributes:
        counts: (times, cells) marks of the cells that matter.
        deep: (times, cells) marks of the cells in a neck so deep that any flux through it takes infinite energy.
    """

    counts: Tensor
    deep: Tensor

    @property
    def to_resolve(self) -> Tensor:
        """The cells on which quadrature has to be right."""
        return self.counts & ~self.deep


def needed(top: Tensor, low: Tensor, nats: float = TAIL_NATS) -> Needed:
    """Marks the cells that hold at least a share e^{−nats} of the mass, of the energy, or of what crosses a neck.

    No more than the lesser of the masses M on its two sides crosses a place x, so `log(M²/ρ)` bounds the kinetic energy there.
    A mode that holds e^{−100} of the mass matters if it has to be filled through a neck of density e^{−300}.

    Args:
        top, low: (times, cells) the highest and the lowest log-density in every cell.
        nats: how far below the maximum a cell still matters.
    """
    highest = top.amax(1, keepdim=True)
    top, low = top - highest, low - highest
    left, right = _cummax(top), _cummax_from_right(top)
    crossing = torch.minimum(left, right)
    energy = 2 * crossing - low
    # Farther out, only such cells matter as change what crosses a place whose energy matters.
    least = crossing - energy.clamp_max(0) - nats
    from_left = -_cummax_from_right(-least.where(left <= right, torch.inf))
    from_right = -_cummax(-least.where(right <= left, torch.inf))
    counts = (energy > -nats) | (top > from_left) | (top > from_right)
    return Needed(between_tails(counts), 2 * crossing - top > DEEPEST_NATS)


def between_tails(counts: Tensor) -> Tensor:
    """Rows of marks with every gap between two marks filled: a place with next to no mass still counts where mass must cross it."""
    return counts.cummax(1).values & counts.flip(1).cummax(1).values.flip(1)


def _cummax(values: Tensor) -> Tensor:
    return values.cummax(1).values


def _cummax_from_right(values: Tensor) -> Tensor:
    return values.flip(1).cummax(1).values.flip(1)


def _looked_at(path: AbstractPath, cells: Cells, *scales: float) -> Times:
    """The times at which the cells have to resolve the density: closer and closer to both ends, and so many that no mode passes
    through a cell in between, and that no neck turns from negligible to deep."""
    if path.only_time is not None:
        return PROBED_TIMES
    nearest = NEAREST * (min(scales) / max(scales)) ** 2
    away = 4.0 ** -torch.arange(1, 1 + math.ceil(-math.log(nearest, 4)), dtype=torch.float64)
    times = torch.cat([PROBED_TIMES, away, 1 - away]).unique()
    x = cells.nodes.reshape(-1, 1)
    while len(times) < MOST_TIMES:
        log_density, _ = path.on_grid(times, x)
        # (i, j): how many nats below its maximum the density at time i lies where that at time j is highest.
        fallen = log_density.amax(1, keepdim=True) - log_density[:, log_density.argmax(1)]
        apart = torch.maximum(fallen.diagonal(1), fallen.diagonal(-1)) > TAIL_NATS / 2
        fallen = log_density - log_density.amax(1, keepdim=True)
        energy = 2 * torch.minimum(_cummax(fallen), _cummax_from_right(fallen)) - fallen
        seen = energy.clamp(-TAIL_NATS, DEEPEST_NATS)
        apart |= seen.diff(dim=0).abs().amax(1) > DEEPEST_NATS / 2
        if not apart.any():
            break
        times = torch.cat([times, (times[:-1] + times[1:])[apart] / 2]).sort().values
    return times


@dataclass(frozen=True)
class _Seen:
    """What decides whether cells are fine enough, each (times, cells).

    Attributes:
        top, low: the highest and the lowest log-density.
        left, right: the log-density at the edges.
        rough: whether it changes too much, or is not the polynomial that the nodes make of it.
    """

    top: Tensor
    low: Tensor
    left: Tensor
    right: Tensor
    rough: Tensor

    def too_coarse(self, moves: bool) -> Tensor:
        """(cells,) those that are rough where it counts."""
        if moves:
            counts = needed(self.top, self.low).to_resolve
        else:
            counts = self.top > self.top.amax(1, keepdim=True) - TAIL_NATS
        return (counts & self.rough).any(0)

    def least_cells(self) -> float:
        """How many cells it will take at least, since the log-density may change by no more than `MOST_NATS` over one that counts.

        Where the density is not below e^{−TAIL_NATS} of its maximum, it counts; so does all that lies between two places that
        count, down to where a neck takes infinite energy.
        """
        highest = self.top.amax(1, keepdim=True)
        top = self.top - highest
        counts = needed(top, top).counts  # at the highest place of every cell, hence not too many
        between = torch.zeros_like(counts)
        between[:, 1:-1] = counts[:, :-2] & counts[:, 2:]
        floor = 2 * torch.minimum(_cummax(top), _cummax_from_right(top)) - DEEPEST_NATS
        floor = floor.where(between, -TAIL_NATS)
        climb, fall = (top - torch.maximum(edge - highest, floor) for edge in (self.left, self.right))
        change = climb.clamp_min(0) + fall.clamp_min(0)
        # The cell at the top has a part of both.
        return float((change.amax(0) / MOST_NATS - 1).clamp_min(1).sum())

    def replaced(self, origin: Tensor, which: Tensor, new: _Seen) -> _Seen:
        """The cells taken from `origin`, those of `which` replaced by new ones."""
        parts = []
        for field in fields(self):
            part = getattr(self, field.name)[:, origin]
            part[:, which] = getattr(new, field.name)
            parts.append(part)
        return _Seen(*parts)


def _seen(path: AbstractPath, cells: Cells, times: Times, which: Tensor) -> _Seen:
    """Looks at the cells marked by `which`."""
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
    return _Seen(*(torch.cat(part) for part in zip(*parts, strict=True)))
