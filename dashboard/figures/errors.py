"""Maps of how far the learned answer is from the exact one."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.comparison import Comparison
from core.frames import Array
from dashboard.figures.palette import Theme, apply_layout

# Log-densities that differ by more than this many nats look alike; a scale shows at least the lesser many.
MOST_NATS, LEAST_NATS = 3.0, 0.1
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
    bar = {"tickvals": ticks, "ticktext": [f"{10.0**tick:g}" for tick in ticks]}
    scale = [theme.paper, *theme.speed]
    return _map(comparison, values, time, theme, scale, (top - DECADES, top), bar)


def log_density(comparison: Comparison, time: float, theme: Theme) -> go.Figure:
    """log ρ̂ − log ρ: over (t, x) on the line, at one time in the plane."""
    known = np.abs(comparison.log_density[np.isfinite(comparison.log_density)])
    top = float(np.quantile(known, 0.99)) if known.size else LEAST_NATS
    top = min(max(top, LEAST_NATS), MOST_NATS)
    values = np.clip(comparison.log_density, -top, top)
    scale = ["#2b6cb0", theme.paper, "#c2410c"]
    return _map(comparison, values, time, theme, scale, (-top, top), {"nticks": 7})


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
    for update, name, axis in ((figure.update_xaxes, names[0], x), (figure.update_yaxes, names[1], y)):
        update(title_text=name, range=[axis[0], axis[-1]], constrain="domain", zeroline=False)
    if dim == 1:
        figure.add_vline(x=time, line={"color": theme.ink, "width": 1, "dash": "dot"})
    else:
        figure.update_yaxes(scaleanchor="x")
    return apply_layout(figure, theme, HEIGHT[dim])
