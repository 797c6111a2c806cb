"""DW-4: four particles in the plane whose distances prefer one of two lengths."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import KnownTarget
from core.types import Box, Points, Values

PARTICLES = 4
# The energy of a pair at the distance r is ½ (QUADRATIC (r − MIDDLE)² + QUARTIC (r − MIDDLE)⁴).
QUADRATIC, QUARTIC, MIDDLE = -4.0, 0.9, 4.0
# Half of the side of the box, and the curvature of a pair's energy at its minima, in nats per unit of x².
_REACH, _CURVATURE = 6.5, -2 * QUADRATIC


class DoubleWellParticles(KnownTarget):
    """`f = ½ Σ_{i<j} (−4 (r_ij − 4)² + 0.9 (r_ij − 4)⁴)` with the distances r_ij of four particles in the plane.

    The centre of mass is fixed at the origin. So x has six coordinates instead of eight, with respect to an orthonormal basis of the positions
    whose mean is zero. The energy does not change when the particles are rotated, reflected or exchanged, so its minima are not isolated
    points. Neither log Z nor exact samples are known.

    References:
        Köhler, Klein, Noé: Equivariant Flows, ICML 2020.
    """

    basis: Float[Tensor, "particles coordinates"]

    def __init__(self) -> None:
        super().__init__()
        self.dim = 2 * (PARTICLES - 1)
        self.register_buffer("basis", _mean_free_basis(PARTICLES))
        self.register_buffer("pairs", torch.triu_indices(PARTICLES, PARTICLES, 1))

    pairs: Tensor

    def positions(self, x: Points) -> Float[Tensor, "batch particles 2"]:
        """The positions of the particles in the plane."""
        return self.basis.to(x) @ x.view(len(x), PARTICLES - 1, 2)

    def energy(self, x: Points) -> Values:
        place = self.positions(x)
        apart = place[:, self.pairs[0]] - place[:, self.pairs[1]]
        # The offset keeps the derivative of the square root finite where two particles meet.
        away = (apart.square().sum(2) + 1e-12).sqrt() - MIDDLE
        return (QUADRATIC * away.square() + QUARTIC * away**4).sum(1) / 2

    @property
    def box(self) -> Box:
        half = torch.full((self.dim,), _REACH, dtype=torch.float64)
        return Box(-half, half)

    @property
    def scale(self) -> float:
        return 1 / math.sqrt(_CURVATURE)


def _mean_free_basis(count: int) -> Float[Tensor, "particles coordinates"]:
    """Orthonormal vectors that are orthogonal to (1, …, 1), as columns (Helmert's matrix)."""
    rows = []
    for k in range(1, count):
        row = torch.zeros(count, dtype=torch.float64)
        row[:k], row[k] = 1.0, -float(k)
        rows.append(row / row.norm())
    return torch.stack(rows, dim=1)
