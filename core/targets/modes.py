"""Count the points in each mode of a target."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import KnownTarget, membership
from core.types import Points

# Number of points in a batch.
_CHUNK = 10_000


def mode_fractions(target: KnownTarget, x: Points) -> Float[Tensor, " modes"] | None:
    """The fraction of the points in each mode; None if the modes are unknown.

    Points that are not finite belong to no mode, so the sum of the fractions may be below one.
    """
    if target.modes is None:
        return None
    # Split into batches, because a table of a million points and 256 modes would take gigabytes.
    parts = x[x.isfinite().all(1)].split(_CHUNK)
    shares = [share.sum(0) for part in parts if (share := membership(target, part)) is not None]
    return torch.stack(shares).sum(0) / len(x)
