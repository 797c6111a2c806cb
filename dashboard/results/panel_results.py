"""The exact and learned results of each panel on the page."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.jobs.view import JobView
from core.pictures.frames import Frames
from core.presets import Stored
from core.problem import Problem
from core.reference.errors import NoExactFieldError, TooDearError, UnfitDensityError
from core.results.report import Report
from dashboard import cache
from dashboard.player.reel import Checkpoint, Panel
from dashboard.runs.progress import counted
from dashboard.runs.records import Run
from dashboard.runs.saved import earlier_pictures
from dashboard.state import COMPARISONS, TITLES, Selection
from dashboard.texts import explore as texts
from dashboard.texts.quoting import plain

_SOURCES = {"learned": "learned", "chains": "sampled"}
_COMPUTING = "exact · computing the other times…"
# Badges of exact frames that are shown instead of the exact curve of these settings.
_INSTEAD = {
    "linear": "not trained yet · starts from the linear curve",
    "held": "exact · for the previous settings",
    "ends": "exact at t = 0 and t = 1",
}


@dataclass(frozen=True, eq=False)
class PanelResult:
    """The exact and learned results of one panel: a curve or a comparison method.

    Attributes:
        selection: the settings, for this method alone.
        exact: the exact frames; None where unknown. Their source shows whether they belong to this curve (see `_INSTEAD`).
        pending: the problem whose exact frames are still incomplete; None where they are complete.
        run: the run that is shown; None before the first one.
        stored: the saved run for exactly these settings, if there is no newer run.
    """

    selection: Selection
    exact: Frames | None
    pending: Problem | None = None
    run: Run | None = None
    stored: Stored | None = None

    @property
    def complete(self) -> bool:
        """Whether the exact frames are complete."""
        return self.pending is None

    @property
    def view(self) -> JobView | None:
        """The state of the run; None without a run."""
        return self.run.view if self.run else None

    @property
    def is_up_to_date(self) -> bool:
        """Whether the learned result is up to date: its settings are the selected ones."""
        return self.run is None or self.selection.matches(self.run.view.request)

    @property
    def is_outdated_and_running(self) -> bool:
        """Whether the result is outdated and its run is still in progress."""
        return not self.is_up_to_date and self.view is not None and self.view.running

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The newest learned checkpoint; None before training."""
        if self.run is not None and (picture := self.run.view.picture) is not None:
            return Checkpoint(picture.frames, picture.step, picture.seconds)
        return Checkpoint(self.stored.frames, self.stored.step, self.stored.seconds) if self.stored else None

    @property
    def learned(self) -> Frames | None:
        """The frames of the checkpoint; None before training."""
        return self.checkpoint.frames if self.checkpoint else None

    @property
    def report(self) -> Report | None:
        """The metrics of the learned result; None before training."""
        if self.run is not None and self.run.view.picture is not None:
            return self.run.view.picture.report
        return self.stored.report if self.stored else None

    @property
    def steps_made(self) -> int | None:
        """The number of steps of an ended, up-to-date run; None without one."""
        if self.checkpoint is None or not self.is_up_to_date or (self.view is not None and self.view.running):
            return None
        return self.checkpoint.step

    @property
    def badge(self) -> str:
        """A short description of the pictures' source."""
        if (checkpoint := self.checkpoint) is None:
            return self._exact_badge
        if self.stored is not None:
            return self.stored.badge
        when = f" · {self.run.computed}" if self.run and self.run.computed else ""
        return f"{run_badge(self.selection.method, checkpoint, self.view)}{when}"

    @property
    def _is_previous(self) -> bool:
        """Whether the exact frames belong to the previous settings."""
        return self.exact is not None and self.exact.source == "held"

    @property
    def _has_distance(self) -> bool:
        """Whether the player shows W₂² beside the action. It does so for a whole curve, but not for a single time or for a picture of other
        settings."""
        return not self._is_previous and (self.exact is None or len(self.exact.times) > 1)

    @property
    def _exact_badge(self) -> str:
        if self.exact is None:
            return "no exact solution"
        if not self.complete and not self._is_previous:
            return _COMPUTING
        return _INSTEAD.get(self.exact.source, "exact")

    @property
    def _run_name(self) -> str:
        """A name that identifies the run, so that the player collects the checkpoints of one run only."""
        if self.run is not None:
            return self.run.job_id
        return f"earlier/{self.stored.problem.key}" if self.stored else ""

    @property
    def _earlier(self) -> list[Checkpoint]:
        """The checkpoints of a saved run before its last one."""
        return [] if self.run is None else [Checkpoint(*picture) for picture in earlier_pictures(self.run)]

    @property
    def panel(self) -> Panel:
        """This result as a panel of the player."""
        method, checkpoint = self.selection.method, self.checkpoint
        return Panel(
            key=method,
            method=method,
            title=TITLES[method],
            exact=self.exact,
            course=() if checkpoint is None else (*self._earlier, checkpoint),
            badge=self.badge,
            stale=not self.is_up_to_date,
            run=self._run_name,
            transport=cache.transport(self.selection.problem) if self._has_distance else None,
        )


