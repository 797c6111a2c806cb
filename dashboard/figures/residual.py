"""The map of the continuity residual: where the learned velocity does not fit the learned density."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.arrays import Array
from core.pictures.frames import Frames
from dashboard.figures.maps import diverging, heat_map
from dashboard.figures.palette import Theme

# The fraction of the mass whose residuals may exceed the colour scale. Otherwise places with hardly any mass would determine
# all colours.
BEYOND_SCALE = 0.01
# The smallest range of the colour scale, in nats per unit of time.
LEAST = 0.01


def residual(frames: Frames, time: float, theme: Theme) -> go.Figure:
    """The map of the residual r(t, x) in nats per unit of time: over (t, x) on the line, at `time` in the plane.

    The colour scale is symmetric about zero, and the same for all times.

    Args:
        frames: frames with a residual.
        time: the time in [0, 1].
        theme: light or dark.
    """
    values = frames.seen_residual
    assert values is not None
    top = _scale(values, frames.density)
    place = "t = %{x:.2f}<br>x = %{y:.2f}" if frames.dim == 1 else "(%{x:.2f}, %{y:.2f})"
    return heat_map(
        frames.times,
        frames.axes,
        values,
        time,
        theme,
        colours=diverging(theme),
        limits=(-top, top),
        bar={"nticks": 7},
        hover=f"{place}<br>r = %{{z:.2g}}<extra></extra>",
    )


def _scale(values: Array, density: Array) -> float:
    """The value that |r| exceeds only on the fraction BEYOND_SCALE of the mass, over all times."""
    known = np.isfinite(values)
    size, mass = np.abs(values[known]), density[known]
    if not size.size:
        return LEAST
    order = np.argsort(size)
    below = np.cumsum(mass[order])
    return max(float(size[order][np.searchsorted(below, (1 - BEYOND_SCALE) * below[-1])]), LEAST)
