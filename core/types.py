"""Array aliases and small records that all packages share.

Annotations contain the shapes: `batch` is the number of points, `dim` the number of coordinates, `modes` the number of a target's components,
and `times` the number of times that apply to all points. Within one call or one record, axes with the same name have the same length.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

Points = Float[Tensor, "batch dim"]
Values = Float[Tensor, " batch"]
# A second set of points, which may have another length.
OtherPoints = Float[Tensor, "others dim"]
# One time per point.
Times = Float[Tensor, " batch"]
# Times that do not belong to single points: each applies to a whole grid or density. `PerTime` holds one value per time.
TimeAxis = Float[Tensor, " times"]
PerTime = Float[Tensor, " times"]
Vector = Float[Tensor, " dim"]
# The coordinates of a grid along each of its axes.
Axes = tuple[Float[Tensor, " _"], ...]


@dataclass(frozen=True)
class Derivatives:
    """A scalar function of x with its gradient and Laplacian at a batch of points."""

    value: Values
    gradient: Points
    laplacian: Values


@dataclass(frozen=True)
class Box:
    """An axis-aligned box `lower <= x <= upper`, in the units of x."""

    lower: Vector
    upper: Vector

    @property
    def center(self) -> Vector:
        return (self.lower + self.upper) / 2

    @property
    def half_width(self) -> float:
        """Half of the longest side."""
        return float((self.upper - self.lower).max()) / 2

    def reach(self, center: Vector) -> float:
        """The distance from a point to the farthest corner."""
        return float(torch.maximum((self.lower - center).abs(), (self.upper - center).abs()).norm())

    def holds(self, x: Vector) -> bool:
        """Whether a point lies in the box or on its boundary."""
        return bool(((self.lower <= x) & (x <= self.upper)).all())

    def moved(self, by: Vector) -> Box:
        """The box translated by a vector."""
        return Box(self.lower + by, self.upper + by)

    def hull(self, other: Box) -> Box:
        """The smallest box that contains both."""
        return Box(torch.minimum(self.lower, other.lower), torch.maximum(self.upper, other.upper))

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        """Points drawn uniformly from the box."""
        unit = torch.rand(num_samples, len(self.lower), generator=generator, dtype=self.lower.dtype)
        return self.lower + unit * (self.upper - self.lower)

    def to(self, dtype: torch.dtype) -> Box:
        return Box(self.lower.to(dtype), self.upper.to(dtype))
