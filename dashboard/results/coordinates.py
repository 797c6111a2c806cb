"""The samples of a target with more than two dimensions, in coordinates that the viewer chooses."""

from __future__ import annotations

import streamlit as st

from core.arrays import Array
from dashboard.figures.corner import corner, name_of
from dashboard.look.charts import PLOTLY, theme
from dashboard.texts import targets as texts

# Number of coordinates that are selected at first, and the maximum number of selected coordinates.
FIRST, MOST = 4, 6


def coordinates(samples: Array, weights: Array | None, colour: str, *, key: str) -> None:
    """Draw the choice of coordinates and their corner plot; nothing in up to two dimensions.

    Args:
        samples: (N, dim) positions.
        weights: the weight of each sample; None for equal weights.
        colour: colour of the histograms.
        key: suffix of the widgets' keys, unique on the page.
    """
    dim = samples.shape[1]
    if dim <= 2 or not len(samples):
        return
    chosen = st.multiselect(
        "Coordinates",
        range(dim),
        list(range(min(dim, FIRST))),
        format_func=name_of,
        max_selections=MOST,
        key=f"coordinates-{key}-{dim}",
        help=texts.COORDINATES,
    )
    if not chosen:
        st.caption(texts.NO_COORDINATES)
        return
    figure = corner(samples, sorted(chosen), weights, theme(), colour)
    alt = f"Corner plot of {', '.join(name_of(axis) for axis in sorted(chosen))}"
    st.plotly_chart(figure, key=f"corner-{key}", theme=None, config=PLOTLY, alt=alt)
    st.caption(texts.CORNER)
