"""How much of a far mode's weight the trained curves recover: the figure, and the numbers for one weight."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from core.mode_weights import CURVES, ModeWeights
from dashboard import cache
from dashboard.figures.mode_weights import recovered
from dashboard.look.charts import PLOTLY, theme
from dashboard.state import TITLES
from dashboard.texts import mode_weights as texts


def mode_weights(weight: float) -> None:
    """Draw the figure, and a table for the saved weight nearest to `weight`; draw a note if the record is missing."""
    record = cache.mode_weights()
    if record is None:
        st.info(texts.MISSING, icon=":material/info:")
        return
    at = record.index(weight)
    chart, numbers = st.columns([1.5, 1], gap="medium", vertical_alignment="center")
    with chart:
        figure = recovered(record, TITLES, float(record.weight[at]), theme())
        st.plotly_chart(figure, key="mode-weights", theme=None, config=PLOTLY, alt=texts.ALT)
    with numbers:
        st.markdown(texts.shown(float(record.weight[at])))
        st.table(_table(record, at), border="horizontal")
        st.caption(texts.best_possible(float(record.spread[at]), int(record.num_samples)))
    st.caption(texts.READING)


def _table(record: ModeWeights, at: int) -> pd.DataFrame:
    rows = {
        TITLES[curve]: {
            "Raw": _text(record.raw[row, at]),
            "Reweighted": _text(record.reweighted[row, at]),
            "Pareto k̂": _text(record.pareto_k[row, at], 2),
        }
        for row, curve in enumerate(CURVES)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _text(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}".replace("-", "−") if math.isfinite(value) else "unknown"
