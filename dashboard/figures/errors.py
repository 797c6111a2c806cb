"""Maps of how far the learned answer is from the exact one."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.comparison import Comparison
from dashboard.figures.maps import diverging, heat_map
from dashboard.figures.palette import Theme

# Log-densities that differ by more than this many nats look alike; a scale shows at least the lesser many.
MOST_NATS, LEAST_NATS = 3.0, 0.1
# The colours of the velocity's error span this many powers of ten.
DECADES = 3.0


def velocity(comparison: Comparison, time: float, theme: Theme) -> go.Figure:
    """|v̂ − v| on a log scale: over (t, x) on the line, at one time in the plane."""
    with np.errstate(divide="ignore"):
        values = np.log10(comparison.velocity)
    values = np.where(np.isfinite(values), values, np.nan)
    known = values[np.isfinite(values)]
    top = float(np.quantile(known, 0.995)) if known.size else 0.0
    ticks = np.arange(np.ceil(top - DECADES), np.floor(top) + 1)
    bar = {"tickvals": ticks, "ticktext": [f"{10.0**tick:g}" for tick in ticks]}
    return heat_map(
        comparison.times,
        comparison.axes,
        values,
        time,
        theme,
        colours=[theme.paper, *theme.speed],
        limits=(top - DECADES, top),
        bar=bar,
    )


def log_density(comparison: Comparison, time: float, theme: Theme) -> go.Figure:
    """log ρ̂ − log ρ: over (t, x) on the line, at one time in the plane."""
    known = np.abs(comparison.log_density[np.isfinite(comparison.log_density)])
    top = float(np.quantile(known, 0.99)) if known.size else LEAST_NATS
    top = min(max(top, LEAST_NATS), MOST_NATS)
    values = np.clip(comparison.log_density, -top, top)
    return heat_map(
        comparison.times,
        comparison.axes,
        values,
        time,
        theme,
        colours=diverging(theme),
        limits=(-top, top),
        bar={"nticks": 7},
    )
