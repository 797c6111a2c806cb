"""The questions of a step: the viewer's answers, and the text that follows them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.facts import rounded
from dashboard.lessons.conditions import Comparison, Condition
from dashboard.lessons.page.given_answers import answer_of, keep
from dashboard.lessons.page.stage import Stage
from dashboard.lessons.page.words import Fill
from dashboard.lessons.records import Choose, Goal, Mark, Question, Write
from dashboard.lessons.values import value_of
from dashboard.lessons.view import View
from dashboard.texts import lessons as texts

RIGHT, WRONG = ":material/check_circle:", ":material/lightbulb:"
_HERE = Path(__file__).parent
_written_answer = st.components.v2.component(
    "written_answer",
    html=(_HERE / "written_answer.html").read_text(encoding="utf-8"),
    css=(_HERE / "written_answer.css").read_text(encoding="utf-8"),
    js=(_HERE / "written_answer.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, eq=False)
class Asking:
    """Draws the questions of a step.

    Attributes:
        view: the view of the step.
        now: the viewer's settings.
        stage: what the step shows.
        fill: replaces the live numbers in a text by their values.
    """

    view: View
    now: View
    stage: Stage
    fill: Fill

    def ask(self, question: Question, key: str) -> None:
        """Draw a question, and the text after the viewer's answer."""
        with st.container(key=f"question-{key}"):
            if isinstance(question, Choose):
                self._choose(question, key)
            elif isinstance(question, Mark):
                self._mark(question, key)
            elif isinstance(question, Goal):
                self._goal(question, key)
            else:
                self._write(question, key)

    def _choose(self, question: Choose, key: str) -> None:
        text, options = self.fill(question.text), [self.fill(option.text) for option in question.options]
        st.markdown(text)
        kept = answer_of(key)
        chosen = st.radio(
            text,
            range(len(options)),
            index=kept if isinstance(kept, int) else None,
            format_func=options.__getitem__,
            key=f"choose-{key}",
            label_visibility="collapsed",
        )
        if chosen is None:
            return
        keep(key, chosen)
        option = question.options[chosen]
        self._say(option.is_right, option.reply, question.answer)

    def _mark(self, question: Mark, key: str) -> None:
        st.markdown(self.fill(question.text))
        t = self.stage.choice.t
        label = texts.NOT_MARKED if t is None else f"My answer: t = {t:.2f}"
        st.button(
            label,
            key=f"mark-{key}",
            icon=":material/flag:",
            disabled=t is None,
            help=texts.MARK_HELP,
            on_click=keep,
            args=(key, t),
        )
        marked = answer_of(key)
        if not isinstance(marked, float):
            return
        exact = question.exact.value(self.view, value_of, self.now)
        is_right = abs(marked - exact) <= question.within
        said = texts.marked(f"{marked:.2f}", rounded(exact, 2))
        self._say(is_right, f"{said} {question.right if is_right else question.wrong}", question.answer)

    def _goal(self, question: Goal, key: str) -> None:
        if question.text:
            st.markdown(self.fill(question.text))
        if answer_of(key) is None and self._holds(question.until):
            keep(key, True)
        words = _words(question.until)
        if answer_of(key) is None:
            if not question.text:
                st.markdown(f":material/radio_button_unchecked: {texts.todo(words)}")
            return
        said = question.right or texts.done(words)
        self._say(True, said, question.answer)

    def _holds(self, condition: Condition) -> bool:
        try:
            if isinstance(condition, Comparison):
                return condition.holds(self.now, value_of, self.now)
            return condition.holds(self.now, self.stage.choice.moment, self.stage.is_trained)
        except ValueError:
            return False

    def _write(self, question: Write, key: str) -> None:
        st.markdown(self.fill(question.text))
        _written_answer(
            key=f"written-{key}", data={"key": f"lesson-answer-{key}", "label": texts.YOUR_ANSWER}
        )
        is_shown = answer_of(key) is not None
        st.button(
            texts.HIDE_ANSWER if is_shown else texts.SHOW_ANSWER,
            key=f"show-{key}",
            on_click=keep,
            args=(key, None if is_shown else True),
        )
        if is_shown:
            st.info(self.fill(question.answer), icon=":material/menu_book:")

    def _say(self, is_right: bool, reply: str, answer: str) -> None:
        """Draw the text after an answer: the reply to it, and the part that every viewer sees."""
        said = "\n\n".join(self.fill(text) for text in (reply, answer) if text)
        if said:
            (st.success if is_right else st.warning)(said, icon=RIGHT if is_right else WRONG)


def _words(condition: Condition) -> str:
    return f"`{condition.text}`" if isinstance(condition, Comparison) else condition.words