def run_badge(method: str, checkpoint: Checkpoint, view: JobView | None) -> str:
    """A label for a picture of a run: what it shows, and what the run has cost."""
    steps = f"{checkpoint.step} step{'' if checkpoint.step == 1 else 's'}"
    calls = view.facts.get("energy_calls") if view else None
    work = steps if method not in COMPARISONS or calls is None else f"{counted(calls)} energy calls"
    return f"{_SOURCES[checkpoint.frames.source]} · {work}, {checkpoint.seconds:.1f} s"


def panel_results(selection: Selection, runs: dict[str, Run], time: float) -> list[PanelResult]:
    """Collect the results of each selected method, from left to right.

    A curve without an exact solution is reported on the page. If the energy is invalid, the last exact picture stays until training begins.

    Args:
        selection: the selected settings.
        runs: the page's runs by method.
        time: time of the first exact frame, in [0, 1], where computing all frames takes a while.
    """
    notices: list[str] = []
    with st.spinner(texts.SOLVING):
        found = [
            _panel_result(selection.alone(method), runs.get(method), time, notices)
            for method in selection.methods
        ]
    for text in dict.fromkeys(notices):
        st.info(text, icon=":material/info:")
    return found


def comparison_result(selection: Selection, run: Run) -> PanelResult:
    """The result of a comparison method; up-to-date samples are shown over the target's density."""
    if run.view.picture is None:
        return PanelResult(selection, None)
    is_up_to_date = selection.matches(run.view.request)
    return PanelResult(selection, cache.target_frames(selection.problem) if is_up_to_date else None, run=run)


def _panel_result(selection: Selection, run: Run | None, time: float, notices: list[str]) -> PanelResult:
    if selection.method in COMPARISONS:
        return PanelResult(selection, None) if run is None else comparison_result(selection, run)
    if run is not None and run.view.picture is None:
        run = None
    stored = cache.trained_earlier(selection.problem)
    if run is not None and stored is not None and not selection.matches(run.view.request):
        run = None
    elif run is not None:
        stored = None
    own = PanelResult(selection, None, run=run, stored=stored)
    exact, pending = _exact_part(own, time, notices)
    return replace(own, exact=exact, pending=pending)


def exact_before_training(
    selection: Selection, time: float, for_preview: bool = False
) -> tuple[Frames, Problem | None]:
    """The exact frames before training, and the problem if they are incomplete.

    Args:
        selection: the settings of one method.
        time: time of the first frame, in [0, 1], where computing all frames takes a while.
        for_preview: whether the frames are for a preview while a slider moves, which must be fast.

    Raises:
        NoExactFieldError: no exact solution exists.
    """
    exact, complete = cache.exact_frames(selection.problem, time, for_preview)
    # An untrained learned curve is the linear curve; its badge says so.
    exact = (
        replace(exact, source="linear") if selection.method == "learned" and exact.source != "ends" else exact
    )
    return exact, None if complete else selection.problem


def _exact_part(result: PanelResult, time: float, notices: list[str]) -> tuple[Frames | None, Problem | None]:
    """The exact frames to show with a learned result, and their problem if they are incomplete."""
    selection, is_learned = result.selection, result.is_up_to_date and result.learned is not None
    if selection.method == "learned" and is_learned:
        # A learned curve is defined by its trained network ψ. Its exact velocity is part of the run's picture.
        picture = result.run.view.picture if result.run else None
        return (picture.exact if picture else result.stored.exact if result.stored else None), None
    last = f"last_exact_{selection.method}"
    try:
        found = exact_before_training(selection, time)
        st.session_state[last] = selection
        return found
    except UnfitDensityError as error:
        st.error(plain(error), icon=":material/error:")
        # Never show exact frames of other settings beside an up-to-date learned result.
        if is_learned or last not in st.session_state:
            return None if is_learned else cache.end_frames(selection.problem), None
        exact, pending = exact_before_training(st.session_state[last], time)
        return replace(exact, source="held"), pending
    except TooDearError as error:
        notices.append(plain(error))
        return cache.end_frames(selection.problem), None
    except NoExactFieldError as error:
        notices.append(plain(error))
        return None, None
