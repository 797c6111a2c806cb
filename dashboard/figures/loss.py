"""The course of a run over its seconds."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd


def course(
    points: Sequence[tuple[float, float]], title: str, colour: str, *, log: bool, height: int = 200
) -> alt.Chart:
    """A value over the seconds of a run.

    Args:
        points: (seconds, value); values that are not finite leave gaps.
        title: what the value is.
        colour: of the line.
        log: whether the value has a log axis.
        height: in pixels.
    """
    table = pd.DataFrame(points, columns=["seconds", "value"]).astype(float)
    if log:
        table.loc[table["value"] <= 0, "value"] = float("nan")
    scale = alt.Scale(type="log") if log else alt.Scale(domain=[0, 1])
    return (
        alt.Chart(table)
        .mark_line(color=colour, strokeWidth=2, point={"color": colour, "size": 14})
        .encode(
            x=alt.X("seconds:Q", title="seconds of work"),
            y=alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(format="~g", tickCount=5)),
            tooltip=[alt.Tooltip("seconds:Q", format=".1f"), alt.Tooltip("value:Q", format=".3g")],
        )
        .properties(height=height)
        .configure_axis(grid=False)
        .configure_view(strokeWidth=0)
    )
