"""What is known of each curve that stands on the page: exactly, from a run, or from one that was trained earlier."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.frames import Frames
from core.jobs.view import JobView
from core.presets import Stored
from core.problem import Problem
from core.reel import Checkpoint, Panel
from core.reference.errors import NoExactFieldError, TooDearError, UnfitDensityError
from core.report import Report
from dashboard import cache
from dashboard.components.progress import counted
from dashboard.components.quoting import plain
from dashboard.components.run import Run
from dashboard.state import COMPARISONS, TITLES, Selection
from dashboard.texts import explore as texts

_SOURCES = {"learned": "learned", "chains": "sampled"}
_COMPUTING = "exact · computing the other times…"
# Badges of exact frames that do not belong to the curve of these settings.
_INSTEAD = {
    "linear": "not trained yet · starts from the linear curve",
    "held": "exact · for the previous settings",
    "ends": "exact at t = 0 and t = 1",
}


@dataclass(frozen=True, eq=False)
class Answer:
    """One curve: what the controls ask of it, and what is known.

    Attributes:
        selection: the controls, for this method alone.
        exact: what is known exactly; None where nothing is. Its source tells where it is not of these controls' own curve.
        pending: what is still to be solved for at the other times, where that is only a moment.
        run: the run that is shown; None before there is one.
        stored: a run that was trained earlier for the very same controls, where there is no newer one.
    """

    selection: Selection
    exact: Frames | None
    pending: Problem | None = None
    run: Run | None = None
    stored: Stored | None = None

    @property
    def complete(self) -> bool:
        """Whether what is known exactly is all there."""
        return self.pending is None

    @property
    def view(self) -> JobView | None:
        """The run as it is now."""
        return self.run.view if self.run else None

    @property
    def fresh(self) -> bool:
        """Whether what was learned belongs to the controls."""
        return self.run is None or self.selection.is_answered_by(self.run.view.request)

    @property
    def is_passed(self) -> bool:
        """Whether it comes from a run that goes on for other controls."""
        return not self.fresh and self.view is not None and self.view.running

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What was learned, newest."""
        if self.run is not None and (picture := self.run.view.picture) is not None:
            return Checkpoint(picture.frames, picture.step, picture.seconds)
        return Checkpoint(self.stored.frames, self.stored.step, self.stored.seconds) if self.stored else None

    @property
    def learned(self) -> Frames | None:
        """Its frames."""
        return self.checkpoint.frames if self.checkpoint else None

    @property
    def report(self) -> Report | None:
        """Its metrics."""
        if self.run is not None and self.run.view.picture is not None:
            return self.run.view.picture.report
        return self.stored.report if self.stored else None

    @property
    def steps_made(self) -> int | None:
        """The steps of a run that belongs to the controls and has ended; None where there is none."""
        if self.checkpoint is None or not self.fresh or (self.view is not None and self.view.running):
            return None
        return self.checkpoint.step

    @property
    def badge(self) -> str:
        """What the pictures are, in a few words."""
        if (checkpoint := self.checkpoint) is None:
            return self._exact_badge
        if self.stored is not None:
            return self.stored.badge
        steps = f"{checkpoint.step} step{'' if checkpoint.step == 1 else 's'}"
        calls = self.view.facts.get("energy_calls") if self.view else None
        work = (
            steps
            if self.selection.method not in COMPARISONS or calls is None
            else f"{counted(calls)} energy calls"
        )
        return f"{_SOURCES[checkpoint.frames.source]} · {work}, {checkpoint.seconds:.1f} s"

    @property
    def _is_held(self) -> bool:
        """Whether what is shown as exact is that of the previous settings."""
        return self.exact is not None and self.exact.source == "held"

    @property
    def _exact_badge(self) -> str:
        if self.exact is None:
            return "no exact solution"
        if not self.complete and not self._is_held:
            return _COMPUTING
        return _INSTEAD.get(self.exact.source, "exact")

    @property
    def _run_name(self) -> str:
        """Tells the player whose checkpoints these are."""
        if self.run is not None:
            return self.run.job_id
        return f"earlier/{self.stored.problem.key}" if self.stored else ""

    @property
    def panel(self) -> Panel:
        """The curve as the player shows it."""
        method, checkpoint = self.selection.method, self.checkpoint
        return Panel(
            key=method,
            method=method,
            title=TITLES[method],
            exact=self.exact,
            course=() if checkpoint is None else (checkpoint,),
            badge=self.badge,
            stale=not self.fresh,
            run=self._run_name,
            # What is exact of other settings has ends of its own.
            transport=None if self._is_held else cache.transport(self.selection.problem),
        )


