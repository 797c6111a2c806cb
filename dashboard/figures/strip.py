"""The velocity strip: how much kinetic energy a curve takes at each time."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.frames import Frames
from dashboard.figures.palette import Theme, apply_layout

# An axis that spans more than this many powers of ten has ticks at some of them, at most so many, and no others.
DECADES_FOR_POWERS = 2.0
MOST_POWERS = 4
# One that spans at least this many has them at 1, 2 and 5 times each.
DECADES_FOR_FIVES = 0.6


def kinetic_energy(
    exact: Frames | None, other: Frames | None, time: float, theme: Theme, colour: str, height: int = 200
) -> go.Figure:
    """‖v_t‖² over t on a log axis: exact as a thin line, learned coloured, the chosen time dotted."""
    figure = go.Figure()
    for frames, shade, width in ((other, colour, 3.0), (exact, theme.ink, 1.5)):
        if frames is None or not frames.has_kinetic_energy:
            continue
        figure.add_trace(
            go.Scatter(
                x=frames.times,
                y=np.where(frames.kinetic_energy > 0, frames.kinetic_energy, np.nan),
                mode="lines",
                line={"color": shade, "width": width},
                name=frames.source,
                hovertemplate="t = %{x:.2f}<br>‖v‖² = %{y:.3g}<extra>%{fullData.name}</extra>",
            )
        )
    figure.add_vline(x=time, line={"color": theme.ink, "width": 1, "dash": "dot"})
    figure.update_xaxes(title_text="time t", range=[0, 1])
    decades = _decades(exact, other)
    step = max(1, round(decades / MOST_POWERS))
    fives = {"dtick": "D2"} if decades > DECADES_FOR_FIVES else {"nticks": 5}
    ticks = {"dtick": step} if decades > DECADES_FOR_POWERS else fives
    figure.update_yaxes(title_text="‖v<sub>t</sub>‖²", type="log", exponentformat="power", **ticks)
    return apply_layout(figure, theme, height)


def _decades(*answers: Frames | None) -> float:
    """How many powers of ten the values span."""
    known = [frames.kinetic_energy for frames in answers if frames is not None]
    values = np.concatenate([np.empty(0), *known])
    values = values[np.isfinite(values) & (values > 0)]
    return float(np.log10(values.max() / values.min())) if values.size else 0.0
