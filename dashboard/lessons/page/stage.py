"""The player of a step with its controls: the same as on Explore, without what the step leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core import mode_weights
from dashboard.controls.controls import choose
from dashboard.controls.modes import move
from dashboard.controls.preview_terms import preview_terms
from dashboard.lessons.page.given_answers import answer_of
from dashboard.lessons.page.overlay import lay
from dashboard.lessons.page.place import Place
from dashboard.lessons.records import PARTS, PLAYER_CONTROLS, TRAIN, Mark, Step
from dashboard.lessons.values import value_of
from dashboard.look.embedding import is_embedded
from dashboard.player.component import Choice, Look, TimeMark, choice, player
from dashboard.results.classics import classic_panels
from dashboard.results.computing import await_distances, await_exact
from dashboard.results.mode_weights import mode_weights as show_weights
from dashboard.results.notes import is_still
from dashboard.results.panel_results import PanelResult, panel_results
from dashboard.results.scores import scores
from dashboard.runs.records import Run
from dashboard.runs.run import run_panel
from dashboard.state import TITLES, Selection
from dashboard.texts import lessons as texts
from dashboard.texts import mode_weights as mode_weight_texts
from dashboard.texts.quoting import plain
from dashboard.url import link

# Parts of a step that the player does not draw itself: saved results, scores of the viewer's runs, and the study of a mode's weight.
LEARNED, METRICS, WEIGHTS = "learned", "metrics", "weights"


@dataclass(frozen=True, eq=False)
class Stage:
    """What a step shows, once its controls and its player are drawn.

    Attributes:
        selection: the viewer's settings; None while they are invalid.
        shown: the settings of the pictures: the selection, or the step's own settings while the selection is invalid.
        choice: the viewer's choices in the player.
        is_trained: whether an up-to-date result of a run is shown.
    """

    selection: Selection | None
    shown: Selection
    choice: Choice
    is_trained: bool


def stage(place: Place) -> Stage:
    """Draw the controls and the player of a step."""
    step = place.step
    lay(place)
    selection = _selection(step)
    shown = selection or _own(step)
    st.session_state["last_selection"] = shown
    runs = _runs(step, selection)
    results = [_as_wanted(result, step) for result in panel_results(shown, runs, choice().moment)]
    panels = [result.panel for result in results if result.exact is not None or result.learned is not None]
    panels += classic_panels(step.samplers, shown.problem)
    preview = preview_terms(shown)
    chosen = (
        player(
            panels,
            key="lesson",
            look=_look(step, not is_still(results)),
            panel_names=TITLES,
            preview=preview if selection else None,
            on_modes=move,
            marks=_marks(place),
        )
        if panels
        else Choice()
    )
    if METRICS in step.parts:
        show_scores(results)
    if WEIGHTS in step.parts:
        _weights()
    _await(results)
    return Stage(
        selection, shown, chosen, any(result.run is not None and result.is_up_to_date for result in results)
    )


def _look(step: Step, autoplay: bool) -> Look:
    return Look(autoplay, left_out(step), restarts=True, in_row=True, embedded=is_embedded())


def show_scores(results: Sequence[PanelResult]) -> None:
    """Draw the scores of the viewer's runs that have ended."""
    for result in results:
        view, report = result.view, result.report
        if view is None or view.running or report is None:
            continue
        st.subheader(texts.scores_of(TITLES[result.selection.method]), anchor=False)
        scores(report)


def _weights() -> None:
    """Draw the study of a far mode's weight, with a slider for the weight."""
    low, high = mode_weights.WEIGHTS[0], mode_weights.WEIGHTS[-1]
    weight = st.slider(mode_weight_texts.LABEL, low, high, 0.8, 0.01, help=mode_weight_texts.WEIGHT)
    show_weights(weight)


def left_out(step: Step) -> Sequence[str]:
    """The parts of the player that a step does not show."""
    controls = [name for name in PLAYER_CONTROLS if name not in step.controls]
    parts = [name for name in PARTS if name not in (*step.parts, LEARNED, METRICS, WEIGHTS)]
    return [*controls, *parts, *step.hidden]


def _marks(place: Place) -> list[TimeMark]:
    """The viewer's marks on the time axis, each with the exact time."""
    found: list[TimeMark] = []
    for number, question in enumerate(place.step.questions, 1):
        given = answer_of(place.question(number))
        if isinstance(question, Mark) and isinstance(given, float):
            exact = question.exact.value(place.step.view, value_of)
            found += [TimeMark(given, texts.YOUR_MARK), TimeMark(exact, texts.EXACT_MARK, is_exact=True)]
    return found


def _selection(step: Step) -> Selection | None:
    try:
        return replace(choose(st.container()), curves=step.curves)
    except ValueError as error:
        st.error(plain(error), icon=":material/error:")
        return None
    finally:
        link.place_warnings()


def _own(step: Step) -> Selection:
    return Selection(step.view.method, step.view.problem, 10.0, step.curves)


def _runs(step: Step, selection: Selection | None) -> dict[str, Run]:
    """Draw the run panel if the step trains; returns the runs by method, without those for other settings than the viewer's."""
    if TRAIN not in step.controls:
        return {}
    row = st.container(key="lesson-run")
    runs = run_panel(selection, row.columns([0.2, 0.18, 0.62], gap="small", vertical_alignment="center"))
    if selection is None:
        return runs
    return {method: run for method, run in runs.items() if selection.alone(method).matches(run.view.request)}


def _as_wanted(result: PanelResult, step: Step) -> PanelResult:
    """Remove the saved result from a panel unless the step shows saved results. A learned curve keeps it, since the curve is unknown
    without it."""
    if LEARNED in step.parts or result.run is not None or result.selection.method == "learned":
        return result
    return replace(result, stored=None)


def _await(results: Sequence[PanelResult]) -> None:
    """Show the exact curves that are still being computed, and wait for them."""
    place = st.container()
    await_distances([result.selection.problem for result in results if result.exact is not None])
    await_exact([result.pending for result in results if result.pending is not None], place)
