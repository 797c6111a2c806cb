"""The figures of the Teleportation page: curves side by side, each in its colour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.arrays import Array
from core.facts import plus_minus
from core.pictures.frames import Frames
from core.teleportation import EnergyGrid, Growth
from dashboard.figures.palette import METHOD_COLOURS, Theme, apply_layout

# Speeds are drawn where the density is above this fraction of its maximum.
SEEN_DENSITY = 1e-30
# Maximum number of ticks on a log axis.
MOST_POWERS = 6
HEIGHT = 280


def densities(curves: Mapping[str, Frames], names: Mapping[str, str], time: float, theme: Theme) -> go.Figure:
    """The densities ρ_t over x at one time, one line for each curve."""
    figure = go.Figure()
    for key, frames in curves.items():
        figure.add_trace(_line(frames.axes[0], frames.density[frames.index(time)], names[key], key))
    figure.update_xaxes(title_text="x", zeroline=False)
    figure.update_yaxes(title_text="density ρ<sub>t</sub>(x)", rangemode="tozero")
    return apply_layout(figure, theme, HEIGHT)


def speeds(curves: Mapping[str, Frames], names: Mapping[str, str], time: float, theme: Theme) -> go.Figure:
    """The speeds |v_t| over x at one time on a log axis, one line for each curve."""
    figure = go.Figure()
    seen = []
    for key, frames in curves.items():
        i = frames.index(time)
        speed, density = np.abs(frames.velocity[i, :, 0]), frames.density[i]
        speed = np.where((density > SEEN_DENSITY * np.nanmax(density)) & (speed > 0), speed, np.nan)
        seen.append(speed[density > 1e-4 * np.nanmax(density)])
        figure.add_trace(_line(frames.axes[0], speed, names[key], key))
    figure.update_xaxes(title_text="x", zeroline=False)
    values = np.concatenate([np.concatenate([t.y for t in figure.data]), *seen])
    _log_axis(figure, values, "speed |v<sub>t</sub>(x)|", lowest=1e-2)
    return apply_layout(figure, theme, HEIGHT)


def energies(curves: Mapping[str, Frames], names: Mapping[str, str], time: float, theme: Theme) -> go.Figure:
    """The kinetic energy ‖v_t‖² over t on a log axis, one line for each curve."""
    figure = go.Figure()
    for key, frames in curves.items():
        energy = np.where(frames.kinetic_energy > 0, frames.kinetic_energy, np.nan)
        figure.add_trace(_line(frames.times, energy, names[key], key))
    figure.add_vline(x=time, line={"color": theme.ink, "width": 1, "dash": "dot"})
    figure.update_xaxes(title_text="time t", range=[0, 1])
    values = np.concatenate([trace.y for trace in figure.data])
    _log_axis(figure, values, "‖v<sub>t</sub>‖²", lowest=1e-2)
    return apply_layout(figure, theme, HEIGHT)


def growth(record: Growth, names: Mapping[str, str], separation: float, theme: Theme) -> go.Figure:
    """The largest ‖v_t‖² over the mode separation m on a log axis, with the linear curve's law (m²/8) eᵐ."""
    figure = go.Figure()
    m = record.separation
    law = {"line": {"color": theme.ink, "width": 1.5, "dash": "dash"}}
    figure.add_trace(go.Scatter(x=m, y=m**2 / 8 * np.exp(m), mode="lines", name="(m²/8) eᵐ", **law))
    peaks = {
        "linear": record.linear_peak,
        "gradient_flow": record.gradient_flow_peak,
        "transport": record.w2_squared,
    }
    for key, values in peaks.items():
        figure.add_trace(_line(m, values, names[key], key))
    figure.add_vline(x=separation, line={"color": theme.ink, "width": 1, "dash": "dot"})
    figure.update_xaxes(title_text="mode separation m", range=[m[0], m[-1]])
    _log_axis(figure, np.concatenate(list(peaks.values())), "largest ‖v<sub>t</sub>‖²", lowest=1e-2)
    return apply_layout(figure, theme, HEIGHT)


def energy_grid(record: EnergyGrid, names: Mapping[str, str], theme: Theme) -> go.Figure:
    """A grid of small charts of ‖v_t‖² over t with the same log axis: σ increases to the right, the mode separation downwards."""
    rows, columns = len(record.separation), len(record.sigma)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        shared_xaxes=True,
        shared_yaxes=True,
        horizontal_spacing=0.02,
        vertical_spacing=0.03,
        column_titles=[f"σ = {sigma:g}" for sigma in record.sigma],
        row_titles=[f"separation {separation:g}" for separation in record.separation],
    )
    for i in range(rows):
        for j in range(columns):
            floor = np.full_like(record.times, record.w2_squared[j, i])
            for key, values in (
                ("linear", record.linear[j, i]),
                ("gradient_flow", record.gradient_flow[j, i]),
                ("transport", floor),
            ):
                trace = _line(record.times, values, names[key], key)
                if key == "transport" and record.w2_uncertainty is not None:
                    text = plus_minus(record.w2_squared[j, i], record.w2_uncertainty[j, i] or None)
                    trace.hovertemplate = text
                figure.add_trace(trace, row=i + 1, col=j + 1)
    everything = np.concatenate([record.linear.ravel(), record.w2_squared.ravel()])
    apply_layout(figure, theme, 130 * rows + 70)
    _log_axis(figure, everything, "", lowest=1e-1)
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.5, 1])
    figure.update_xaxes(title_text="time t", row=rows)
    figure.update_yaxes(title_text="‖v<sub>t</sub>‖²", col=1)
    figure.update_layout(margin={"t": 34 * theme.scale, "r": 34 * theme.scale})
    figure.update_annotations(font_size=14 * theme.scale)
    return figure


def _line(x: Array, y: Array, name: str, key: str) -> go.Scatter:
    style = {"color": METHOD_COLOURS[key], "width": 2.2, "dash": "dot" if key == "transport" else "solid"}
    return go.Scatter(x=x, y=y, mode="lines", name=name, line=style, hovertemplate="%{y:.3g}")


def _log_axis(figure: go.Figure, values: Array, title: str, lowest: float) -> None:
    """Make the y axis logarithmic, over the values above `lowest`, with at most about MOST_POWERS ticks."""
    known = values[np.isfinite(values) & (values > lowest)]
    low, high = (np.log10(known.min()), np.log10(known.max())) if known.size else (0.0, 1.0)
    step = max(1, int(np.ceil((high - low) / MOST_POWERS)))
    margin = 0.04 * (high - low) + 0.1
    figure.update_yaxes(
        title_text=title,
        type="log",
        range=[low - margin, high + margin],
        dtick=step,
        exponentformat="power",
        zeroline=False,
        title_standoff=14,
    )
    figure.update_layout(margin={"l": 76})
