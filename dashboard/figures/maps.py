"""Heat maps of a quantity on the grid of `Frames`: over (t, x) on the line, at one time in the plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.arrays import Array
from dashboard.figures.palette import Theme, apply_layout

HEIGHT = {1: 300, 2: 350}


def diverging(theme: Theme) -> list[str]:
    """The diverging colour scale: blue below zero, orange above; distinct for colour-blind eyes."""
    return ["#2b6cb0", theme.paper, "#c2410c"]


def heat_map(
    times: Array,
    axes: tuple[Array, ...],
    values: Array,
    time: float,
    theme: Theme,
    *,
    colours: Sequence[str],
    limits: tuple[float, float],
    bar: Mapping[str, object],
    hover: str | None = None,
) -> go.Figure:
    """A heat map, with colours evenly spaced between the limits and NaN left blank.

    Args:
        times: the frames' times, (T,).
        axes: the grid's axes, one or two.
        values: the quantity at all times and grid points, (T, *grid).
        time: the time shown in the plane, or marked on the line.
        theme: light or dark.
        colours: colours from the lower limit to the upper.
        limits: the colour scale's ends; values beyond them have the colour of the limit.
        bar: further properties of the colour bar.
        hover: Plotly's hover template; None for no hover text.
    """
    dim = len(axes)
    at = int(np.abs(times - time).argmin())
    x, y, z = (times, axes[0], values.T) if dim == 1 else (*axes, values[at].T)
    heat = go.Heatmap(
        x=x,
        y=y,
        z=z,
        colorscale=[[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)],
        zmin=limits[0],
        zmax=limits[1],
        colorbar={"thickness": 10, "outlinewidth": 0, "len": 0.9, **bar},
        **({"hovertemplate": hover} if hover else {"hoverinfo": "skip"}),
    )
    figure = go.Figure(heat)
    names = ("time t", "x") if dim == 1 else ("x₁", "x₂")
    for update, name, axis in ((figure.update_xaxes, names[0], x), (figure.update_yaxes, names[1], y)):
        update(title_text=name, range=[axis[0], axis[-1]], constrain="domain", zeroline=False)
    if dim == 1:
        figure.add_vline(x=time, line={"color": theme.ink, "width": 1, "dash": "dot"})
    else:
        figure.update_yaxes(scaleanchor="x")
    return apply_layout(figure, theme, HEIGHT[dim])
