"""Figures of curves on the line: the density over (t, x), and the density and velocity at one time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from core.frames import Array, Frames
from dashboard.figures.palette import Theme, apply_layout, density_scale

# Not the median: between two equal modes it may lie anywhere.
QUANTILES = np.array([0.02, 0.1, 0.19, 0.28, 0.37, 0.46, 0.54, 0.63, 0.72, 0.81, 0.9, 0.98])
# The velocity's axis is fitted to where the density is above this share of its maximum.
SEEN_DENSITY = 1e-4
HEIGHT = 380


def quantile_lines(frames: Frames) -> Array:
    """(T, quantiles): where each level of the distribution function lies; on the line these are the exact trajectories."""
    x = frames.axes[0]
    lines = []
    for density in frames.density:
        mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))])
        lines.append(np.interp(QUANTILES, mass / mass[-1], x))
    return np.array(lines)


def particle_paths(frames: Frames) -> Array:
    """(T, quantiles): the paths of the particles that start at the same levels of the distribution."""
    order = np.argsort(frames.particles[0, :, 0])
    ranks = (QUANTILES * (len(order) - 1)).round().astype(int)
    return frames.particles[:, order[ranks], 0]


def evolution(
    frames: Frames, time: float, theme: Theme, colour: str, *, stale: bool = False, height: int = HEIGHT
) -> go.Figure:
    """The density over time (to the right) and x (upwards), with paths of mass, and the chosen time as a line."""
    figure = go.Figure(
        go.Heatmap(
            x=frames.times,
            y=frames.axes[0],
            z=frames.density.T,
            colorscale=density_scale(theme, stale),
            zmin=0,
            zmax=float(np.nanquantile(frames.density, 0.995)) or 1.0,
            zsmooth="fast",
            showscale=False,
            name="density",
            hovertemplate="t = %{x:.2f}<br>x = %{y:.2f}<br>ρ = %{z:.3g}<extra></extra>",
        )
    )
    paths = particle_paths(frames) if frames.particles.size else quantile_lines(frames)
    figure.add_trace(_paths(frames.times, paths, colour))
    figure.add_vline(x=time, line={"color": theme.ink, "width": 1, "dash": "dot"})
    name = "share of the run" if frames.source == "chains" else "time t"
    figure.update_xaxes(title_text=name, range=[0, 1])
    figure.update_yaxes(title_text="x", range=[frames.axes[0][0], frames.axes[0][-1]])
    return apply_layout(figure, theme, height)


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


def density_at(
    exact: Frames | None, other: Frames | None, time: float, theme: Theme, colour: str, height: int = 260
) -> go.Figure:
    """ρ_t over x: exact as a thin line, the other as a filled colour."""
    figure = go.Figure()
    if other is not None:
        fill = {"fill": "tozeroy", "fillcolor": _faded(colour), "line": {"color": colour, "width": 1.5}}
        figure.add_trace(_curve(other.axes[0], other.density[other.index(time)], other.source, fill))
    if exact is not None:
        ink = {"line": {"color": theme.ink, "width": 1.5}}
        figure.add_trace(_curve(exact.axes[0], exact.density[exact.index(time)], exact.source, ink))
    figure.update_xaxes(title_text="x", zeroline=False)
    figure.update_yaxes(title_text="density ρ<sub>t</sub>(x)", rangemode="tozero")
    return apply_layout(figure, theme, height)


def velocity_at(
    exact: Frames | None, other: Frames | None, time: float, theme: Theme, colour: str, height: int = 260
) -> go.Figure:
    """v_t over x: exact as a thin line, the other coloured; the axis is fitted to where there is mass."""
    figure = go.Figure()
    seen: list[float] = []
    for frames, shade, width in ((other, colour, 3.0), (exact, theme.ink, 1.5)):
        if frames is None or not frames.has_velocity:
            continue
        i = frames.index(time)
        velocity, density = frames.velocity[i, :, 0], frames.density[i]
        figure.add_trace(
            _curve(frames.axes[0], velocity, frames.source, {"line": {"color": shade, "width": width}})
        )
        seen += np.abs(velocity[density > SEEN_DENSITY * np.nanmax(density)]).tolist()
    top = 1.15 * max([v for v in seen if np.isfinite(v)], default=1.0)
    figure.add_hline(y=0, line={"color": theme.faint, "width": 1})
    figure.update_xaxes(title_text="x", zeroline=False)
    figure.update_yaxes(title_text="velocity v<sub>t</sub>(x)", range=[-top, top], exponentformat="power")
    return apply_layout(figure, theme, height)


def _curve(x: Array, y: Array, name: str, style: Mapping[str, object]) -> go.Scatter:
    return go.Scatter(x=x, y=y, mode="lines", name=name, **style)


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.28)"
