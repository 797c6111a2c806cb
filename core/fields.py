"""The Field: the common interface of all solutions, exact or learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.types import Axes, PerTime, Points, TimeAxis, Times, Values

# Batch size of `evaluate_on_grid`: small grids are evaluated at several times at once.
MOST_ROWS = 8192


@dataclass(frozen=True)
class FieldValue:
    """The velocity and density of a field at a batch of points (t, x).

    Attributes:
        velocity: v_t(x), in units of x per unit of time.
        divergence: ∇·v_t(x), per unit of time.
        log_density: log ρ̃_t(x), unnormalised; subtract `Field.log_z(t)` for the log-probability.
    """

    velocity: Points
    divergence: Values
    log_density: Values

    @property
    def without_density(self) -> VelocityValue:
        return VelocityValue(self.velocity, self.divergence)


@dataclass(frozen=True)
class VelocityValue:
    """The velocity v_t and its divergence ∇·v_t at a batch of points (t, x)."""

    velocity: Points
    divergence: Values


@dataclass(frozen=True)
class GridValue:
    """The velocity and density of a field at several times on a grid of one or two axes.

    Attributes:
        log_density: log ρ̃_t, unnormalised.
        velocity: v_t, in units of x per unit of time.
    """

    log_density: Float[Tensor, " times *grid"]
    velocity: Float[Tensor, "times *grid dim"]


class AbstractField(ABC):
    """A velocity field v_t and the curve of densities ρ_t that it generates from latent (t = 0) to target (t = 1).

    Attributes:
        dim: number of coordinates of x.
    """

    dim: int

    @abstractmethod
    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Velocity, divergence and log-density at the points (t, x); NaN where the field is unknown."""

    @abstractmethod
    def log_z(self, t: TimeAxis) -> PerTime:
        """`log Z_t = log ∫ ρ̃_t`, in nats; NaN where it is unknown."""

    @abstractmethod
    def log_density(self, t: Times, x: Points) -> Values:
        """log ρ̃_t only, which may be cheaper than `evaluate`."""

    @abstractmethod
    def velocities(self, t: Times, x: Points) -> VelocityValue:
        """v_t and ∇·v_t only, which may be cheaper than `evaluate`."""

    @abstractmethod
    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        """The field at all times t and all points of a grid.

        Args:
            t: times.
            axes: coordinates of the grid along each axis.
        """


class AbstractPointwiseField(AbstractField):
    """A field that is computed at one batch of points like at any other: everything follows from `evaluate`."""

    def log_density(self, t: Times, x: Points) -> Values:
        return self.evaluate(t, x).log_density

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        return self.evaluate(t, x).without_density

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return evaluate_on_grid(self, t, axes)


class Reporting(AbstractField):
    """A wrapper that calls a function before every evaluation, to show progress or to cancel a long computation.

    Args:
        field: the field to evaluate.
        report: called with the earliest time t of each evaluation. It may raise an exception to cancel.
    """

    def __init__(self, field: AbstractField, report: Callable[[float], None]) -> None:
        self.dim = field.dim
        self.field = field
        self.report = report

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        self.report(float(t.min()))
        return self.field.evaluate(t, x)

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        self.report(float(t.min()))
        return self.field.velocities(t, x)

    def log_density(self, t: Times, x: Points) -> Values:
        self.report(float(t.min()))
        return self.field.log_density(t, x)

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return evaluate_on_grid(self, t, axes)

    def log_z(self, t: TimeAxis) -> PerTime:
        return self.field.log_z(t)


def evaluate_on_grid(field: AbstractField, t: TimeAxis, axes: Axes) -> GridValue:
    """`field.on_grid` by evaluating the field at all points of the grid, at several times in one batch."""
    x = grid_points(axes)
    shape = [len(axis) for axis in axes]
    values = [
        field.evaluate(some.repeat_interleave(len(x)), x.repeat(len(some), 1))
        for some in t.split(max(MOST_ROWS // len(x), 1))
    ]
    return GridValue(
        torch.cat([value.log_density.reshape(-1, *shape) for value in values]),
        torch.cat([value.velocity.reshape(-1, *shape, len(axes)) for value in values]),
    )


def grid_points(axes: Axes) -> Points:
    """The points of a grid; the last axis varies fastest."""
    return torch.cartesian_prod(*axes).reshape(-1, len(axes))
