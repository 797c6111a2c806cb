"""Heat maps of a study, one for each curve with a common colour scale, and the scatter plot of error against action."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from core.facts import rounded
from core.sweep.cells import Cell
from dashboard.figures.palette import METHOD_COLOURS, Theme

HEIGHT = 280
# Errors below this value, also 0, are drawn at this value, since the axis is logarithmic.
LEAST_ERROR = 1e-4
# With more columns than this, the numbers in the cells are set in smaller type.
MOST_WIDE = 6
# The name under which Altair reports the cell that the viewer has clicked.
PICKED = "cell"


@dataclass(frozen=True)
class Scale:
    """The colour scale of a quantity, common to all maps.

    Attributes:
        low, high: its ends.
        is_log: whether it is logarithmic.
    """

    low: float
    high: float
    is_log: bool = False

    def share(self, value: float) -> float:
        """Where a value lies between the ends, from 0 to 1."""
        ends = (self.low, self.high, value)
        low, high, at = (math.log10(end) for end in ends) if self.is_log else ends
        return min(max((at - low) / (high - low), 0.0), 1.0) if high > low else 0.0


def scale_of(quantity: str, cells: Sequence[Cell]) -> Scale:
    """The scale for all cells of all maps of a quantity."""
    known = [cell.value for cell in cells if math.isfinite(cell.value)]
    if quantity == "ess_fraction":
        return Scale(0.0, 1.0)
    if quantity == "action":
        positive = [value for value in known if value > 0]
        return Scale(min(positive, default=1.0), max(positive, default=10.0), True)
    return Scale(0.0, max(known, default=0.0) or 1.0)


def heat_map(cells: Sequence[Cell], axes: tuple[str, str], scale: Scale, theme: Theme) -> alt.LayerChart:
    """The map of one curve. Cells without a value are outlined and have a question mark.

    Args:
        cells: its cells.
        axes: titles of the horizontal and the vertical axis.
        scale: the colour scale.
        theme: the viewer's theme.
    """
    # The scale leaves out the colour of the background, so that a small value does not look like an empty cell.
    colours = theme.density[1:]
    table = pd.DataFrame([_entry(cell, scale, theme) for cell in cells])
    base = alt.Chart(table).encode(
        x=alt.X("x:O", title=axes[0], axis=alt.Axis(labelAngle=0)),
        y=alt.Y("y:O", title=axes[1], sort="descending"),
        tooltip=[
            alt.Tooltip("x:O", title=axes[0]),
            alt.Tooltip("y:O", title=axes[1]),
            "value:N",
            "best:N",
            "runs:N",
        ],
        description="description:N",
    )
    picked = alt.selection_point(name=PICKED, fields=["x", "y"], on="click", empty=False)
    known = (
        base.transform_filter("datum.known")
        .mark_rect(cursor="pointer", stroke=theme.paper, strokeWidth=2)
        .encode(color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=list(colours)), legend=None))
        .add_params(picked)
    )
    unknown = base.transform_filter("!datum.known").mark_rect(
        fill="transparent", stroke=theme.faint, strokeWidth=1.5, strokeDash=[4, 3]
    )
    columns = len({cell.x for cell in cells})
    size = (13 if columns <= MOST_WIDE else 9) * theme.scale
    text = base.mark_text(fontSize=size).encode(
        text="label:N", color=alt.Color("ink:N", scale=None, legend=None)
    )
    return (
        alt.layer(unknown, known, text)
        # The entries contain the colours of the text, so Altair must not apply a scale.
        .resolve_scale(color="independent")
        .properties(height=HEIGHT * theme.scale)
        .configure_axis(grid=False, labelFontSize=12 * theme.scale, titleFontSize=13 * theme.scale)
        .configure_view(strokeWidth=0)
    )


def _entry(cell: Cell, scale: Scale, theme: Theme) -> dict[str, object]:
    known = math.isfinite(cell.value) and not (scale.is_log and cell.value <= 0)
    share = scale.share(cell.value) if known else 0.0
    done = sum(row.run is not None for row in cell.rows)
    value = rounded(cell.value, 2) if known else "unknown"
    # The colour scale begins near the background and ends in strong contrast to it, so strong cells need text in another colour.
    on_strong, on_weak = theme.paper, theme.ink
    return {
        "x": cell.x,
        "y": cell.y,
        "known": known,
        "share": share,
        "label": value if known else "?",
        "ink": on_strong if known and share > 0.5 else on_weak,
        "value": value,
        "best": rounded(cell.floor, 2),
        "runs": f"{done} of {len(cell.rows)}",
        "description": f"{cell.x:g}, {cell.y:g}: {value}",
    }


def error_against_action(
    points: Sequence[tuple[str, float, float, str]], floor: float, names: Mapping[str, str], theme: Theme
) -> alt.LayerChart:
    """Mode mass error of runs against the exact action of their curves, on log axes.

    Args:
        points: curve, action, error and description of each run.
        floor: best possible error; NaN if unknown.
        names: titles of the curves.
        theme: the viewer's theme.
    """
    table = pd.DataFrame(
        [
            (names[curve], action, error, max(error, LEAST_ERROR), label)
            for curve, action, error, label in points
        ],
        columns=["curve", "action", "error", "height", "run"],
    )
    shown = list(dict.fromkeys(names[point[0]] for point in points))
    colours = [METHOD_COLOURS[key] for name in shown for key, title in names.items() if title == name]
    dots = (
        alt.Chart(table)
        .mark_circle(size=70 * theme.scale, opacity=0.75)
        .encode(
            x=alt.X("action:Q", title="exact action", scale=alt.Scale(type="log", nice=False, padding=12)),
            y=alt.Y("height:Q", title="mode mass error", scale=alt.Scale(type="log", nice=False, padding=12)),
            color=alt.Color(
                "curve:N",
                scale=alt.Scale(domain=shown, range=colours),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=["run:N", alt.Tooltip("action:Q", format=".3g"), alt.Tooltip("error:Q", format=".3g")],
        )
    )
    rule = alt.Chart(pd.DataFrame({"height": [floor] if math.isfinite(floor) else []}).astype(float))
    line = rule.mark_rule(strokeDash=[5, 4], color=theme.ink).encode(y="height:Q")
    return (
        alt.layer(line, dots)
        .properties(height=HEIGHT * theme.scale)
        .configure_axis(grid=False)
        .configure_legend(labelColor=theme.ink)
        .configure_view(strokeWidth=0)
    )
