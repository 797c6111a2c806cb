"""The interface of exact fields: velocities and densities that are computed from the target, with quadrature nodes."""

from __future__ import annotations

from abc import abstractmethod

from core.fields import AbstractField, Carry, GridSummary, Paths, Report, VelocityValue, reporting
from core.slices import Motion, Slices
from core.types import Axes, Box, PerTime, Points, TimeAxis, Times, Values

# Largest number of times whose quadrature nodes are in memory together: nodes at thousands of times would take gigabytes.
TIMES_AT_ONCE = 64


class AbstractExactField(AbstractField):
    """A velocity and its densities, computed from the target without training.

    Attributes:
        solver: short description of the computation.
        box: the region where the field is known; the mass outside is negligible.
        times_at_once: number of times for which `slices` fits into memory.
    """

    solver: str
    box: Box
    times_at_once: int = TIMES_AT_ONCE

    @abstractmethod
    def slices(self, t: TimeAxis) -> Slices:
        """The field at the times t, on quadrature nodes that the field chooses."""

    @abstractmethod
    def coarsened(self) -> AbstractExactField | None:
        """The same field at half the resolution, for error estimates; None if the computation has no resolution to halve."""

    @abstractmethod
    def motion(self, t: TimeAxis) -> Motion:
        """Kinetic energy and largest speed at the times t."""

    @abstractmethod
    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        """`‖v_t‖² = E_{ρ_t} |v_t|²`, in squared units of x per squared unit of time."""

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        return self.evaluate(t, x).without_density


class AbstractPlainExactField(AbstractExactField):
    """An exact field that computes each quantity on its own, because computing several together would not be cheaper."""

    def log_density(self, t: Times, x: Points) -> Values:
        return self.evaluate(t, x).log_density

    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        return summary_of_parts(self, t, axes)

    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        return exact_paths(self, start, times, carry, report)

    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        return self.motion(t).kinetic_energy


def summary_of_parts(field: AbstractExactField, t: TimeAxis, axes: Axes) -> GridSummary:
    """The summary of an exact field on a grid, each part computed on its own.

    If the grid has fewer axes than the field, the summary contains only the kinetic energy and the largest speed.
    """
    if len(axes) < field.dim:
        return GridSummary.without_density(field.motion(t))
    return GridSummary(field.on_grid(t, axes), field.motion(t), field.log_z(t))


def exact_paths(
    field: AbstractExactField, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None
) -> Paths:
    """Paths of points along an exact field. In 1-D the result has no points, because quantiles of ρ_t show the same motion."""
    if field.dim == 1:
        return start.new_empty((len(times), 0, 1), dtype=times.dtype)
    return carry(reporting(field, report), start, times, None)
