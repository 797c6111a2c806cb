"""The viewer's answers, kept for the session."""

from __future__ import annotations

from typing import Any

import streamlit as st

_ANSWERS = "lesson_answers"


def answer_of(key: str) -> Any:
    """The viewer's answer to a question; None before it."""
    return st.session_state.get(_ANSWERS, {}).get(key)


def keep(key: str, answer: Any) -> None:
    """Keep the viewer's answer for this session; None forgets it."""
    st.session_state.setdefault(_ANSWERS, {})[key] = answer