def answers(selection: Selection, runs: dict[str, Run], time: float) -> list[Answer]:
    """One for each method that is asked for.

    What cannot be solved for is told; where an energy is not fit for it, the last picture stays until something is learned.

    Args:
        selection: the controls.
        runs: by method.
        time: the moment that is shown first where all times take a while.
    """
    told: list[str] = []
    with st.spinner(texts.SOLVING):
        found = [
            _answer(selection.alone(method), runs.get(method), time, told) for method in selection.methods
        ]
    for text in dict.fromkeys(told):
        st.info(text, icon=":material/info:")
    return found


def answer(selection: Selection, run: Run) -> Answer:
    """A comparison's: its samples are shown over the target's density, where they belong to it."""
    if run.view.picture is None:
        return Answer(selection, None)
    is_fresh = selection.is_answered_by(run.view.request)
    return Answer(selection, cache.target_frames(selection.problem) if is_fresh else None, run=run)


def _answer(selection: Selection, run: Run | None, time: float, told: list[str]) -> Answer:
    if selection.method in COMPARISONS:
        return Answer(selection, None) if run is None else answer(selection, run)
    if run is not None and run.view.picture is None:
        run = None
    stored = cache.trained_earlier(selection.problem)
    if run is not None and stored is not None and not selection.is_answered_by(run.view.request):
        run = None
    elif run is not None:
        stored = None
    own = Answer(selection, None, run=run, stored=stored)
    exact, pending = _known(own, time, told)
    return replace(own, exact=exact, pending=pending)


def known_exactly(selection: Selection, time: float, hurried: bool = False) -> tuple[Frames, Problem | None]:
    """The exact frames before training, and what is still to be solved for where they are only a moment.

    Args:
        selection: the controls, for one method.
        time: that moment.
        hurried: whether it is wanted in a blink.

    Raises:
        NoExactFieldError: nothing is known.
    """
    exact, complete = cache.exact_frames(selection.problem, time, hurried)
    # Before training, what is exact is the linear curve, and no reader shall take it for the answer.
    exact = (
        replace(exact, source="linear") if selection.method == "learned" and exact.source != "ends" else exact
    )
    return exact, None if complete else selection.problem


def _known(answer: Answer, time: float, told: list[str]) -> tuple[Frames | None, Problem | None]:
    """The same for a curve on the page, beside what was learned."""
    selection, is_learned = answer.selection, answer.fresh and answer.learned is not None
    if selection.method == "learned" and is_learned:
        # Its curve is its own: until the run tells what exactly carries it, nothing is known of it.
        picture = answer.run.view.picture if answer.run else None
        return (picture.exact if picture else answer.stored.exact if answer.stored else None), None
    last = f"last_exact_{selection.method}"
    try:
        found = known_exactly(selection, time)
        st.session_state[last] = selection
        return found
    except UnfitDensityError as error:
        st.error(plain(error), icon=":material/error:")
        # What was learned for these controls shall not stand beside what is exact of others.
        if is_learned or last not in st.session_state:
            return None, None
        exact, pending = known_exactly(st.session_state[last], time)
        return replace(exact, source="held"), pending
    except TooDearError as error:
        told.append(plain(error))
        return cache.end_frames(selection.problem), None
    except NoExactFieldError as error:
        told.append(plain(error))
        return None, None
