"""A translated exact field. Gradient flows are computed with the latent's centre at the origin, then moved to their place."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from core.fields import Carry, FieldValue, GridSummary, GridValue, Paths, Report
from core.reference.base import AbstractExactField
from core.slices import Motion, Slices
from core.types import Axes, PerTime, Points, TimeAxis, Times, Values, Vector


class MovedField(AbstractExactField):
    """The field `v_t(x − by)`, with densities translated by the same vector.

    Args:
        field: the field v_t.
        by: the translation, in units of x.
    """

    def __init__(self, field: AbstractExactField, by: Vector) -> None:
        self.dim = field.dim
        self.field = field
        self.by = by
        self.solver = field.solver
        self.box = field.box.moved(by)
        self.times_at_once = field.times_at_once

    def coarsened(self) -> MovedField | None:
        coarse = self.field.coarsened()
        return None if coarse is None else MovedField(coarse, self.by)

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        return self.field.evaluate(t, x - self.by.to(x))

    def log_density(self, t: Times, x: Points) -> Values:
        return self.field.log_density(t, x - self.by.to(x))

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return self.field.on_grid(t, self._moved(axes))

    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        return self.field.grid_summary(t, self._moved(axes))

    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        return self.field.paths(start - self.by, times, carry, report) + self.by

    def _moved(self, axes: Axes) -> tuple[Tensor, ...]:
        return tuple(axis - by for axis, by in zip(axes, self.by[: len(axes)].tolist(), strict=True))

    def slices(self, t: TimeAxis) -> Slices:
        found = self.field.slices(t)
        return replace(found, x=found.x + self.by)

    def log_z(self, t: TimeAxis) -> PerTime:
        return self.field.log_z(t)

    def motion(self, t: TimeAxis) -> Motion:
        return self.field.motion(t)

    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        return self.field.kinetic_energy(t)
