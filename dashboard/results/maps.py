"""Error maps of a learned result: its distance from the exact one, and its continuity residual."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.pictures.frames import Frames
from core.results.comparison import Comparison, compare
from dashboard.figures import errors
from dashboard.figures.residual import residual
from dashboard.look.charts import PLOTLY, theme
from dashboard.results.headings import Heading
from dashboard.results.panel_results import PanelResult
from dashboard.texts.explore import density_error_caption, residual_caption, velocity_error_caption
from dashboard.texts.glossary import TERMS

# At least two columns, so that a single map is half as wide as the page.
LEAST_COLUMNS = 2


def maps(result: PanelResult, time: float, heading: Heading) -> None:
    """Draw the maps of an up-to-date learned result.

    Args:
        result: the result.
        time: the time of the maps.
        heading: draws the heading of each map, from its title and the name of its panel.
    """
    learned, method = result.learned, result.selection.method
    if learned is None or not result.is_up_to_date:
        return
    exact = result.exact if result.complete else None
    comparison = compare(learned, exact) if exact is not None and exact.source == "exact" else None
    panels: list[Callable[[], None]] = []
    if comparison is not None:
        panels.append(lambda: _velocity(comparison, time, method, heading))
        # Only the gradient flow approximates a density that is known exactly. The other curves define their own densities.
        if method == "gradient_flow":
            panels.append(lambda: _density(comparison, time, method, heading))
    if learned.residual is not None:
        panels.append(lambda: _residual(learned, time, method, heading))
    if not panels:
        return
    for column, panel in zip(st.columns(max(len(panels), LEAST_COLUMNS), gap="medium"), panels, strict=False):
        with column:
            panel()


def _velocity(comparison: Comparison, time: float, method: str, heading: Heading) -> None:
    heading("Learned against exact", "velocity_error")
    figure = errors.velocity(comparison, time, theme())
    st.plotly_chart(
        figure, key=f"velocity-error-{method}", theme=None, config=PLOTLY, alt="Error of the velocity"
    )
    at = comparison.index(time)
    share = float(comparison.relative_velocity[at])
    st.caption(velocity_error_caption(share, float(comparison.times[at])))


def _density(comparison: Comparison, time: float, method: str, heading: Heading) -> None:
    heading("Log-density against exact", "density_error")
    figure = errors.log_density(comparison, time, theme())
    st.plotly_chart(
        figure, key=f"density-error-{method}", theme=None, config=PLOTLY, alt="Error of the log-density"
    )
    st.caption(density_error_caption(_only_time(comparison, time)))


def _residual(learned: Frames, time: float, method: str, heading: Heading) -> None:
    heading("Continuity residual", "residual")
    figure = residual(learned, time, theme())
    st.plotly_chart(figure, key=f"residual-{method}", theme=None, config=PLOTLY, alt="Continuity residual")
    st.caption(residual_caption(_only_time(learned, time)), help=TERMS["residual"].meaning)


def _only_time(of: Comparison | Frames, time: float) -> float | None:
    """The time of the frame nearest to `time`. None on the line, where a map shows all times."""
    return None if len(of.axes) == 1 else float(of.times[of.index(time)])
