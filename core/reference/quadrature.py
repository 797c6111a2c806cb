"""Gauss–Legendre quadrature on cells: nodes, weights, running integrals and interpolation within a cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import scipy.sparse
import torch
from jaxtyping import Float
from torch import Tensor

ORDER = 8


@dataclass(frozen=True)
class _Rule:
    """The Gauss–Legendre rule on [−1, 1].

    Attributes:
        xi, weights: nodes and weights.
        running: row i integrates the polynomial through the node values from −1 to node i.
        probing: the values of that polynomial at −1, 0 and 1.
        barycentric: weights of its barycentric form.
    """

    xi: Tensor
    weights: Tensor
    running: Tensor
    probing: Tensor
    barycentric: Tensor


@cache
def _rule(order: int) -> _Rule:
    legendre = np.polynomial.legendre
    xi, weights = legendre.leggauss(order)
    coefficients = np.linalg.inv(legendre.legvander(xi, order - 1))
    primitives = [legendre.legint(row, lbnd=-1) for row in np.eye(order)]
    running = np.stack([legendre.legval(xi, p) for p in primitives], axis=1) @ coefficients
    probing = legendre.legvander(np.array([-1.0, 0.0, 1.0]), order - 1) @ coefficients
    barycentric = 1 / np.prod(xi[:, None] - xi[None, :] + np.eye(order), axis=1)
    return _Rule(*(torch.from_numpy(a) for a in (xi, weights, running, probing, barycentric)))


@dataclass(frozen=True)
class Cells:
    """A partition of an interval, with Gauss–Legendre nodes in every cell.

    Attributes:
        edges: increasing cell boundaries.
        order: number of nodes per cell.
    """

    edges: Float[Tensor, " edges"]
    order: int = ORDER

    @cached_property
    def widths(self) -> Float[Tensor, " cells"]:
        return self.edges.diff()

    @cached_property
    def nodes(self) -> Float[Tensor, "cells nodes"]:
        return self.edges[:-1, None] + self.widths[:, None] * (1 + _rule(self.order).xi) / 2

    @cached_property
    def weights(self) -> Float[Tensor, "cells nodes"]:
        return self.widths[:, None] * _rule(self.order).weights / 2

    @property
    def probing(self) -> Float[Tensor, "3 nodes"]:
        """The matrix that maps values on a cell's nodes to the values of their polynomial at the left edge, middle and right edge."""
        return _rule(self.order).probing

    def coarsened(self) -> Cells:
        """The same cells with half as many nodes."""
        return Cells(self.edges, self.order // 2)

    def refined(self, width: float, most: int) -> Cells | None:
        """Divide cells into equal parts no wider than `width`; None if there would be more than `most` cells."""
        if width <= 0 or float(self.edges[-1] - self.edges[0]) / width > most:
            return None
        counts = (self.widths / width).ceil().long().clamp_min(1)
        if int(counts.sum()) > most:
            return None
        part = torch.arange(int(counts.sum())) - (counts.cumsum(0) - counts).repeat_interleave(counts)
        steps = (self.widths / counts).repeat_interleave(counts)
        lefts = self.edges[:-1].repeat_interleave(counts) + part * steps
        return Cells(torch.cat([lefts, self.edges[-1:]]), self.order)

    def running_integral(self, values: Float[Tensor, "... cells nodes"]) -> Tensor:
        """For each node, the integral from the left edge of its cell to the node."""
        return (values @ _rule(self.order).running.T).mul_(self.widths[:, None] / 2)

    def interpolate(
        self, values: Float[Tensor, "cells nodes"], x: Float[Tensor, " points"]
    ) -> Float[Tensor, " points"]:
        """Evaluate each cell's polynomial at the points x; NaN outside all cells."""
        inside, cell, share = self._shares(x)
        return torch.where(inside, (share * values[cell]).sum(-1), torch.nan)

    def interpolate_rows(
        self, values: Float[Tensor, "rows cells nodes"], x: Float[Tensor, " points"]
    ) -> Float[Tensor, "rows points"]:
        """`interpolate` for many rows of values at the same points."""
        inside, cell, share = self._shares(x)
        starts = torch.arange(len(x) + 1) * self.order
        columns = cell[:, None] * self.order + torch.arange(self.order)
        matrix = scipy.sparse.csr_array(
            (share.flatten().numpy(), columns.flatten().numpy(), starts.numpy()),
            shape=(len(x), self.nodes.numel()),
        )
        result = torch.from_numpy(matrix @ values.flatten(1).T.contiguous().numpy())
        return torch.where(inside[:, None], result, torch.nan).T

    def _shares(self, x: Float[Tensor, " points"]) -> tuple[Tensor, Tensor, Tensor]:
        """For each point: whether it lies inside the interval, the index of its cell, and the interpolation weights of the cell's nodes."""
        rule = _rule(self.order)
        inside = (x >= self.edges[0]) & (x <= self.edges[-1])
        cell = (torch.searchsorted(self.edges, x.contiguous()) - 1).clamp(0, len(self.edges) - 2)
        gap = (2 * (x - self.edges[cell]) / self.widths[cell] - 1)[:, None] - rule.xi
        share = rule.barycentric / torch.where(gap == 0, 1e-300, gap)
        return inside, cell, share / share.sum(-1, keepdim=True)
