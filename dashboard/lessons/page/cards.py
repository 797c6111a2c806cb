"""The cards of all lessons."""

from __future__ import annotations

import streamlit as st

from core import presets
from dashboard.figures.cover import cover
from dashboard.figures.palette import METHOD_COLOURS
from dashboard.lessons.library import Library
from dashboard.lessons.page.place import Place, reached, turn_to
from dashboard.lessons.records import Lesson
from dashboard.texts import lessons as texts

COLUMNS = 3


def cards(library: Library) -> None:
    """Draw a card for each lesson: picture, title, minutes, and a button that opens it where the viewer was last."""
    st.title(texts.TITLE, anchor=False)
    st.markdown(texts.ABOUT_PAGE)
    if not library.lessons:
        st.info(texts.NO_LESSONS, icon=":material/school:")
    lessons = list(library.lessons.values())
    for start in range(0, len(lessons), COLUMNS):
        row = lessons[start : start + COLUMNS]
        for column, lesson in zip(st.columns(COLUMNS, gap="medium"), row, strict=False):
            with column:
                _card(lesson, lessons.index(lesson) + 1)


def _card(lesson: Lesson, number: int) -> None:
    with st.container(border=True, key=f"card-{lesson.name}", height="stretch"):
        if picture := picture_of(lesson):
            # The title is all that a screen-reader user needs, so the picture has no description.
            st.image(picture, width="stretch", alt="")
        st.markdown(f"#### {number}. {lesson.title}")
        st.caption(texts.about(lesson.minutes, len(lesson.steps), lesson.level))
        if lesson.summary:
            st.markdown(lesson.summary)
        at = min(reached(lesson.name) or 1, len(lesson.steps))
        st.button(
            f"Continue at step {at}" if at > 1 else "Start",
            key=f"open-{lesson.name}",
            type="primary" if number == 1 and at == 1 else "secondary",
            on_click=turn_to,
            args=(Place(lesson, at),),
        )


def picture_of(lesson: Lesson) -> str | None:
    """A drawing of the curve of densities in the first step on the line whose exact frames are saved; None if there is none."""
    for step in lesson.steps:
        method = (step.curves or step.view.methods)[-1]
        frames = presets.exact(step.view.problem_of(method))
        if frames is not None and frames.dim == 1:
            return cover(frames, METHOD_COLOURS[method])
    return None
