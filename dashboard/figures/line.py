"""The figure of a curve on the line: its density over (t, x)."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.arrays import Array
from core.pictures.frames import Frames
from dashboard.figures.palette import Theme, apply_layout

# Levels of the quantile lines. The median is left out: between two equal modes, its position is arbitrary.
QUANTILES = np.array([0.02, 0.1, 0.19, 0.28, 0.37, 0.46, 0.54, 0.63, 0.72, 0.81, 0.9, 0.98])
HEIGHT = 300


def quantile_lines(frames: Frames) -> Array:
    """The quantiles over time, (T, len(QUANTILES)); on the line they are exact paths of samples."""
    x = frames.axes[0]
    lines = []
    for density in frames.density:
        mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))])
        lines.append(np.interp(QUANTILES, mass / mass[-1], x))
    return np.array(lines)


def evolution(frames: Frames, time: float, theme: Theme, colour: str) -> go.Figure:
    """The density over time (to the right) and x (upwards), with quantile lines, and a vertical line at `time`."""
    figure = go.Figure(
        go.Heatmap(
            x=frames.times,
            y=frames.axes[0],
            z=frames.density.T,
            colorscale=theme.density,
            zmin=0,
            zmax=float(np.nanquantile(frames.density, 0.995)) or 1.0,
            zsmooth="fast",
            showscale=False,
            name="density",
            hovertemplate="t = %{x:.2f}<br>x = %{y:.2f}<br>ρ = %{z:.3g}<extra></extra>",
        )
    )
    figure.add_trace(_paths(frames.times, quantile_lines(frames), colour))
    figure.add_vline(x=time, line={"color": theme.ink, "width": 1, "dash": "dot"})
    figure.update_xaxes(title_text="time t", range=[0, 1])
    figure.update_yaxes(title_text="x", range=[frames.axes[0][0], frames.axes[0][-1]])
    return apply_layout(figure, theme, HEIGHT)


def _paths(times: Array, paths: Array, colour: str) -> go.Scatter:
    """All paths as one trace, with gaps between them."""
    gap = np.full((1, paths.shape[1]), np.nan)
    x = np.concatenate([np.repeat(times[:, None], paths.shape[1], axis=1), gap]).T.ravel()
    y = np.concatenate([paths, gap]).T.ravel()
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": colour, "width": 1.2},
        opacity=0.9,
        name="paths",
        hoverinfo="skip",
    )
