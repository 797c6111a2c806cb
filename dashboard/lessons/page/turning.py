"""Turning between the steps of a lesson: buttons, a list of steps, and arrow keys."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.lessons.library import Library
from dashboard.lessons.page.given_answers import newest
from dashboard.lessons.page.place import Place, turn_to
from dashboard.look.large_type import is_large
from dashboard.texts import lessons as texts

_component = st.components.v2.component(
    "lesson_keys",
    html="<i hidden></i>",
    js=Path(__file__).with_name("keys.js").read_text(encoding="utf-8"),
)


def buttons(place: Place, library: Library) -> None:
    """Draw Back, the place in the lesson, and Next; after the last step, Next opens the next lesson."""
    count = len(place.lesson.steps)
    with st.container(
        key="lesson-turn", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        before = Place(place.lesson, place.number - 1) if place.number > 1 else None
        st.button(
            "Back",
            key="lesson-back",
            icon=":material/arrow_back:",
            disabled=before is None,
            on_click=turn_to,
            args=(before,),
        )
        st.markdown(texts.place(place.number, count), width="content")
        label, there = _next(place, library)
        st.button(
            label,
            key="lesson-next",
            type="primary",
            icon=":material/arrow_forward:",
            icon_position="right",
            on_click=turn_to,
            args=(there,),
            help=texts.KEYS,
        )


def _next(place: Place, library: Library) -> tuple[str, Place | None]:
    """The label of Next, and where it leads; None for the cards."""
    if not place.is_last:
        return "Next", Place(place.lesson, place.number + 1)
    names = list(library.lessons)
    after = names[names.index(place.lesson.name) + 1 :]
    return ("Next lesson", Place(library.lessons[after[0]], 1)) if after else ("All lessons", None)


def steps(place: Place) -> None:
    """Draw the list of steps."""
    with st.popover("Steps", icon=":material/list:", help=texts.STEPS):
        for number, step in enumerate(place.lesson.steps, 1):
            st.button(
                f"{number}. {step.title}",
                key=f"lesson-step-{number}",
                type="secondary" if number == place.number else "tertiary",
                width="stretch",
                on_click=turn_to,
                args=(Place(place.lesson, number),),
            )


def keys(place: Place) -> None:
    """Scroll to the top of a new step, or to the text after an answer, and listen to the arrow keys.

    In large type, listen also to the keys of a presenter's remote control.
    """
    _component(key="lesson-keys", data={"remote": is_large(), "place": place.key, "answered": newest()})
