"""Which modes of a target hold its points."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget
from core.types import Points

_CHUNK = 10_000


def mode_fractions(target: AbstractTarget, x: Points) -> Float[Tensor, " modes"]:
    """The fraction of the points in each mode. Failed points belong to no mode, so the sum may be below one."""
    # Split into batches, since a table of a million points and 256 modes would take gigabytes.
    parts = x[x.isfinite().all(1)].split(_CHUNK)
    return torch.stack([target.responsibilities(part).sum(0) for part in parts]).sum(0) / len(x)
