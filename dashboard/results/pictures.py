"""The details of a run below the player: samples, metrics and training charts."""

from __future__ import annotations

import streamlit as st

from core.jobs.request import Request
from core.results.report import Report
from dashboard.figures import histogram
from dashboard.figures.palette import METHOD_COLOURS, STALE_COLOUR
from dashboard.look.charts import theme
from dashboard.results.downloads import sample_downloads
from dashboard.results.headings import Heading
from dashboard.results.panel_results import PanelResult
from dashboard.results.scores import scores
from dashboard.results.training import training
from dashboard.runs import outcome as outcomes
from dashboard.state import describe
from dashboard.texts import explore as texts
from dashboard.texts.shared import best_possible


def outcome(result: PanelResult, heading: Heading) -> None:
    """Draw the histograms, metrics and training charts of a result; nothing before training.

    Args:
        result: the result.
        heading: draws the heading of each part, from its title and the name of its panel.
    """
    frames, report, checkpoint = result.learned, result.report, result.checkpoint
    if frames is None or report is None or checkpoint is None:
        return
    method = result.selection.method
    colour = METHOD_COLOURS[method] if result.is_up_to_date else STALE_COLOUR
    outdated = not result.is_up_to_date and result.view is not None
    note = f" {texts.outdated_caption(describe(result.view.request))}" if outdated and result.view else ""
    heading("Samples", "samples")
    exact = result.exact if result.is_up_to_date and result.complete else None
    for axis, column in enumerate(st.columns(frames.dim, gap="medium")):
        with column:
            chart = histogram.samples(frames, exact, axis, theme(), colour)
            st.altair_chart(
                chart, key=f"histogram-{method}-{axis}", alt=f"Histogram of coordinate {axis + 1}"
            )
    is_weighted = report.weighted
    st.caption(texts.samples_caption(len(frames.samples), is_weighted, exact is not None) + note)
    request = result.view.request if result.view else Request(result.selection.problem)
    sample_downloads(request, frames, key=f"samples-{method}")
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        heading("Metrics", "metrics")
        _outcome_line(result, report, checkpoint.step)
        scores(report)
        st.caption(
            f"{best_possible(report.num_samples, report.floor_spreads is not None)} Measured at step {checkpoint.step}.{note}"
        )
    with right:
        heading(*(("Training", "training") if is_weighted else ("Sampling", "sampling")))
        if result.view is not None:
            training(result.view, theme(), colour, key=method)
        elif result.stored is not None:
            st.caption(texts.saved_caption(result.stored.origin))


def _outcome_line(result: PanelResult, report: Report, step: int) -> None:
    """Draw the outcome of an ended run."""
    if result.stored is not None:
        outcomes.line(Request(result.stored.problem), report, step, result.stored.status)
    elif result.view is not None and not result.view.running:
        outcomes.line(result.view.request, report, step, result.view.status)
