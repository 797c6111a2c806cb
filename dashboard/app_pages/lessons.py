"""The Lessons page: cards, or one step of a lesson with its player."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import cache
from dashboard.lessons.library import Library, library
from dashboard.lessons.page import turning
from dashboard.lessons.page.asking import Asking
from dashboard.lessons.page.cards import cards
from dashboard.lessons.page.overlay import lift
from dashboard.lessons.page.place import Place, place, turn_to
from dashboard.lessons.page.stage import Stage, stage
from dashboard.lessons.page.words import Fill, filling, view_of_selection
from dashboard.lessons.records import Step
from dashboard.look.prose import words
from dashboard.texts import lessons as texts
from dashboard.texts.quoting import plain
from dashboard.url import address_bar, link


def heading(there: Place) -> bool:
    """Draw the row above a step; returns whether the notes are shown."""
    with st.container(key="lesson-heading", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Lessons",
            key="lesson-all",
            type="tertiary",
            icon=":material/school:",
            on_click=turn_to,
            args=(None,),
        )
        st.markdown(f"**{plain(there.lesson.title)}**", width="stretch")
        turning.steps(there)
        return st.toggle("Notes", key="lesson-notes", help=texts.NOTES)


def text(there: Place, shown: Stage, has_notes: bool, known: Library) -> None:
    """Draw the text of a step, its questions and exercises, and the buttons Back and Next."""
    step, now = there.step, view_of_selection(shown.shown, shown.choice.moment)
    fill = filling(step.view, now)
    st.header(fill(step.title), anchor=False)
    st.markdown(fill(step.text))
    words(step.text, there.key)
    asking = Asking(step.view, now, shown, fill)
    for number, question in enumerate(step.questions, 1):
        asking.ask(question, there.question(number))
    exercises(step, fill, has_notes)
    if has_notes:
        st.info(fill(step.notes) or texts.NO_NOTES, icon=":material/co_present:")
    turning.buttons(there, known)


def exercises(step: Step, fill: Fill, has_answers: bool) -> None:
    """Draw the exercises after a step; their answers belong to the presenter's notes."""
    if not step.exercises:
        return
    st.subheader("Exercises", anchor=False)
    for number, exercise in enumerate(step.exercises, 1):
        st.markdown(f"{number}. {fill(exercise.text)}")
        if has_answers:
            st.info(fill(exercise.answer), icon=":material/key:")
    if not has_answers:
        st.caption(texts.ANSWERS_IN_NOTES)


def reset(there: Place) -> None:
    """Draw the button that shows the step as it was at first, once the viewer has changed it."""
    names = address_bar.deliberate(address_bar.now())
    if names.keys() - there.params.keys():
        st.button(
            "Start this step again",
            key="lesson-reset",
            type="tertiary",
            icon=":material/restart_alt:",
            help=texts.RESET,
            on_click=turn_to,
            args=(there,),
        )


st.html(Path(__file__).parents[1] / "lessons" / "page" / "lessons.css")
known = library()
there = place(known)
if there is None:
    link.place_warnings()
    cards(known)
    if known.faults:
        st.warning(plain(texts.load_errors(known.faults), 1000), icon=":material/error:")
else:
    has_notes = heading(there)
    with st.container(key="lesson-step"):
        left, right = st.columns([0.36, 0.64], gap="large")
    with right, st.container(key="lesson-picture"):
        shown = stage(there)
        lift(there.step, shown.selection)
        reset(there)
    with left, st.container(key="lesson-text"):
        text(there, shown, has_notes, known)
    turning.keys(there)
cache.warm_up()
