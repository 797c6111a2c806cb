"""`AbstractField`, the common interface of all curves, exact or learned: their velocity and their density."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from core.slices import Motion, largest_speed
from core.types import Axes, PerTime, Points, TimeAxis, Times, Values

# Batch size of `evaluate_on_grid`: a batch covers as many times of a grid as fit into this number of points, but at least one time.
MOST_ROWS = 8192


@dataclass(frozen=True)
class FieldValue:
    """The velocity and density of a field at a batch of points (t, x).

    Attributes:
        velocity: v_t(x), in units of x per unit of time.
        divergence: ∇·v_t(x), per unit of time.
        log_density: log ρ̃_t(x), unnormalised; subtract `AbstractField.log_z(t)` for the normalised log-density.
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

    @property
    def mass(self) -> Float[Tensor, " times *grid"]:
        """The fraction of the mass at each grid point."""
        return self.log_density.flatten(1).softmax(1).reshape(self.log_density.shape)

    @property
    def motion(self) -> Motion:
        """The kinetic energy, summed over the grid, and the largest speed on its points."""
        energy = (self.mass * self.velocity.square().sum(-1)).flatten(1).sum(1)
        return Motion(energy, largest_speed(self.log_density.flatten(1), self.velocity.flatten(1, -2)))


@dataclass(frozen=True)
class GridSummary:
    """All that pictures of a field need, at several times on a grid.

    Attributes:
        value: velocity and density on the grid; None if they are unknown, for example if the grid has fewer axes than the field.
        motion: kinetic energy and largest speed.
        log_z: log Z_t, in nats; NaN where it is unknown.
        residual: by how much a trained curve violates the continuity equation, in nats per unit of time; None for other fields.
    """

    value: GridValue | None
    motion: Motion
    log_z: PerTime
    residual: Float[Tensor, " times *grid"] | None = None

    @classmethod
    def without_density(cls, motion: Motion) -> GridSummary:
        """The summary of a field whose density on the grid is unknown; the motion may be known."""
        return cls(None, motion, torch.full_like(motion.kinetic_energy, torch.nan))


# Progress of a long computation: called with the fraction done; may raise an exception to cancel it.
Report: TypeAlias = Callable[[float], None]
Paths: TypeAlias = Float[Tensor, "times points dim"]


class AbstractVelocity(ABC):
    """A velocity v_t with its divergence, which can carry points.

    Attributes:
        dim: number of coordinates of x.
    """

    dim: int

    @abstractmethod
    def velocities(self, t: Times, x: Points) -> VelocityValue:
        """v_t and ∇·v_t at the points (t, x); NaN where the field is unknown."""


# Moves points along a velocity from the first to the last of the given times. Arguments: velocity, start points, times, and the number of
# solver steps (None for a default).
Carry: TypeAlias = Callable[[AbstractVelocity, Points, TimeAxis, int | None], Paths]


class AbstractField(AbstractVelocity):
    """A velocity field v_t and the curve of densities ρ_t that it generates from latent (t = 0) to target (t = 1)."""

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
    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        """The field at all times t and all points of a grid.

        Args:
            t: times.
            axes: coordinates of the grid along each axis.
        """

    @abstractmethod
    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        """The field on a grid, its kinetic energy and largest speed, and log Z_t. Computing them together is cheaper than one by one.

        Args:
            t: times.
            axes: coordinates of the grid along each axis. If there are fewer axes than `dim`, they belong to the first coordinates of x.
        """

    @abstractmethod
    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        """Paths of points for pictures. A field that already stores paths, such as those of matched samples, returns these and ignores `start`.

        Args:
            start: samples of the latent.
            times: times of the paths, increasing from 0.
            carry: moves points along a velocity.
            report: called with the fraction done between parts of the work; None for no calls.

        Returns:
            The positions at those times. Empty (no points) if paths would only repeat what other parts of a picture show.
        """


class AbstractPointwiseField(AbstractField):
    """A field without special structure: everything is derived from `evaluate`, called on batches of points."""

    def log_density(self, t: Times, x: Points) -> Values:
        return self.evaluate(t, x).log_density

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        return self.evaluate(t, x).without_density

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return evaluate_on_grid(self, t, axes)

    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        if len(axes) < self.dim:
            return GridSummary.without_density(Motion.unknown(t))
        value = self.on_grid(t, axes)
        return GridSummary(value, value.motion, self.log_z(t))

    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        return carry(reporting(self, report), start, times, None)


class Reporting(AbstractVelocity):
    """A wrapper that calls a function before every evaluation, to show progress or to cancel a long computation.

    Args:
        field: the velocity to evaluate.
        report: called before each evaluation with its earliest time t, which serves as the fraction done. It may raise an exception to cancel.
    """

    def __init__(self, field: AbstractVelocity, report: Report) -> None:
        self.dim = field.dim
        self.field = field
        self.report = report

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        self.report(float(t.min()))
        return self.field.velocities(t, x)


def reporting(field: AbstractVelocity, report: Report | None) -> AbstractVelocity:
    """Wrap a field in `Reporting`; returns the field itself if `report` is None."""
    return field if report is None else Reporting(field, report)


def evaluate_on_grid(field: AbstractField, t: TimeAxis, axes: Axes) -> GridValue:
    """Evaluate a field at all points of a grid: an implementation of `on_grid` for any field."""
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
