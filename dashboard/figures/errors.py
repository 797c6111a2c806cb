"""Maps of how far the learned answer is from the exact one."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.comparison import Comparison
from core.frames import Array
from dashboard.figures.palette import Theme, apply_layout

# Log-densities that differ by more than this many nats look alike.
MOST_NATS = 3.0
# The colours of the velocity's error span this many powers of ten.
DECADES = 3.0
HEIGHT = {1: 300, 2: 400}


def velocity(comparison: Comparison, time: float, theme: Theme) -> go.Figure:
    """|v̂ − v| on a log scale: over (t, x) on the line, at one time in the plane."""
    with np.errstate(divide="ignore"):
        values = np.log10(comparison.velocity)
    values = np.where(np.isfinite(values), values, np.nan)
    known = values[np.isfinite(values)]
    top = float(np.quantile(known, 0.995)) if known.size else 0.0
    ticks = np.arange(np.ceil(top - DECADES), np.floor(top) + 1)
    bar = {"tickvals": ticks, "ticktext": [f"{10.0**tick:.2g}" for tick in ticks]}
    scale = [theme.paper, *theme.speed]
    return _map(comparison, values, time, theme, scale, (top - DECADES, top), bar)


def log_density(comparison: Comparison, time: float, theme: Theme) -> go.Figure:
    """log ρ̂ − log ρ: over (t, x) on the line, at one time in the plane."""
    values = np.clip(comparison.log_density, -MOST_NATS, MOST_NATS)
    scale = ["#2b6cb0", theme.paper, "#c2410c"]
    return _map(comparison, values, time, theme, scale, (-MOST_NATS, MOST_NATS), {"nticks": 7})


def _map(
    comparison: Comparison,
    values: Array,
    time: float,
    theme: Theme,
    colours: list[str],
    limits: tuple[float, float],
    bar: dict[str, object],
) -> go.Figure:
    scale = [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]
    dim = len(comparison.axes)
    x, y, z = (
        (comparison.times, comparison.axes[0], values.T)
        if dim == 1
        else (*comparison.axes, values[comparison.index(time)].T)
    )
    names = ("time t", "x") if dim == 1 else ("x₁", "x₂")
    figure = go.Figure(
        go.Heatmap(
            x=x,
            y=y,
            z=z,
            colorscale=scale,
            zmin=limits[0],
            zmax=limits[1],
            colorbar={"thickness": 10, "outlinewidth": 0, "len": 0.9, **bar},
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(title_text=names[0], range=[x[0], x[-1]], constrain="domain")
    figure.update_yaxes(title_text=names[1], range=[y[0], y[-1]], constrain="domain")
    if dim == 1:
        figure.add_vline(x=time, line={"color": theme.ink, "width": 1, "dash": "dot"})
    else:
        figure.update_yaxes(scaleanchor="x")
    return apply_layout(figure, theme, HEIGHT[dim])
