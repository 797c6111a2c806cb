"""The accuracy of several runs over their seconds of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.palette import Theme

# Runs of one colour are told apart by their dashes.
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
# In pixels: of the chart, and of each row of the legend above it.
HEIGHT, LEGEND_ROW = 300, 24


@dataclass(frozen=True)
class Course:
    """One run.

    Attributes:
        name: in the legend.
        colour: of its method.
        points: (seconds, effective sample size as a share); NaN leaves a gap.
    """

    name: str
    colour: str
    points: tuple[tuple[float, float], ...]


def accuracy(courses: Sequence[Course], theme: Theme) -> alt.Chart:
    """Effective sample size against seconds, a line for each run."""
    rows = [(c.name, seconds, share) for c in courses for seconds, share in c.points]
    table = pd.DataFrame(rows, columns=["run", "seconds", "share"]).astype({"seconds": float, "share": float})
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
        .mark_line(strokeWidth=2, point={"size": 22}, clip=True)
        .encode(
            x=alt.X("seconds:Q", title="seconds of training", scale=alt.Scale(domainMin=0, nice=False)),
            y=alt.Y("share:Q", title="effective samples (fraction)", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(
                "run:N", scale=alt.Scale(domain=names, range=[c.colour for c in courses]), legend=legend
            ),
            strokeDash=alt.StrokeDash("run:N", scale=alt.Scale(domain=names, range=dashes), legend=legend),
            tooltip=[
                "run:N",
                alt.Tooltip("seconds:Q", format=".1f"),
                alt.Tooltip("share:Q", format=".3g", title="ESS"),
            ],
        )
        .properties(height=(HEIGHT + LEGEND_ROW * len(courses)) * theme.scale)
        .configure_axis(grid=False)
        .configure_legend(labelColor=theme.ink)
        .configure_view(strokeWidth=0)
    )
