"""Progress of exact curves that are computed in the background. The page reruns when one is complete."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.problem import CURVES, Curve, Problem
from dashboard import cache
from dashboard.texts import shared as texts
from dashboard.texts.quoting import plain

POLL_SECONDS = 0.5


def await_exact(pending: Sequence[Problem], place: DeltaGenerator) -> None:
    """Compute exact curves in the background while the page shows their progress.

    Args:
        pending: the curves; without any, nothing is drawn.
        place: where to draw the progress bar.
    """
    if pending:
        with place:
            st.fragment(_progress, run_every=POLL_SECONDS)(tuple(dict.fromkeys(pending)))


def await_distances(problems: Sequence[Problem]) -> None:
    """Rerun the page when the missing W₂² of its panels is computed. Until then, the panels show the action alone.

    Args:
        problems: the problems of the panels.
    """
    pending = tuple(problem for problem in dict.fromkeys(problems) if is_distance_pending(problem))
    if pending:
        st.fragment(_await_distances, run_every=POLL_SECONDS)(pending)


def is_distance_pending(problem: Problem) -> bool:
    """Whether the server still has to compute W₂² between the problem's latent and target."""
    return problem.target.dim > 1 and cache.transport(problem) is None


def _await_distances(pending: tuple[Problem, ...]) -> None:
    found = [cache.transporting(problem) for problem in pending]
    # If the computation of a W₂² fails, it stays unknown, so do not wait for it.
    if any(progress.status == "done" for progress in found):
        st.rerun()


def _progress(pending: tuple[Problem, ...]) -> None:
    found = {problem: cache.completing(problem) for problem in pending}
    if any(progress.status == "done" for progress in found.values()):
        st.rerun()
    for error in {str(progress.error) for progress in found.values() if progress.error is not None}:
        st.error(texts.computing_failed(plain(error)), icon=":material/error:")
    going = {problem: progress for problem, progress in found.items() if not progress.is_over}
    if not going:
        return
    # A learned curve starts from the linear one, so both share one computation.
    names = ", ".join(dict.fromkeys(CURVES[_shown(problem)].lower() for problem in going))
    share = sum(progress.share for progress in going.values()) / len(going)
    waiting = all(progress.status == "waiting" for progress in going.values())
    text = texts.COMPUTING_WAITS if waiting else f"{share:.0%}"
    st.progress(share, text=texts.computing(names, text))


def _shown(problem: Problem) -> Curve:
    return "linear" if problem.interpolation == "learned" else problem.interpolation
