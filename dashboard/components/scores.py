"""The table of metrics beside their floors."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from core.report import Report

ROWS = {
    "ess_fraction": (
        "Effective samples (ESS)",
        "share of the samples that the importance weights leave; 1 is best",
    ),
    "log_z": ("log Z", "estimate from the weights, in nats"),
    "log_z_error": ("log Z error", "against the exact value; 0 is best"),
    "energy_distance": ("Energy distance", "to exact samples; the floor is best"),
    "mode_tv": ("Mode mass error", "total variation of the modes' masses; the floor is best"),
    "modes_covered": ("Modes covered", "with at least 5 % of their weight"),
    "num_failed": ("Failed samples", "lost by the ODE solver; 0 is best"),
}


def scores(report: Report) -> None:
    """Draws the table."""
    table = pd.DataFrame(
        [
            {
                "Metric": title,
                "Samples": _number(getattr(report.metrics, name), name, report),
                "Exact samples": _number(getattr(report.floors, name), name, report),
                "Meaning": meaning,
            }
            for name, (title, meaning) in ROWS.items()
        ]
    )
    st.table(table.set_index("Metric"), border="horizontal")


def _number(value: float, name: str, report: Report) -> str:
    if isinstance(value, float) and math.isnan(value):
        return "NaN" if report.weighted else "not known"
    if name == "modes_covered":
        return f"{value} of {report.num_modes}"
    return f"{value:d}" if isinstance(value, int) else f"{value:.3g}"
