"""“Learn what you see”: from each panel of the Explore page to the step of a lesson that explains it."""

from __future__ import annotations

import streamlit as st

from dashboard.lessons.library import Library, library
from dashboard.lessons.page.first_visit import PAGE
from dashboard.lessons.page.place import Place
from dashboard.state import COMPARISONS, TITLES
from dashboard.texts import lessons as texts

# For each panel, the name of a lesson and the title of the step that explains the panel. Only this table names steps by their titles.
STEPS = {
    "linear": ("curve", "A curve of densities"),
    "learned": ("learned", "A curve with a bend"),
    "gradient_flow": ("gradient-flow", "A film that runs backwards"),
    "energy": ("curve", "A velocity moves the samples"),
    "masses": ("teleportation", "The worst moment"),
    "samples": ("did-it-work", "Count the masses"),
    "metrics": ("did-it-work", "Samples that look good"),
    "training": ("learned", "What training makes small"),
    "velocity_error": ("teleportation", "Train it"),
    "density_error": ("gradient-flow", "Learn it"),
    "residual": ("learned", "What training makes small"),
    # The comparison samplers, and the numbers of their runs.
    "mala": ("classics", "Chains that walk"),
    "ula": ("classics", "Chains that walk"),
    "hmc": ("classics", "Chains that walk"),
    "parallel_tempering": ("classics", "Chains that swap places"),
    "smc": ("classics", "A cloud on the same curve"),
    "ais": ("classics", "A cloud on the same curve"),
    "box": ("classics", "What training adds"),
    "nested": ("classics", "What training adds"),
    "sampling": ("classics", "A fair price"),
}
# Panels of the player: the curves, and the strips (charts over time) below the pictures.
CURVES, STRIPS = ("linear", "learned", "gradient_flow"), ("energy", "masses")
ICON = ":material/school:"


def step_of(panel: str, known: Library) -> Place | None:
    """The step that explains a panel; None if there is none, for example because a lecturer's own lesson replaces the bundled one."""
    name, title = STEPS.get(panel, ("", ""))
    lesson = known.lessons.get(name)
    titles = [step.title for step in lesson.steps] if lesson else []
    return Place(lesson, titles.index(title) + 1) if lesson and title in titles else None


def of_player() -> dict[str, dict[str, str]]:
    """The links beside the titles of the player's panels: address and title of a step, by the method of the panel."""
    known = library()
    found = {panel: step_of(panel, known) for panel in (*CURVES, *COMPARISONS)}
    return {panel: {"href": there.link, "title": there.step.title} for panel, there in found.items() if there}


def row(methods: list[str]) -> None:
    """Draw the links of the curves and strips below the player. The link beside the title of a panel works by clicking one of these."""
    known = library()
    found = {panel: step_of(panel, known) for panel in (*methods, *STRIPS)}
    if not any(found.values()):
        return
    with st.container(key="learn", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(texts.LEARN_ROW, width="content")
        for panel, there in found.items():
            if there:
                _link(panel, texts.LEARN_PANELS.get(panel) or TITLES[panel], there)


def heading(title: str, panel: str) -> None:
    """Draw the heading of a panel with its link beside it."""
    there = step_of(panel, library())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(title, anchor=False, width="content")
        if there:
            _link(panel, texts.LEARN, there)


def _link(panel: str, label: str, there: Place) -> None:
    with st.container(key=f"learn-{panel}", width="content"):
        st.page_link(
            PAGE,
            label=label,
            icon=ICON,
            query_params=there.address,
            help=texts.learn(there.lesson.title, there.number, there.step.title),
        )
