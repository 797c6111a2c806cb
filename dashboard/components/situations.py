"""The row of famous situations: each sets the controls, and is there at once, exact and learned."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.presets import EXAMPLES, Example
from dashboard.components import begun, link
from dashboard.components.address import params_of
from dashboard.components.visible import CONTROLS
from dashboard.state import Asked
from dashboard.texts.explore import ABOUT

TITLES = {name: situation.title for name, situation in EXAMPLES.items()}


def picker(asked: Asked | None) -> None:
    """Draws the row, and marks the situation that the controls are in.

    Args:
        asked: the controls, read already; None while they are not valid.
    """
    now = situation_of(asked)
    # Buttons, not a choice that follows the controls: while a slider is pulled, a browser that is a moment behind tells the choice
    # of before, which would count as a new one and set the controls back.
    with st.container(key="situations", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Examples", help="Ready-made problems with saved results.", width="content")
        for name, title in TITLES.items():
            icon = ":material/check:" if now is not None and name == now.name else None
            st.button(title, key=f"situation-{name}", icon=icon, on_click=_pick, args=(name,))


def sentence(asked: Asked) -> str:
    """What to see, and what to try: of the situation, or else of the curves themselves."""
    now = situation_of(asked)
    return ABOUT[asked.method] if now is None else now.sentence


def situation_of(asked: Asked | None) -> Example | None:
    """The situation that the controls are in; None when it is none of them."""
    if asked is None:
        return None
    for situation in EXAMPLES.values():
        for problem in situation.problems:
            own = asked.method in ("all", problem.interpolation)
            if own and replace(asked.problem, interpolation=problem.interpolation) == problem:
                return situation
    return None


def params(situation: Example) -> dict[str, str]:
    """What the address bar says in a situation."""
    problem = situation.problems[0]
    return params_of(problem, "all" if len(situation.problems) > 1 else problem.interpolation)


def _pick(name: str) -> None:
    link.open_with(params(EXAMPLES[name]), CONTROLS)
    # A run for other controls would stand in the way of what was trained earlier.
    begun.show(())
