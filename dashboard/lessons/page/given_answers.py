"""The viewer's answers, kept for the session."""

from __future__ import annotations

from typing import Any

import streamlit as st

_ANSWERS, _COUNT = "lesson_answers", "lesson_answers_count"


def answer_of(key: str) -> Any:
    """The viewer's answer to a question; None before it."""
    return st.session_state.get(_ANSWERS, {}).get(key)


def keep(key: str, answer: Any) -> None:
    """Keep the viewer's answer for this session; None forgets it."""
    answers = st.session_state.setdefault(_ANSWERS, {})
    if answers.get(key) != answer:
        st.session_state[_COUNT] = {"key": key, "count": newest().get("count", 0) + 1}
    answers[key] = answer


def newest() -> dict[str, Any]:
    """The `key` of the question answered last and the `count` of answers so far; empty before the first."""
    found: dict[str, Any] = st.session_state.get(_COUNT, {})
    return found
