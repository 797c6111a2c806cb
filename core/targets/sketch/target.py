"""The target `sketch`: a density drawn by hand."""

from __future__ import annotations

from functools import lru_cache

import torch

from core.targets.computed.on_grid import GridTarget, Known, known_on_grid
from core.targets.sketch.packed import FLOOR, HALF_WIDTH, NODES, TOP, unpacked
from core.targets.sketch.spline import SplineEnergy


def sketch(sketch: str) -> GridTarget:
    """The target of a sketch; log Z, exact samples, modes, box and scale are computed on a grid.

    Args:
        sketch: the packed sketch, see `core.targets.sketch.packed`.

    Raises:
        ValueError: the sketch cannot be read.
    """
    energy = spline(sketch)
    return GridTarget(energy, known(sketch), energy.derivatives)


def spline(sketch: str) -> SplineEnergy:
    """The energy of a sketch."""
    levels, dim = unpacked(sketch)
    grid = torch.tensor(list(levels), dtype=torch.float64).view([NODES[dim]] * dim)
    return SplineEnergy(FLOOR * (1 - grid / TOP), HALF_WIDTH)


@lru_cache(maxsize=16)
def known(sketch: str) -> Known:
    """Compute log Z, modes, box, scale and other facts about a sketch, on a grid."""
    with torch.no_grad():
        return known_on_grid(spline(sketch), unpacked(sketch)[1])
