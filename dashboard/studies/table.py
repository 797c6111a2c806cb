"""The runs of a study as a table, from which the viewer can open a run without a mouse."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import sweep
from core.sweep.cells import curve_of, quantity
from core.sweep.task import short
from dashboard.state import TITLES
from dashboard.studies.maps import EXPLORE, link_of
from dashboard.texts import runs as run_texts
from dashboard.texts import studies as texts

_NUMBERS = {"ess_fraction": "ESS", "mode_tv": "Mode mass error", "action": "Action", "seconds": "Seconds"}


def table(rows: Sequence[sweep.Row]) -> None:
    """Draw the table, and a link that opens the selected run."""
    with st.expander(texts.TABLE):
        event = st.dataframe(
            pd.DataFrame([_line(row) for row in rows]),
            hide_index=True,
            key="study-table",
            placeholder="unknown",
            on_select="rerun",
            selection_mode="single-row",
            column_config={
                title: st.column_config.NumberColumn(format="%.3g") for title in _NUMBERS.values()
            },
        )
        picked = [rows[i] for i in event["selection"]["rows"] if i < len(rows)]
        if picked and picked[0].run is not None:
            st.page_link(
                EXPLORE,
                label="Open the selected run",
                icon=":material/open_in_new:",
                query_params=link_of(picked[0]),
            )
        elif picked:
            st.caption(picked[0].reason or texts.NOT_TRAINED)
        else:
            st.caption(texts.PICK_ROW)


def _head(axis: str) -> str:
    title = texts.AXIS_TITLES.get(axis, axis)
    return f"{title[0].upper()}{title[1:]}"


def _line(row: sweep.Row) -> dict[str, object]:
    curve = curve_of(row)
    rest = {
        _head(name): short(value)
        for name, value in row.parameters.items()
        if name not in ("interpolation", "problem")
    }
    numbers = {title: quantity(row, name) for name, title in _NUMBERS.items()}
    state = run_texts.STATUSES.get(row.status, "Not trained yet")
    return {
        "Curve": TITLES.get(curve, curve),
        **({} if rest else {"σ": f"{row.task.problem.sigma:g}"}),
        **rest,
        "Seed": row.seed,
        **{title: None if math.isnan(value) else value for title, value in numbers.items()},
        "State": state,
    }
