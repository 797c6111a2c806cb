"""The corner plot of samples in many dimensions: the histogram of each coordinate, and that of each pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.arrays import Array
from dashboard.figures.palette import Theme, apply_layout

BINS, PAIR_BINS = 40, 32
# Height of one panel, in pixels, and the gap between panels relative to the whole figure.
PANEL, GAP = 130, 0.02
# The axes leave out this fraction of the samples at each end.
_LEFT_OUT = 0.002
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def name_of(axis: int) -> str:
    """The name of a coordinate, counted from 0: `x₁`."""
    return f"x{str(axis + 1).translate(_SUBSCRIPTS)}"


def corner(
    samples: Array, axes: Sequence[int], weights: Array | None, theme: Theme, colour: str
) -> go.Figure:
    """Histograms of some coordinates on the diagonal, and of their pairs below it.

    Args:
        samples: (N, dim) positions; rows that are not finite are left out.
        axes: the coordinates, counted from 0.
        weights: the weight of each sample; None for equal weights.
        theme: light or dark.
        colour: the colour of the histograms on the diagonal.
    """
    known = np.isfinite(samples).all(1)
    x, w = samples[known], None if weights is None else weights[known]
    count = len(axes)
    figure = make_subplots(count, count, horizontal_spacing=GAP, vertical_spacing=GAP)
    edges = {axis: _edges(x[:, axis]) for axis in axes}
    for row, below in enumerate(axes):
        for column, axis in enumerate(axes[: row + 1]):
            place = {"row": row + 1, "col": column + 1}
            figure.add_trace(
                _bars(x[:, axis], edges[axis], w, colour)
                if axis == below
                else _pair(x[:, [axis, below]], edges[axis], edges[below], w, theme),
                **place,
            )
            is_last = row == count - 1
            ends = [float(edges[axis][0]), float(edges[axis][-1])]
            figure.update_xaxes(
                range=ends,
                title_text=name_of(axis) if is_last else None,
                showticklabels=is_last,
                ticks="outside" if is_last else "",
                **place,
            )
            shows = column == 0 and row > 0
            figure.update_yaxes(
                title_text=name_of(below) if shows else None,
                showticklabels=shows,
                ticks="outside" if shows else "",
                **place,
            )
    figure.update_layout(bargap=0)
    return apply_layout(figure, theme, PANEL * count + 40)


def _edges(values: Array) -> Array:
    if not len(values):
        return np.linspace(0.0, 1.0, PAIR_BINS + 1)
    low, high = np.quantile(values, [_LEFT_OUT, 1 - _LEFT_OUT])
    room = 0.05 * max(high - low, 1e-9)
    return np.linspace(low - room, high + room, PAIR_BINS + 1)


def _bars(values: Array, edges: Array, weights: Array | None, colour: str) -> go.Bar:
    ends = np.linspace(edges[0], edges[-1], BINS + 1)
    heights = np.histogram(values, ends, weights=weights)[0]
    return go.Bar(
        x=(ends[1:] + ends[:-1]) / 2, y=heights, marker={"color": colour, "line_width": 0}, hoverinfo="skip"
    )


def _pair(x: Array, across: Array, up: Array, weights: Array | None, theme: Theme) -> go.Heatmap:
    counts = np.histogram2d(x[:, 0], x[:, 1], (across, up), weights=weights)[0].T
    scale = [[i / (len(theme.density) - 1), colour] for i, colour in enumerate(theme.density)]
    middles = [(edges[1:] + edges[:-1]) / 2 for edges in (across, up)]
    return go.Heatmap(
        x=middles[0], y=middles[1], z=counts, colorscale=scale, showscale=False, hoverinfo="skip"
    )
