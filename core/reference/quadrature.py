"""Gauss–Legendre quadrature on cells: nodes, weights, running integrals and interpolation within a cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

NODES = 8
_XI, _WEIGHTS = np.polynomial.legendre.leggauss(NODES)


def _running_integral_matrix() -> np.ndarray:
    """Row i integrates the interpolating polynomial of the node values from −1 to node i."""
    vandermonde = np.polynomial.legendre.legvander(_XI, NODES - 1)
    primitives = [np.polynomial.legendre.legint(row, lbnd=-1) for row in np.eye(NODES)]
    values = np.stack([np.polynomial.legendre.legval(_XI, p) for p in primitives], axis=1)
    return values @ np.linalg.inv(vandermonde)


_RUNNING = torch.from_numpy(_running_integral_matrix())
_BARYCENTRIC = 1 / np.prod(_XI[:, None] - _XI[None, :] + np.eye(NODES), axis=1)


@dataclass(frozen=True)
class Cells:
    """A partition of an interval of the line, with Gauss–Legendre nodes in every cell."""

    edges: Float[Tensor, " edges"]

    @property
    def widths(self) -> Float[Tensor, " cells"]:
        return self.edges.diff()

    @property
    def nodes(self) -> Float[Tensor, "cells nodes"]:
        return self.edges[:-1, None] + self.widths[:, None] * torch.from_numpy(1 + _XI) / 2

    @property
    def weights(self) -> Float[Tensor, "cells nodes"]:
        return self.widths[:, None] * torch.from_numpy(_WEIGHTS) / 2

    def running_integral(self, values: Float[Tensor, "... cells nodes"]) -> Tensor:
        """The integral from the left edge of its cell to each node."""
        return values @ _RUNNING.T * self.widths[:, None] / 2

    def interpolate(
        self, values: Float[Tensor, "cells nodes"], x: Float[Tensor, " points"]
    ) -> Float[Tensor, " points"]:
        """The polynomial of each cell at the points x; NaN outside of the cells."""
        inside = (x >= self.edges[0]) & (x <= self.edges[-1])
        cell = (torch.searchsorted(self.edges, x.contiguous()) - 1).clamp(0, len(self.edges) - 2)
        xi = 2 * (x - self.edges[cell]) / self.widths[cell] - 1
        gap = xi[:, None] - torch.from_numpy(_XI)
        gap = torch.where(gap == 0, torch.full_like(gap, 1e-300), gap)
        share = torch.from_numpy(_BARYCENTRIC) / gap
        result = (share * values[cell]).sum(-1) / share.sum(-1)
        return torch.where(inside, result, torch.nan)
