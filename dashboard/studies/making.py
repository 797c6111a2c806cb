"""The controls that make a new study: axes, curves, seeds and budget, with the estimated time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import streamlit as st

from core import sweep
from core.paper.figures import FIGURES
from core.problem import INTERPOLATIONS, Interpolation
from core.store.studies import LONGEST_NAME
from core.sweep.phase_grid import AXES, MOST_SECONDS, estimate, phase_grid, targets_for, values_of
from core.targets.registry import TARGETS
from dashboard import cache, visitor
from dashboard.controls import inputs
from dashboard.studies.choosing import choose
from dashboard.texts import studies as texts
from dashboard.texts.quoting import plain

_ERROR = "study_error"
# Default values of the horizontal axis, by its parameter, and of the vertical axis, which is always the mode separation.
_ACROSS = {"sigma": "1, 2, 4", "dim": "1, 2, 4"}
_UPWARDS = "3, 6, 9"


def make(names: Collection[str]) -> None:
    """Draw the controls and the button that starts the study.

    Args:
        names: names of the saved studies. A new study needs a different name.
    """
    left, right = st.columns(2, gap="medium")
    with left:
        across, target, curves = _what()
    with right:
        values, separations, seeds, seconds = _how(across)
        name = _name(target, across, names)
    try:
        axes = {across: values_of(across, values), "separation": values_of("separation", separations)}
        grid = phase_grid(target, axes, curves, _seeds(seeds), seconds)
    except ValueError as error:
        st.warning(plain(error, 1000), icon=":material/rule:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Start",
            key="start_study",
            type="primary",
            icon=":material/play_arrow:",
            on_click=attempt,
            args=(lambda: _start_new(name, grid),),
        )
        st.caption(texts.cost(len(grid.tasks), estimate(grid)), width="content")


def _what() -> tuple[str, str, list[Interpolation]]:
    """Draw the choice of axes, target and curves; returns the horizontal axis, the target's name, and the curves."""
    across = inputs.segments("Axes", "axes", texts.AXES, "sigma", help=texts.AXES_HELP)
    targets = targets_for([across, "separation"])
    target = inputs.choice("Target", f"grid_target_{across}", targets, "shifted_pair", help=texts.TARGET_HELP)
    names = list(INTERPOLATIONS)
    title = INTERPOLATIONS.__getitem__
    curves = st.pills(
        "Curves", names, selection_mode="multi", default=names, format_func=title, key="grid_curves"
    )
    return across, target, list(curves)


def _how(across: str) -> tuple[str, str, str, float]:
    """Draw the fields for the values of both axes, the seeds and the seconds of each run; returns what they contain."""
    first, second = st.columns(2)
    with first:
        values = _text(_title(across), f"grid_{across}", _ACROSS[across], texts.VALUES_HELP)
    with second:
        separations = _text(_title("separation"), "grid_separation", _UPWARDS, texts.VALUES_HELP)
    first, second = st.columns(2)
    with first:
        seeds = _text("Seeds", "grid_seeds", "0", texts.SEEDS_HELP)
    with second:
        label, limits = "Seconds for each run", (0.5, MOST_SECONDS)
        seconds = inputs.number(label, "grid_seconds", limits, 3.0, step=0.5, help=texts.SECONDS_HELP)
    return values, separations, seeds, seconds


def _name(target: str, across: str, names: Collection[str]) -> str:
    """Draw the field for the name. Its default is a name that no study has."""
    plain_name = texts.default_name(TARGETS[target].title, texts.AXES[across])
    numbered = (f"{plain_name} ({k})" for k in range(2, len(names) + 3))
    free = next(name for name in (plain_name, *numbered) if name not in names)
    # Each new study gets a new field, since a used field would keep its text.
    key = f"study_name_{across}_{target}_{len(names)}"
    return st.text_input("Name", free, LONGEST_NAME, key=key, help=texts.NAME_HELP).strip()


def _start_new(name: str, grid: sweep.Grid) -> None:
    if name in FIGURES:
        raise ValueError(f"The name {name} is reserved for a figure of the paper; choose another name.")
    start(name, grid)


def start(name: str, grid: sweep.Grid) -> None:
    """Save a study if it is new, start or continue it, and show it.

    Raises:
        ValueError: the store cannot save the study, its name belongs to another study, or it cannot start now.
    """
    sweep.create(cache.run_store()(), name, grid, owner=visitor.key())
    cache.studies().start(name, grid, visitor.key())
    choose(name)


def attempt(act: Callable[[], None]) -> None:
    """Run the action of a button; show an error as a sentence on the page."""
    st.session_state.pop(_ERROR, None)
    try:
        act()
    except ValueError as error:
        st.session_state[_ERROR] = plain(error, 1000)


def notice() -> None:
    """Draw the error of the last action."""
    if error := st.session_state.pop(_ERROR, ""):
        st.warning(error, icon=":material/error:")


def _title(axis: str) -> str:
    title = AXES[axis].title
    return f"{title[0].upper()}{title[1:]}"


def _text(label: str, param: str, default: str, help: str) -> str:
    return inputs.text(label, param, default, key=param, help=help)


def _seeds(text: str) -> Sequence[int]:
    """The seeds in a text.

    Raises:
        ValueError: a part is not a whole number, or there are none.
    """
    try:
        seeds = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise ValueError(
            f"Seeds must be whole numbers separated by commas, such as 0, 1; got “{text[:60]}”."
        ) from None
    if not seeds:
        raise ValueError("A study needs at least one seed, such as 0.")
    return seeds
