"""A chart of a measured value over the seconds of a run."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.arrays import Array
from dashboard.figures.palette import Theme

# A log axis extends beyond its values by this factor, so that a single value has an axis too.
MARGIN = 1.5
# The range of a log axis without values.
NO_VALUES = [0.1, 1.0]
# The text that a screen reader reads for a point.
POINT = "isValid(datum.value) ? format(datum.value, '.3g') + ' after ' + format(datum.seconds, '.1f') + ' s' : 'unknown'"


def course(
    points: Sequence[tuple[float, float]],
    name: str,
    colour: str,
    theme: Theme,
    *,
    title: str = "",
    log: bool = False,
    seconds: float = 0.0,
    height: int = 190,
) -> alt.Chart:
    """A line chart of one value over the seconds of a run.

    Args:
        points: (seconds, value); values that are not finite, or not positive on a log axis, leave gaps.
        name: the value's name, the title of its axis.
        colour: the colour of the line.
        theme: light or dark.
        title: the title above the chart.
        log: whether the axis is logarithmic; otherwise it runs from 0 to 1.
        seconds: the minimum length of the time axis, so that charts of one run can have the same axis.
        height: the height in pixels.
    """
    table = pd.DataFrame(points, columns=["seconds", "value"]).astype(float)
    table["value"] = table["value"].where(np.isfinite(table["value"]) & ~(log & (table["value"] <= 0)))
    if log:
        scale = alt.Scale(type="log", domain=_log_domain(table["value"]), nice=False)
        axis = alt.Axis(format="~g", tickCount=4)
    else:
        scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(format="~g", values=[0, 0.5, 1])
    last = max([seconds, *table["seconds"]], default=0.0) or 1.0
    head = alt.Title(title, anchor="start", fontSize=13 * theme.scale, fontWeight="normal", color=theme.ink)
    return (
        alt.Chart(table, title=head)
        .transform_calculate(description=POINT)
        .mark_line(color=colour, strokeWidth=2, point={"color": colour, "size": 14}, clip=True)
        .encode(
            x=alt.X(
                "seconds:Q", title="seconds of compute time", scale=alt.Scale(domain=[0, last], nice=False)
            ),
            y=alt.Y("value:Q", title=name, scale=scale, axis=axis),
            description="description:N",
            tooltip=[
                alt.Tooltip("seconds:Q", format=".1f"),
                alt.Tooltip("value:Q", format=".3g", title=name),
            ],
        )
        .properties(height=height * theme.scale)
        .configure_axis(grid=False)
        .configure_view(strokeWidth=0)
    )


def _log_domain(values: Array) -> list[float]:
    known = values[np.isfinite(values)]
    return [float(known.min()) / MARGIN, float(known.max()) * MARGIN] if len(known) else NO_VALUES
