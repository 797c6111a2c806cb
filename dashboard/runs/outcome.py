"""The outcome of a run as a badge or line: colour, icon and words."""

from __future__ import annotations

import streamlit as st

from core.jobs.request import Request
from core.jobs.view import JobView
from core.results import outcome
from core.results.outcome import Outcome
from core.results.report import Report
from core.sampling.methods import CHAINS

# Icon and colour of each kind of outcome. The icons help readers who cannot distinguish the colours.
LOOKS = {
    "good": (":material/check_circle:", "green"),
    "partial": (":material/warning:", "orange"),
    "poor": (":material/error:", "red"),
    "too_short": (":material/timer:", "orange"),
    "unknown": (":material/help:", "gray"),
}
# How a run ended; empty if it used its whole budget.
ENDINGS = {
    "finished": "",
    "converged": "Converged",
    "stopped": "Stopped",
    "diverged": "Diverged, last finite state",
    "failed": "Failed",
    "interrupted": "Interrupted",
}


def judged(request: Request, report: Report | None, steps: int, status: str = "") -> Outcome:
    """The outcome of a run, judged by its metrics and its number of steps. A converged run never counts as too short."""
    return outcome.judge(report, steps, 0 if status == "converged" else _least_steps(request))


def _least_steps(request: Request) -> int:
    if request.kind == "train":
        return outcome.least_steps(request.problem.training)
    return outcome.least_steps(None) if request.kind in CHAINS else 0


def of_view(view: JobView) -> Outcome:
    """The outcome of an ended run; unknown if it failed."""
    picture = None if view.status == "failed" else view.picture
    return judged(view.request, picture.report if picture else None, view.step, view.status)


def badge(view: JobView, name: str = "", more: str = "", *, is_narrow: bool = False) -> None:
    """Draw the badge of an ended run.

    Args:
        view: the run.
        name: title of its curve, where several runs share the line.
        more: text at the end, such as the number of steps.
        is_narrow: whether only the name fits; the tooltip has the rest.
    """
    found, failed = of_view(view), view.status == "failed"
    icon, colour = LOOKS["poor" if failed else found.kind]
    if name and found.kind == "too_short":  # the headline already contains the number of steps
        more = ""
    parts = [name, ENDINGS[view.status], "" if failed else found.headline, more]
    st.badge(
        " · ".join(part for part in (parts[:1] if is_narrow and name else parts) if part),
        icon=icon,
        color=colour,  # type: ignore[arg-type]
        help=None if failed else found.sentence,
    )


def line(request: Request, report: Report, steps: int, status: str = "") -> None:
    """Draw the outcome as a sentence with its icon, above the metrics."""
    found = judged(request, report, steps, status)
    icon, colour = LOOKS[found.kind]
    st.markdown(f":{colour}[{icon}] {found.sentence}")
