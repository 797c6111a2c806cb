"""The table of metrics beside the best possible ones."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from core.report import Report

ROWS = {
    "ess_fraction": (
        "Effective samples (ESS)",
        "fraction of the samples still effective after reweighting; 1 is best",
    ),
    "pareto_k": ("Pareto k̂ of the weights", "how heavy their tail is; below 0.7 the weights can be trusted"),
    "log_z": ("log Z", "estimate from the weights, in nats"),
    "log_z_error": ("log Z error", "against the exact value; 0 is best"),
    "energy_distance": ("Energy distance", "to exact samples; small is good"),
    "mode_tv": ("Mode mass error", "total variation of the mode masses; small is good"),
    "modes_covered": ("Modes covered", "with at least 5 % of their weight"),
    "stray_fraction": (
        "Strays",
        "share of the samples far outside the target, failed ones included; 0 is best",
    ),
    "num_failed": ("Failed samples", "lost by the ODE solver; 0 is best"),
}
FROM_WEIGHTS = ("ess_fraction", "pareto_k", "log_z", "log_z_error")


def scores(report: Report) -> None:
    """Draws the table."""
    table = pd.DataFrame(
        [
            {
                "Metric": title,
                "Samples": cell(getattr(report.metrics, name), name, report),
                "Best possible": floor(name, report),
                "Meaning": meaning,
            }
            for name, (title, meaning) in ROWS.items()
        ]
    )
    st.table(table.set_index("Metric"), border="horizontal")


def cell(value: float, name: str, report: Report) -> str:
    """A metric's value in words."""
    if isinstance(value, float) and math.isnan(value):
        return "not known" if name in FROM_WEIGHTS and not report.weighted else "NaN"
    if name == "modes_covered":
        return f"{value:.4g} of {report.num_modes}"
    return f"{value:d}" if isinstance(value, int) else f"{value:.3g}"


def floor(name: str, report: Report) -> str:
    """The best possible value of a metric, with its spread where it has one: `0.021 ± 0.004`."""
    value = float(getattr(report.floors, name))
    spread = math.nan if report.floor_spreads is None else float(getattr(report.floor_spreads, name))
    if math.isnan(value) or not spread > 0:
        return cell(getattr(report.floors, name), name, report)
    # As many decimals as the spread has with one digit.
    decimals = max(-math.floor(math.log10(spread)), 0)
    told = f"{value:.{decimals}f} ± {spread:.{decimals}f}"
    return f"{told} of {report.num_modes}" if name == "modes_covered" else told


def best_possible(report: Report) -> str:
    """What the column means, in a sentence."""
    spread = "" if report.floor_spreads is None else ", as mean ± spread over several draws"
    return f"*Best possible* is what {report.num_samples} exact samples score{spread}."
