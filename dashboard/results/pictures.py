"""The details of a run below the player: samples, metrics and training charts."""

from __future__ import annotations

import streamlit as st

from core.jobs.request import Request
from dashboard.figures import histogram
from dashboard.figures.palette import METHOD_COLOURS, STALE_COLOUR
from dashboard.look.charts import theme
from dashboard.results.coordinates import coordinates
from dashboard.results.corrections import ShownSamples, choose
from dashboard.results.downloads import sample_downloads
from dashboard.results.headings import Heading
from dashboard.results.panel_results import PanelResult
from dashboard.results.scores import scores
from dashboard.results.training import training
from dashboard.runs import outcome as outcomes
from dashboard.runs.records import Run
from dashboard.state import describe
from dashboard.texts import explore as texts
from dashboard.texts.shared import best_possible


def outcome(result: PanelResult, runs: dict[str, Run], heading: Heading) -> None:
    """Draw the histograms, metrics and training charts of a result; nothing before training.

    Args:
        result: the result of a panel.
        runs: the page's runs by method.
        heading: draws the heading of each part, from its title and the name of its panel.
    """
    if result.learned is None or result.report is None:
        return
    method = result.selection.method
    colour = METHOD_COLOURS[method] if result.is_up_to_date else STALE_COLOUR
    outdated = not result.is_up_to_date and result.view is not None
    note = f" {texts.outdated_caption(describe(result.view.request))}" if outdated and result.view else ""
    heading("Samples", "samples")
    shown = choose(result, runs)
    if shown is None:
        return
    _histograms(result, shown, colour, note)
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        heading("Metrics", "metrics")
        _outcome_line(result, shown)
        scores(shown.report, shown.metrics)
        best = best_possible(shown.report.num_samples, shown.report.floor_spreads is not None)
        step = f" Measured at step {shown.step}." if shown.request.kind == "train" else ""
        st.caption(f"{best}{step}{note}")
    with right:
        is_trained = shown.request.kind == "train"
        heading(*(("Training", "training") if is_trained else ("Sampling", "sampling")))
        if (view := shown.view or result.view) is not None:
            training(view, theme(), colour, key=method)
        elif result.stored is not None:
            st.caption(texts.saved_caption(result.stored.origin))


def _histograms(result: PanelResult, shown: ShownSamples, colour: str, note: str) -> None:
    """Draw a histogram for each coordinate, and the downloads."""
    method, frames = result.selection.method, shown.frames
    exact = result.exact if result.is_up_to_date and result.complete else None
    for axis, column in enumerate(st.columns(frames.dim, gap="medium")):
        with column:
            chart = histogram.samples(frames, exact, axis, theme(), colour, shown.weights)
            st.altair_chart(
                chart, key=f"histogram-{method}-{axis}", alt=f"Histogram of coordinate {axis + 1}"
            )
    coordinates(frames.samples, shown.weights, colour, key=method)
    is_raw = shown.name == "raw" and shown.report.weighted
    st.caption(texts.samples_caption(len(frames.samples), is_raw, exact is not None) + note)
    sample_downloads(shown.request, frames, key=f"samples-{method}")


def _outcome_line(result: PanelResult, shown: ShownSamples) -> None:
    """Draw the outcome of an ended run."""
    if result.stored is not None:
        outcomes.line(Request(result.stored.problem), shown.report, shown.step, result.stored.status)
    elif (view := shown.view or result.view) is not None and not view.running:
        outcomes.line(view.request, shown.report, shown.step, view.status)
