"""What all charts share: the viewer's theme, the legend and Plotly's buttons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard.figures.palette import Theme, theme_of
from dashboard.look.large_type import scale

PLOTLY = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}


def theme() -> Theme:
    """The viewer's theme, with the scale of large type."""
    return replace(theme_of(st.context.theme.type), scale=scale())


def legend(names: Mapping[str, str], colours: Mapping[str, str]) -> None:
    """Draw a one-line legend of names and colours for the figures below."""
    mark = "display:inline-block;width:1em;height:3px;vertical-align:middle;margin-right:0.4em"
    marks = (f'<i style="{mark};background:{colours[key]}"></i>{name}' for key, name in names.items())
    st.html(
        f'<div style="display:flex;gap:1.5rem;flex-wrap:wrap">{"".join(f"<span>{m}</span>" for m in marks)}</div>'
    )
