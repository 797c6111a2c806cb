"""The look that all figures share: a colour for each curve, two themes, and one layout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import plotly.graph_objects as go

# From the palettes of Okabe and Ito and of Tol, distinct for colour-blind eyes; the same in every figure.
METHOD_COLOURS = {
    "linear": "#D55E00",
    "learned": "#0072B2",
    "gradient_flow": "#009E73",
    "smc": "#E69F00",
    "ais": "#999933",
    "parallel_tempering": "#56B4E9",
    "hmc": "#CC6677",
    "mala": "#CC79A7",
    "ula": "#AA4499",
    "box": "#8C6D4F",
    "nested": "#44AA99",
    "transport": "#7d7d7d",
}
METHOD_COLOURS |= {
    f"{name}-corrected": METHOD_COLOURS[name] for name in ("linear", "learned", "gradient_flow")
}
STALE_COLOUR = "#9a9a9a"
# The margins of a figure, in pixels.
MARGIN = {"l": 56, "r": 16, "t": 12, "b": 44}


@dataclass(frozen=True)
class Theme:
    """The colours that depend on light or dark, and the size of type.

    Attributes:
        ink: text, and lines of exact values.
        faint: grid and axis lines.
        paper: the page's background.
        density: the colour scale from no mass (the background) to the most.
        speed: the colour scale from slow to fast.
        scale: the factor for type and figures, at least 1.
    """

    ink: str
    faint: str
    paper: str
    density: tuple[str, ...]
    speed: tuple[str, ...]
    scale: float = 1.0


LIGHT = Theme(
    ink="#22242b",
    faint="#dbd7cd",
    paper="#fcfbf8",
    density=("#fcfbf8", "#e2e7ef", "#bfcfe3", "#97b2d6", "#7390c4", "#5a6cab", "#47498a", "#2f2a5e"),
    speed=("#f2c14e", "#ee9a3a", "#e26d3c", "#c9403f", "#9c1f4f", "#5f0f4e"),
)
DARK = Theme(
    ink="#e7e5df",
    faint="#363a46",
    paper="#14161c",
    density=("#14161c", "#1e2640", "#2b3a6b", "#3d5593", "#5577b4", "#7b9ccb", "#adc3de", "#e6ecf3"),
    speed=("#7a2a5e", "#b03a5b", "#dd5a4d", "#f08a48", "#f7b955", "#fbe7a1"),
)
GREYS = {
    "light": ("#fcfbf8", "#e4e3e0", "#c9c8c5", "#a8a7a5", "#868583", "#6a6968"),
    "dark": ("#14161c", "#26282e", "#3c3e44", "#56585d", "#74767a", "#949699"),
}


def theme_of(name: str | None) -> Theme:
    """The theme named `dark`, or the light one for any other name."""
    return DARK if name == "dark" else LIGHT


def apply_layout(figure: go.Figure, theme: Theme, height: int) -> go.Figure:
    """Set the margins, fonts and axes that all figures share; return the figure."""
    # Use one cached template. Plotly would validate separate updates every time, which would cost more than the figure itself.
    figure.update_layout(template=_template(theme), height=height * theme.scale)
    return figure


@cache
def _template(theme: Theme) -> go.layout.Template:
    axis = {
        "gridcolor": theme.faint,
        "linecolor": theme.faint,
        "zerolinecolor": theme.faint,
        "showgrid": False,
        "showline": True,
        "ticks": "outside",
        "tickcolor": theme.faint,
        "title": {"standoff": 8 * theme.scale},
        "automargin": True,
    }
    layout = {
        "margin": {side: size * theme.scale for side, size in MARGIN.items()},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": theme.ink, "size": 13 * theme.scale, "family": '"Source Sans", sans-serif'},
        "hoverlabel": {"bgcolor": theme.paper, "font": {"color": theme.ink}, "bordercolor": theme.faint},
        "showlegend": False,
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": theme.faint},
        "xaxis": axis,
        "yaxis": axis,
    }
    return go.layout.Template(layout=layout)
