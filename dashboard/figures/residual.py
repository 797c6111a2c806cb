"""The map of the continuity residual: where a learned velocity does not carry its curve."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.frames import Array, Frames
from dashboard.figures.maps import diverging, heat_map
from dashboard.figures.palette import Theme

# The residuals of this share of the mass look like the end of the scale; else places that hold next to nothing would decide
# about all colours.
BEYOND_SCALE = 0.01
# A scale reaches at least this far, in nats per unit of time: what is smaller is as good as zero.
LEAST = 0.01


def residual(frames: Frames, time: float, theme: Theme) -> go.Figure:
    """r(t, x) over (t, x) on the line, at one time in the plane, on one scale for all times, symmetric about zero.

    Args:
        frames: with a residual.
        time: in [0, 1].
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
    """What all but a small share of the mass, over all times, stays below in size."""
    known = np.isfinite(values)
    size, mass = np.abs(values[known]), density[known]
    if not size.size:
        return LEAST
    order = np.argsort(size)
    below = np.cumsum(mass[order])
    return max(float(size[order][np.searchsorted(below, (1 - BEYOND_SCALE) * below[-1])]), LEAST)
