"""Histograms of samples with the exact density drawn over them."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from core.arrays import Array
from core.pictures.frames import Frames
from dashboard.figures.palette import Theme

BINS = 60
HEIGHT = 220
AXIS_NAMES = {1: ("x",), 2: ("x₁", "x₂")}


def marginal(frames: Frames, axis: int) -> Array:
    """The marginal density of one coordinate at t = 1, on the grid's points of that axis."""
    density = frames.density[-1]
    if frames.dim == 1:
        return density
    other = frames.axes[1 - axis]
    return density.sum(axis=1 - axis) * (other[1] - other[0])


def samples(
    other: Frames,
    exact: Frames | None,
    axis: int,
    theme: Theme,
    colour: str,
    weights: Array | None = None,
) -> alt.Chart | alt.LayerChart:
    """The histogram of one coordinate, scaled to a density, and the exact density as a line.

    Args:
        other: frames with samples.
        exact: frames whose last density is the target's; None where it is unknown.
        axis: the coordinate, 0 or 1.
        theme: light or dark.
        colour: the colour of the bars.
        weights: the weights of the samples, which sum to one; None for equal weights.
    """
    grid = (exact or other).axes[axis]
    values = other.samples[:, axis]
    edges = np.linspace(grid[0], grid[-1], BINS + 1)
    share = np.full(len(values), 1 / max(len(values), 1)) if weights is None else weights
    known = np.isfinite(values)
    # Failed samples and samples outside the box of the frames also count in the denominator, so the bars reveal missing mass.
    bars = np.histogram(values[known], edges, weights=share[known])[0] / (edges[1] - edges[0])
    table = pd.DataFrame({"left": edges[:-1], "right": edges[1:], "density": bars})
    name = AXIS_NAMES[other.dim][axis]
    domain = alt.Scale(domain=[float(grid[0]), float(grid[-1])], nice=False)
    chart: alt.Chart | alt.LayerChart = (
        alt.Chart(table)
        # A screen reader reads the description of the whole chart, not every bar.
        .mark_bar(color=colour, opacity=0.75, binSpacing=0, aria=False)
        .encode(
            x=alt.X("left:Q", title=name, scale=domain),
            x2="right:Q",
            y=alt.Y("density:Q", title="density"),
            y2=alt.datum(0),
            tooltip=[alt.Tooltip("density:Q", format=".3g")],
        )
    )
    if exact is not None:
        line = pd.DataFrame({"x": exact.axes[axis], "density": marginal(exact, axis)})
        chart = chart + alt.Chart(line).mark_line(color=theme.ink, strokeWidth=1.5, aria=False).encode(
            x="x:Q", y="density:Q"
        )
    return (
        chart.properties(height=HEIGHT * theme.scale).configure_axis(grid=False).configure_view(strokeWidth=0)
    )
