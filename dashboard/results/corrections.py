"""The switch between raw, reweighted and corrected samples of a learned curve, and the run that corrects them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from core.arrays import Array
from core.jobs.request import Request
from core.jobs.saved_runs import is_correction_of
from core.jobs.view import JobView
from core.pictures.frames import Frames
from core.results.report import Report
from dashboard import visitor
from dashboard.cache import jobs
from dashboard.controls import inputs
from dashboard.results.panel_results import PanelResult
from dashboard.runs import tracked_runs
from dashboard.runs.progress import counted, progress_text
from dashboard.runs.records import Run
from dashboard.runs.run import POLL_SECONDS, submit
from dashboard.state import COMPARISONS, correction_of
from dashboard.texts import explore as texts
from dashboard.texts.quoting import plain

PARAM = "samples"
VIEWS = {"raw": "Raw", "reweighted": "Reweighted", "corrected": "Corrected"}
_PRESSED = "correct-pressed"
# The metrics that are meaningful for reweighted and for corrected samples. Corrected samples are resampled, so their ESS would be 1 by
# construction.
REWEIGHTED = (
    "ess_fraction",
    "forward_ess_fraction",
    "pareto_k",
    "eubo_elbo_gap",
    "log_z",
    "log_z_error",
    "weighted_mode_tv",
)
CORRECTED = (
    "log_z",
    "log_z_error",
    "energy_distance",
    "mode_tv",
    "modes_covered",
    "stray_fraction",
    "num_failed",
)


@dataclass(frozen=True, eq=False)
class ShownSamples:
    """The samples that the page shows for one panel.

    Attributes:
        name: a key of VIEWS.
        request: the request of their run.
        frames: the frames that hold them.
        report: their scores.
        step: steps of their run.
        weights: the weights of the samples, which sum to one; None for equal weights.
        metrics: the metrics to show; all if empty.
        view: the run of the correction; None for other samples.
    """

    name: str
    request: Request
    frames: Frames
    report: Report
    step: int
    weights: Array | None = None
    metrics: tuple[str, ...] = ()
    view: JobView | None = None


def choose(result: PanelResult, runs: dict[str, Run]) -> ShownSamples | None:
    """Draw a learned curve's switch and the controls of the selected view; returns the samples to show, None if there are none yet.

    Args:
        result: the result of a panel that has samples.
        runs: the page's runs by method.
    """
    raw = _raw(result)
    if raw is None or result.selection.method in COMPARISONS:
        return raw
    chosen = inputs.segments(
        texts.SAMPLES, PARAM, VIEWS, "raw", label_visibility="collapsed", on_change=_press
    )
    pressed = bool(st.session_state.pop(_PRESSED, False))
    if chosen == "reweighted":
        return _reweighted(raw)
    if chosen == "corrected":
        return _corrected(result, runs, pressed)
    st.caption(texts.raw_note(raw.report.num_samples), help=texts.SAMPLES_HELP)
    return raw


def _raw(result: PanelResult) -> ShownSamples | None:
    frames, report, checkpoint = result.learned, result.report, result.checkpoint
    if frames is None or report is None or checkpoint is None:
        return None
    request = result.view.request if result.view else Request(result.selection.problem)
    return ShownSamples("raw", request, frames, report, checkpoint.step)


def _reweighted(raw: ShownSamples) -> ShownSamples | None:
    log_weight = raw.frames.log_weight
    if log_weight is None or not np.isfinite(log_weight).any():
        st.info(texts.NO_WEIGHTS, icon=":material/info:")
        return None
    weights = np.exp(log_weight - np.nanmax(log_weight))
    weights = np.nan_to_num(weights / np.nansum(weights))
    st.caption(texts.reweighted_note(1 / float((weights**2).sum())), help=texts.SAMPLES_HELP)
    # The samples are judged by the mode masses after reweighting.
    metrics = replace(raw.report.metrics, mode_tv=raw.report.metrics.weighted_mode_tv)
    report = replace(raw.report, metrics=metrics)
    return ShownSamples("reweighted", raw.request, raw.frames, report, raw.step, weights, REWEIGHTED)


def _corrected(result: PanelResult, runs: dict[str, Run], pressed: bool) -> ShownSamples | None:
    trained, run = result.view, runs.get(correction_of(result.selection.method))
    if trained is None:
        st.info(texts.NO_CURVE, icon=":material/info:")
        return None
    if not trained.checkpoint:
        st.info(texts.STILL_TRAINING if trained.running else texts.NOTHING_KEPT, icon=":material/info:")
        return None
    request = trained.request.correction(trained.checkpoint)
    if run is None or not is_correction_of(run.view, trained.checkpoint):
        _offer(request, runs, pressed)
        return None
    if run.view.running:
        st.fragment(_follow, run_every=POLL_SECONDS)(run.job_id)
        return None
    if run.view.picture is None:
        st.warning(plain(run.view.error) or texts.CORRECT_AGAIN, icon=":material/error:")
        _offer(request, runs, pressed=False)
        return None
    return _of_correction(run.view, trained)


def _of_correction(view: JobView, trained: JobView) -> ShownSamples:
    """The corrected samples, with the cost of the correction and of the training before it."""
    assert view.picture is not None
    picture = view.picture
    st.caption(texts.corrected_note(_cost(view), _cost(trained), is_stopped=view.status == "stopped"))
    return ShownSamples(
        "corrected",
        view.request,
        picture.frames,
        picture.report,
        picture.step,
        None,
        CORRECTED,
        view,
    )


def _cost(view: JobView) -> str:
    calls = view.facts.get("energy_calls")
    parts = [f"{counted(calls)} energy calls" if calls else "", f"{view.seconds:.1f} s"]
    return " and ".join(part for part in parts if part)


def _offer(request: Request, runs: dict[str, Run], pressed: bool) -> None:
    """Start the correction if the viewer has just chosen it. Otherwise, for example if a link has opened this view, offer a button."""
    label = f"Correct these samples, about {request.budget.seconds:.2g} s"
    st.button(label, key="correct", icon=":material/healing:", on_click=_press)
    if pressed:
        submit([request], runs)


def _press() -> None:
    # The choice is stored until the run starts, so that a rerun of the page in between does not lose it.
    st.session_state[_PRESSED] = True


def _follow(job_id: str) -> None:
    """Draw the progress of the correction. The page reruns when it has ended."""
    view = jobs().look(job_id)
    if view is None or not view.running:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(view.progress, text=f"Correcting · {progress_text(view)}")
        st.button(
            "Stop",
            key="correct-stop",
            icon=":material/stop:",
            disabled=not tracked_runs.is_own(job_id),
            on_click=_stop,
            args=(job_id,),
        )


def _stop(job_id: str) -> None:
    jobs().stop(job_id, owner=visitor.key(), wait=True)
