"""The figure that plots the weight of a far mode in the samples of trained curves against the mode's true weight."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from core.mode_weights import CURVES, ModeWeights
from dashboard.figures.palette import METHOD_COLOURS, Theme, apply_layout

HEIGHT = 340


def recovered(record: ModeWeights, names: Mapping[str, str], weight: float, theme: Theme) -> go.Figure:
    """The recovered weight against the true one: solid for raw samples, dashed for reweighted ones, a cross where Pareto k̂ is too large.

    Args:
        record: recovered and true weights.
        names: the titles of the curves.
        weight: the weight that a vertical line marks.
        theme: light or dark.
    """
    figure = go.Figure()
    ends = [record.weight[0], record.weight[-1]]
    exact = {"color": theme.ink, "width": 1.2, "dash": "dot"}
    figure.add_trace(go.Scatter(x=ends, y=ends, mode="lines", name="exact", line=exact, hoverinfo="skip"))
    for row, curve in enumerate(CURVES):
        figure.add_trace(_trace(record, record.raw[row], f"{names[curve]}, raw", curve, "circle", "solid"))
        symbols = np.where(record.is_reliable[row], "circle-open", "x-thin-open").tolist()
        name = f"{names[curve]}, reweighted"
        figure.add_trace(_trace(record, record.reweighted[row], name, curve, symbols, "dash"))
    figure.add_vline(x=weight, line={"color": theme.ink, "width": 1, "dash": "dot"})
    figure.update_xaxes(title_text="true weight of the far mode", range=[0.48, 1.0])
    figure.update_yaxes(title_text="recovered weight", range=[-0.04, 1.04])
    return apply_layout(figure, theme, HEIGHT)


def _trace(
    record: ModeWeights, values: np.ndarray, name: str, curve: str, symbol: str | list[str], dash: str
) -> go.Scatter:
    colour = METHOD_COLOURS[curve]
    line = {"color": colour, "width": 2.2 if dash == "solid" else 1.4, "dash": dash}
    marker = {
        "symbol": symbol,
        "size": 7 if dash == "solid" else 9,
        "color": colour,
        "line": {"color": colour, "width": 2},
    }
    return go.Scatter(
        x=record.weight,
        y=values,
        mode="lines+markers",
        name=name,
        line=line,
        marker=marker,
        hovertemplate="%{y:.3f}",
    )
