"""A grid that is fitted to an unknown density, in stretched coordinates if its tails are heavy, and a box around its mass."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.computed.coordinates import AbstractCoordinates, Plain, Stretched
from core.targets.computed.grid import LEFT_OUT, Grid, fine_grid
from core.targets.computed.support import Energy, grown_box, least_far_rise, minima
from core.targets.mistakes import UnusableEnergyError
from core.types import Box, Points

# Largest half-width of a grid in stretched coordinates. A density on the line that falls like |x|^(−p) falls by e⁻²⁸ within it if p > 1.19.
_FARTHEST = 150.0
# A density that is less than this many nats below its maximum somewhere far away, such as on a narrow ridge, is rejected, since its integral
# seems to be infinite.
_LEAST_RISE = 6.0
# If the tails are heavy, the box ends _WIDTHS widths of the middle half of the mass beyond that half, or farther out if it would otherwise
# leave out more than the fraction MOST_LEFT_OUT of the mass.
MOST_LEFT_OUT, _WIDTHS = 1e-2, 10.0
# A density is rejected if its box would be wider than this many widths of the middle half, since training would hardly ever see the middle.
_MOST_WIDTHS = 1e4
# The fraction of the mass at each end of each axis that does not belong to the middle half.
_MIDDLE = 0.25
# The fraction of the mass at each end of each axis that is left out, if the tails are heavy, when the widths of modes are measured.
_TAIL = 0.025

_NO_INTEGRAL = (
    "The density has no finite integral, or its tails are too heavy to integrate: its mass keeps growing with the box; "
    "use an energy that grows faster in all directions."
)


def fitted(energy: Energy, dim: int) -> tuple[Grid, AbstractCoordinates]:
    """A grid that is fine enough for log Z, and its coordinates.

    The coordinates are those of x. They are stretched if the density is not negligible far away, or if an even grid in x would be too coarse.

    Raises:
        UnusableEnergyError: the density has no finite integral, or the energy is not finite or too rough.
    """
    lowest = minima(energy, dim)
    too_fine: UnusableEnergyError | None = None
    if (box := grown_box(energy, lowest)) is not None:
        try:
            return fine_grid(energy, box), Plain()
        except UnusableEnergyError as error:
            too_fine = error
    elif least_far_rise(energy, lowest) < _LEAST_RISE:
        raise UnusableEnergyError(_NO_INTEGRAL)
    stretched = Stretched.around(energy, lowest)
    pulled = stretched.pulled(energy)
    box = grown_box(pulled, stretched.u(lowest), _FARTHEST)
    if box is None:
        raise too_fine or UnusableEnergyError(_NO_INTEGRAL)
    try:
        return fine_grid(pulled, box), stretched
    except UnusableEnergyError as error:
        raise too_fine or error from None


def box_around(grid: Grid, coordinates: AbstractCoordinates, modes: Points) -> Box:
    """The box of a target. It leaves out a negligible fraction of the mass, or up to MOST_LEFT_OUT of it if the tails are heavy.

    Args:
        grid, coordinates: see `fitted`.
        modes: points that the box must contain.

    Raises:
        UnusableEnergyError: a box with most of the mass would be far too wide.
    """
    if isinstance(coordinates, Plain):
        return grid.trimmed(LEFT_OUT)
    most, least, middle = (
        _in_x(grid.trimmed(outside), coordinates)
        for outside in (LEFT_OUT, MOST_LEFT_OUT / (2 * grid.energy.dim()), _MIDDLE)
    )
    width = middle.upper - middle.lower
    if bool((least.upper - least.lower > _MOST_WIDTHS * width).any()):
        raise UnusableEnergyError(
            f"The tails of the density are too heavy: a box that holds {1 - MOST_LEFT_OUT:.0%} of the mass is more than "
            f"{_MOST_WIDTHS:g} times wider than the middle half of the mass; use an energy that grows faster."
        )
    near = Box(middle.lower - _WIDTHS * width, middle.upper + _WIDTHS * width)
    lower, upper = torch.maximum(most.lower, near.lower), torch.minimum(most.upper, near.upper)
    return Box(lower, upper).hull(least).hull(Box(modes.amin(0), modes.amax(0)))


def bulk_around(grid: Grid, coordinates: AbstractCoordinates, box: Box, modes: Points) -> Box:
    """The part of a box in which the widths of modes are measured. It excludes heavy tails, since a width with tails depends on the box."""
    if isinstance(coordinates, Plain):
        return box
    return _in_x(grid.trimmed(_TAIL), coordinates).hull(Box(modes.amin(0), modes.amax(0)))


def _in_x(box: Box, coordinates: AbstractCoordinates) -> Box:
    ends = coordinates.x(torch.stack([box.lower, box.upper]))
    return Box(ends[0], ends[1])


def mass_within(grid: Grid, coordinates: AbstractCoordinates, box: Box) -> Float[Tensor, " nodes"]:
    """The probability at each node; zero for nodes whose positions x are outside the box."""
    x = coordinates.x(grid.nodes)
    inside = ((x >= box.lower) & (x <= box.upper)).all(1)
    return torch.where(inside, grid.mass.flatten(), 0.0)
