"""The row of famous examples: each sets the controls, and is there at once, exact and learned."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.presets import EXAMPLES, Example
from dashboard.components import link, tracked_runs
from dashboard.components.address import params_of
from dashboard.components.visible_controls import CONTROLS
from dashboard.state import Selection
from dashboard.texts.explore import ABOUT

TITLES = {name: example.title for name, example in EXAMPLES.items()}


def picker(selection: Selection | None) -> None:
    """Draws the row, and marks the example that the controls match.

    Args:
        selection: the controls, read already; None while they are not valid.
    """
    now = example_of(selection)
    # Buttons, not a choice that follows the controls: while a slider is pulled, a browser that is a moment behind tells the choice
    # of before, which would count as a new one and set the controls back.
    with st.container(key="examples", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Examples", help="Ready-made problems with saved results.", width="content")
        for name, title in TITLES.items():
            icon = ":material/check:" if now is not None and name == now.name else None
            st.button(title, key=f"example-{name}", icon=icon, on_click=_pick, args=(name,))


def sentence(selection: Selection) -> str:
    """What to see, and what to try: of the example, or else of the curves themselves."""
    now = example_of(selection)
    return ABOUT[selection.method] if now is None else now.sentence


def example_of(selection: Selection | None) -> Example | None:
    """The example that the controls are in; None when it is none of them."""
    if selection is None:
        return None
    for example in EXAMPLES.values():
        for problem in example.problems:
            own = selection.method in ("all", problem.interpolation)
            if own and replace(selection.problem, interpolation=problem.interpolation) == problem:
                return example
    return None


def params(example: Example) -> dict[str, str]:
    """What the address bar says in an example."""
    problem = example.problems[0]
    return params_of(problem, "all" if len(example.problems) > 1 else problem.interpolation)


def _pick(name: str) -> None:
    link.open_with(params(EXAMPLES[name]), CONTROLS)
    # A run for other controls would stand in the way of what was trained earlier.
    tracked_runs.show(())
