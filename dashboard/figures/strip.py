"""The velocity strip: how much kinetic energy a curve takes at each time."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.frames import Frames
from dashboard.figures.palette import Theme, apply_layout

# An axis that spans more than this many powers of ten has ticks at some of them, at most so many, and no others.
DECADES_FOR_POWERS = 2.0
MOST_POWERS = 4


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
    ticks = _ticks(exact, other)
    figure.update_yaxes(title_text="‖v<sub>t</sub>‖²", type="log", exponentformat="power", **ticks)
    return apply_layout(figure, theme, height)


def _ticks(*answers: Frames | None) -> dict[str, object]:
    """Powers of ten, or on a shorter axis 1, 2 and 5 times each, in plain numbers."""
    known = [frames.kinetic_energy for frames in answers if frames is not None]
    values = np.concatenate([np.empty(0), *known])
    values = values[np.isfinite(values) & (values > 0)]
    low, high = (np.log10(values.min()), np.log10(values.max())) if values.size else (0.0, 0.0)
    if high - low > DECADES_FOR_POWERS:
        return {"dtick": max(1, round((high - low) / MOST_POWERS))}
    candidates = [step * 10.0**power for power in range(int(low) - 1, int(high) + 2) for step in (1, 2, 5)]
    marks = [mark for mark in candidates if low <= np.log10(mark) <= high]
    return (
        {"tickvals": marks, "ticktext": [f"{mark:g}" for mark in marks]} if len(marks) > 1 else {"nticks": 5}
    )
