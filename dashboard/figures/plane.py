"""The figure of a curve in the plane at one time: density as a heat map, velocity as arrows, particles as dots."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.frames import Array, Frames
from dashboard.figures.palette import Theme, apply_layout, density_scale

ARROWS = 17
# Speeds below this share of the fastest arrow are drawn in the slowest colour.
SPEED_DECADES = 3.0
# Arrows stand only where the density is above this share of its maximum over time.
SEEN_DENSITY = 1e-6
HEIGHT = 460


def snapshot(
    frames: Frames,
    time: float,
    theme: Theme,
    colour: str,
    *,
    stale: bool = False,
    height: int = HEIGHT,
    speed_range: tuple[float, float] | None = None,
) -> go.Figure:
    """The density, velocity and particles nearest to a time.

    Args:
        frames: of a target in two or more dimensions.
        time: in [0, 1].
        theme: light or dark.
        colour: of the particles.
        stale: draw in greys.
        height: in pixels.
        speed_range: log₁₀ of the slowest and fastest speed of the colour scale; fitted to all times when left out.
    """
    i = frames.index(time)
    x, y = frames.axes
    figure = go.Figure(
        go.Heatmap(
            x=x,
            y=y,
            z=frames.density[i].T,
            colorscale=density_scale(theme, stale),
            zmin=0,
            zmax=float(np.nanmax(frames.density[i])) or 1.0,
            zsmooth="best",
            showscale=False,
            name="density",
            hovertemplate="(%{x:.2f}, %{y:.2f})<br>ρ = %{z:.3g}<extra></extra>",
        )
    )
    if frames.particles.size:
        points = frames.particles[i]
        marker = {"color": colour, "size": 3.5, "opacity": 0.65}
        figure.add_trace(
            go.Scatter(
                x=points[:, 0],
                y=points[:, 1],
                mode="markers",
                marker=marker,
                name="particles",
                hoverinfo="skip",
            )
        )
    if frames.has_velocity:
        _add_arrows(figure, frames, i, theme, speed_range or log_speed_range(frames), stale)
    figure.update_xaxes(title_text="x₁", range=[x[0], x[-1]], constrain="domain")
    figure.update_yaxes(title_text="x₂", range=[y[0], y[-1]], scaleanchor="x", constrain="domain")
    return apply_layout(figure, theme, height)


def log_speed_range(frames: Frames) -> tuple[float, float]:
    """log₁₀ of the slowest and fastest speed of the colours, over all times where there is mass."""
    speed = np.linalg.norm(frames.velocity, axis=-1)
    seen = speed[frames.density > SEEN_DENSITY * np.nanmax(frames.density)]
    seen = seen[np.isfinite(seen) & (seen > 0)]
    top = float(np.log10(np.quantile(seen, 0.99))) if seen.size else 0.0
    return top - SPEED_DECADES, top


def _add_arrows(
    figure: go.Figure, frames: Frames, index: int, theme: Theme, speed_range: tuple[float, float], stale: bool
) -> None:
    """Arrows of equal length on a coarse grid: direction by the arrow, speed by its colour, on a log scale."""
    x, y = frames.axes
    pick_x, pick_y = _coarse(len(x)), _coarse(len(y))
    base_x, base_y = np.meshgrid(x[pick_x], y[pick_y], indexing="ij")
    velocity = frames.velocity[index][np.ix_(pick_x, pick_y)]
    density = frames.density[index][np.ix_(pick_x, pick_y)]
    speed = np.linalg.norm(velocity, axis=-1)
    shown = np.isfinite(speed) & (speed > 0) & (density > SEEN_DENSITY * np.nanmax(density))
    if not shown.any():
        return
    direction = velocity[shown] / speed[shown][:, None]
    base = np.stack([base_x[shown], base_y[shown]], axis=1)
    length = 0.75 * (x[-1] - x[0]) / ARROWS
    low, high = speed_range
    share = np.clip((np.log10(speed[shown]) - low) / (high - low), 0, 1)
    levels = np.minimum((share * len(theme.speed)).astype(int), len(theme.speed) - 1)
    for level, colour in enumerate(theme.speed):
        here = levels == level
        if here.any():
            px, py = _arrow_lines(base[here], direction[here] * length)
            line = {"color": "#8a8a8a" if stale else colour, "width": 1.6}
            figure.add_trace(
                go.Scatter(x=px, y=py, mode="lines", line=line, name="velocity", hoverinfo="skip")
            )
    figure.add_trace(_speed_legend(theme, speed_range))


def _coarse(count: int) -> Array:
    return np.unique(np.linspace(0, count - 1, ARROWS).round().astype(int))


def _arrow_lines(base: Array, step: Array) -> tuple[Array, Array]:
    """Shaft and head of each arrow, centred on its base, as one broken line."""
    start, tip = base - step / 2, base + step / 2
    side = np.stack([-step[:, 1], step[:, 0]], axis=1)
    left, right = tip - 0.35 * step + 0.2 * side, tip - 0.35 * step - 0.2 * side
    gap = np.full_like(start, np.nan)
    path = np.stack([start, tip, left, tip, right, gap], axis=1).reshape(-1, 2)
    return path[:, 0], path[:, 1]


def _speed_legend(theme: Theme, speed_range: tuple[float, float]) -> go.Scatter:
    """A colour bar for the arrows: an empty trace that carries the scale."""
    low, high = speed_range
    ticks = np.linspace(low, high, 4)
    steps = len(theme.speed)
    scale = [[edge, colour] for i, colour in enumerate(theme.speed) for edge in (i / steps, (i + 1) / steps)]
    bar = {
        "title": {"text": "speed |v|", "side": "right"},
        "thickness": 10,
        "len": 0.75,
        "outlinewidth": 0,
        "tickvals": ticks,
        "ticktext": [f"{10**tick:.2g}" for tick in ticks],
    }
    marker = {"color": [low], "cmin": low, "cmax": high, "colorscale": scale, "colorbar": bar}
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name="speed", hoverinfo="skip")
