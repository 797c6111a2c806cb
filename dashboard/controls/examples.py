"""The row of examples: each sets the controls and shows its saved results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import streamlit as st

from core.presets import EXAMPLES, Example
from dashboard.controls.names import CONTROLS
from dashboard.runs import tracked_runs
from dashboard.state import Selection
from dashboard.texts import explore as texts
from dashboard.texts.examples import SENTENCES
from dashboard.url import link
from dashboard.url.address import params_of

TITLES = {name: example.title for name, example in EXAMPLES.items()}


def picker(selection: Selection | None, before: Callable[[], None]) -> None:
    """Draw the row, and mark the example that the settings match.

    Args:
        selection: the selected settings; None while they are invalid.
        before: draws the first item of the row.
    """
    now = example_of(selection)
    # The examples are buttons. With a select widget that follows the controls, a slow browser would report an old selection while a slider
    # is dragged, and this would reset the controls.
    with st.container(key="examples", horizontal=True, vertical_alignment="center", gap="small"):
        before()
        st.markdown("Examples", help=texts.EXAMPLES, width="content")
        for name, title in TITLES.items():
            icon = ":material/check:" if now is not None and name == now.name else None
            st.button(title, key=f"example-{name}", icon=icon, on_click=_pick, args=(name,))


def about(selection: Selection) -> str:
    """What the reader sees for the selected curve, why it matters, and what to try."""
    has_separation = "mode_separation" in selection.problem.target.values
    return texts.about(selection.method, has_separation=has_separation)


def sentence(selection: Selection) -> str:
    """What to see and what to try: the sentence of the matching example, or else that of the selected curve."""
    now = example_of(selection)
    return about(selection) if now is None else SENTENCES[now.name]


@lru_cache(maxsize=64)
def example_of(selection: Selection | None) -> Example | None:
    """The example that the settings match; None if there is none."""
    if selection is None:
        return None
    for example in EXAMPLES.values():
        for problem in example.problems:
            own = selection.method in ("all", problem.interpolation)
            if own and replace(selection.problem, interpolation=problem.interpolation) == problem:
                return example
    return None


def params(example: Example) -> dict[str, str]:
    """The parameters of the Explore page's address for an example."""
    problem = example.problems[0]
    return params_of(problem, "all" if len(example.problems) > 1 else problem.interpolation)


def _pick(name: str) -> None:
    link.open_with(params(EXAMPLES[name]), CONTROLS)
    # Show no runs: runs with other settings would hide the saved results of the example.
    tracked_runs.show(())
