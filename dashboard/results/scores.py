"""The table of metrics with their best possible values."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import pandas as pd
import streamlit as st

from core.results.outcome import share
from core.results.report import Report
from dashboard.texts import shared as texts


def scores(report: Report, only: Collection[str] = ()) -> None:
    """Draw the table, and further metrics in an expander.

    Args:
        report: the scores.
        only: the metrics to show; all, with those of the expander, if empty.
    """
    if only:
        _table({name: row for name, row in texts.METRICS.items() if name in only}, report)
        return
    _table(texts.METRICS, report)
    with st.expander(texts.MORE_METRICS_TITLE):
        _table(texts.MORE_METRICS, report)


def _table(rows: Mapping[str, tuple[str, str]], report: Report) -> None:
    table = pd.DataFrame(
        [
            {
                "Metric": title,
                "Samples": cell(getattr(report.metrics, name), name, report),
                "Best possible": floor(name, report),
                "Meaning": meaning,
            }
            for name, (title, meaning) in rows.items()
        ]
    )
    st.table(table.set_index("Metric"), border="horizontal")


def cell(value: float, name: str, report: Report) -> str:
    """A metric's value as text; `unknown` for NaN."""
    if isinstance(value, float) and math.isnan(value):
        return "unknown"
    if name == "modes_covered":
        return f"{value:.4g} of {report.num_modes}"
    if name in ("ess_fraction", "forward_ess_fraction"):
        return share(value)
    return f"{value:d}" if isinstance(value, int) else f"{value:.3g}".replace("-", "−")


def floor(name: str, report: Report) -> str:
    """The best possible value of a metric as text, with its spread over several draws: `0.021 ± 0.004`."""
    value = float(getattr(report.floors, name))
    spread = math.nan if report.floor_spreads is None else float(getattr(report.floor_spreads, name))
    if math.isnan(value) or not spread > 0:
        return cell(getattr(report.floors, name), name, report)
    # Round the value to the first significant digit of the spread.
    decimals = max(-math.floor(math.log10(spread)), 0)
    text = f"{value:.{decimals}f} ± {spread:.{decimals}f}"
    return f"{text} of {report.num_modes}" if name == "modes_covered" else text
