"""A 2-D velocity that is computed at some times and interpolated between them, for moving points in many small steps."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.arrays import Array
from core.fields import AbstractVelocity, VelocityValue
from core.reference.mesh import Mesh
from core.reference.staggered import interpolate
from core.types import PerTime, Points, TimeAxis, Times

# Number of steps that carry points from t = 0 to t = 1.
STEPS_BETWEEN = 100
# If the kinetic energy changes by more than the factor STEADY between two neighbouring times, the velocity is also computed at HALVINGS
# times between them.
STEADY, HALVINGS = 100.0, 8


class Between(AbstractVelocity):
    """A velocity that is known at some times and linear in time between them.

    Args:
        mesh: the cells.
        times: the times at which the velocity is known.
        faces: the velocities at the cell faces along each axis, at these times.
    """

    def __init__(self, mesh: Mesh, times: TimeAxis, faces: tuple[Array, Array]) -> None:
        self.dim = 2
        self.mesh = mesh
        self.times = times.to(torch.float64)
        self.faces = faces

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        t, x = t.to(torch.float64), x.to(torch.float64)
        velocity, divergence = np.empty((len(x), 2)), np.empty(len(x))
        for time in t.unique():
            here = (t == time).numpy()
            after = int(torch.searchsorted(self.times, time).clamp(1, len(self.times) - 1))
            share = float((time - self.times[after - 1]) / (self.times[after] - self.times[after - 1]))
            first, second = (
                f[after - 1 : after] * (1 - share) + f[after : after + 1] * share for f in self.faces
            )
            same = np.zeros(int(here.sum()), dtype=int)
            velocity[here], divergence[here] = interpolate(self.mesh, (first, second), same, x.numpy()[here])
        return VelocityValue(torch.from_numpy(velocity), torch.from_numpy(divergence))


def refined(times: TimeAxis, energy: PerTime) -> Float[Tensor, " more_times"]:
    """Add times wherever the velocity changes too much between two neighbours to be interpolated.

    The added times accumulate at the neighbour with the larger kinetic energy.
    """
    added = [times]
    for (start, end), (first, last) in zip(pairwise(times), pairwise(energy.tolist()), strict=True):
        if math.isfinite(first + last) and max(first, last) > STEADY * min(first, last):
            away = (end - start) * 2.0 ** -torch.arange(1, HALVINGS + 1, dtype=times.dtype)
            added.append(start + away if first > last else end - away)
    return torch.cat(added).unique()
