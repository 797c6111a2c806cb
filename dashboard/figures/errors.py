"""Maps of the learned curve's errors: the differences of its velocity and log-density from the exact ones."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.results.comparison import Comparison
from dashboard.figures.maps import diverging, heat_map
from dashboard.figures.palette import Theme

# The colour scale of the log-density's error goes from −c to c. These are the largest and the smallest c, in nats.
MOST_NATS, LEAST_NATS = 3.0, 0.1
# The range of the velocity error's colour scale, in powers of ten.
DECADES = 3.0


def velocity(comparison: Comparison, time: float, theme: Theme) -> go.Figure:
    """The map of |v̂ − v| on a log scale, for the learned velocity v̂ and the exact v: over (t, x) on the line, at `time` in the plane."""
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
    """The map of log ρ̂ − log ρ in nats, for the learned density ρ̂ and the exact ρ: over (t, x) on the line, at `time` in the plane."""
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
