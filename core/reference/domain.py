"""Find a box that contains the mass of a curve of densities, and report energies that cannot be integrated."""

from __future__ import annotations

import torch
from torch import Tensor

from core.fields import grid_points
from core.reference.errors import UnfitDensityError
from core.reference.path import AbstractPath
from core.types import Axes, Box

PROBED_TIMES = torch.tensor([0.0, 0.25, 0.5, 0.75, 0.95, 1.0], dtype=torch.float64)
PROBED_POINTS = {1: 1025, 2: 97}
GROWTH = 1.25
WIDEST = 1e8
# A user-defined box may cut off at most this fraction of the mass.
LEFT_OUT = 1e-3


def domain(path: AbstractPath, hull: Box, tail_nats: float, given: Box | None = None) -> Box:
    """Find a box that contains the curve's mass at all times.

    Args:
        path: the curve.
        hull: the box to start from, around most of the mass of latent and target; enlarged until the mass outside is negligible.
        tail_nats: densities this many nats below the maximum are negligible.
        given: a box to return instead, after a check that it cuts off almost no mass.

    Raises:
        UnfitDensityError: an energy is not finite somewhere, the density has no finite integral, or the given box cuts off mass.
    """
    box = hull
    while True:
        axes = _axes(box)
        depth = _depth(path, axes)
        short = [
            float(torch.minimum(depth.select(i, 0).min(), depth.select(i, -1).min())) < tail_nats
            for i in range(len(axes))
        ]
        if not any(short):
            break
        grow = torch.where(torch.tensor(short), GROWTH, 1.0)
        half = (box.upper - box.lower) / 2 * grow
        if float(half.max()) > WIDEST:
            raise UnfitDensityError(
                "The tails of the density are too heavy for an exact velocity, or it has no finite integral: no box holds all of its mass. "
                "Train a curve instead, or use an energy that grows faster at infinity."
            )
        box = Box(box.center - half, box.center + half)
    if given is None:
        return box
    _check_holds(path, given, box)
    return given


def _axes(box: Box) -> tuple[Tensor, ...]:
    dim = len(box.lower)
    sides = zip(box.lower.tolist(), box.upper.tolist(), strict=True)
    return tuple(torch.linspace(*side, PROBED_POINTS[dim], dtype=torch.float64) for side in sides)


def _depth(path: AbstractPath, axes: Axes) -> Tensor:
    """How many nats the log-density lies below its maximum at each grid point: the smallest value over the probed times."""
    log_density = _log_density(path, axes)
    depth = (log_density.amax(1, keepdim=True) - log_density).amin(0)
    return depth.reshape([len(axis) for axis in axes])


def _log_density(path: AbstractPath, axes: Axes) -> Tensor:
    x = grid_points(axes)
    log_density, _ = path.on_grid(PROBED_TIMES, x)
    wrong = (~log_density.isfinite()).any(0)
    if wrong.any():
        place = ", ".join(f"{value:.4g}" for value in x[wrong][0].tolist())
        value = log_density[:, wrong][:, 0]
        what = "NaN" if value.isnan().any() else "infinite"
        raise UnfitDensityError(
            f"The energy is {what} at x = ({place}); it must be a finite number everywhere."
        )
    return log_density


def _check_holds(path: AbstractPath, given: Box, needed: Box) -> None:
    axes = _axes(needed.hull(given))
    x = grid_points(axes)
    share = _log_density(path, axes).softmax(1)
    outside = ((x < given.lower) | (x > given.upper)).any(1)
    lost = share[:, outside].sum(1)
    if float(lost.max()) > LEFT_OUT:
        t = path.only_time if path.only_time is not None else float(PROBED_TIMES[lost.argmax()])
        sides = zip(needed.lower.tolist(), needed.upper.tolist(), strict=True)
        enough = " × ".join(f"[{low:.4g}, {high:.4g}]" for low, high in sides)
        raise UnfitDensityError(
            f"The box cuts off {float(lost.max()):.1%} of the mass at t = {t:g}; {enough} would contain all of it."
        )
