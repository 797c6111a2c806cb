"""The effective sample size of several runs over their training time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.palette import Theme

# Dash patterns that distinguish runs of one colour.
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
# The height of the chart, and of each row of the legend above it, in pixels.
HEIGHT, LEGEND_ROW = 300, 24
# The text that a screen reader reads for a point.
POINT = "datum.run + ': ' + format(datum.ess, '.3g') + ' after ' + format(datum.seconds, '.1f') + ' s'"


@dataclass(frozen=True)
class Course:
    """One run of the chart.

    Attributes:
        name: its name in the legend.
        colour: the colour of its curve.
        points: (seconds, effective sample size as a fraction); NaN leaves a gap.
    """

    name: str
    colour: str
    points: tuple[tuple[float, float], ...]


def accuracy(courses: Sequence[Course], theme: Theme) -> alt.Chart:
    """Effective sample size over seconds of training, one line for each run."""
    rows = [(c.name, seconds, ess) for c in courses for seconds, ess in c.points]
    table = pd.DataFrame(rows, columns=["run", "seconds", "ess"]).astype({"seconds": float, "ess": float})
    names = [c.name for c in courses]
    seen: dict[str, int] = {}
    dashes = []
    for course in courses:
        seen[course.colour] = seen.get(course.colour, -1) + 1
        dashes.append(DASHES[seen[course.colour] % len(DASHES)])
    legend = alt.Legend(
        title=None, orient="top", columns=1, labelLimit=380 * theme.scale, symbolSize=80 * theme.scale
    )
    return (
        alt.Chart(table)
        .transform_calculate(description=POINT)
        .mark_line(strokeWidth=2, point={"size": 22}, clip=True)
        .encode(
            x=alt.X("seconds:Q", title="seconds of training", scale=alt.Scale(domainMin=0, nice=False)),
            y=alt.Y("ess:Q", title="effective samples (fraction)", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(
                "run:N", scale=alt.Scale(domain=names, range=[c.colour for c in courses]), legend=legend
            ),
            strokeDash=alt.StrokeDash("run:N", scale=alt.Scale(domain=names, range=dashes), legend=legend),
            description="description:N",
            tooltip=[
                "run:N",
                alt.Tooltip("seconds:Q", format=".1f"),
                alt.Tooltip("ess:Q", format=".3g", title="ESS"),
            ],
        )
        .properties(height=(HEIGHT + LEGEND_ROW * len(courses)) * theme.scale)
        .configure_axis(grid=False)
        .configure_legend(labelColor=theme.ink)
        .configure_view(strokeWidth=0)
    )
