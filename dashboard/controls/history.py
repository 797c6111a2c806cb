"""Undo and Reset of the controls."""

from __future__ import annotations

import streamlit as st

from dashboard.controls.names import CONTROLS
from dashboard.controls.visible_controls import is_lesson
from dashboard.texts import explore as texts
from dashboard.url import address_bar, link

_LAST, _PAST, _OPENED = "controls_last", "controls_past", "controls_opened"
# Number of changes that can be undone.
MOST_KEPT = 50
View = dict[str, str]


def view() -> View:
    """The controls' parameters in the current address."""
    return {name: value for name, value in address_bar.now().items() if name in CONTROLS}


def remember() -> None:
    """If the controls have changed, keep their previous values for Undo. Call this after the controls are drawn."""
    now, last = view(), st.session_state.get(_LAST)
    st.session_state.setdefault(_OPENED, now)
    if last is not None and last != now:
        st.session_state[_PAST] = [*st.session_state.get(_PAST, []), last][-MOST_KEPT:]
    st.session_state[_LAST] = now


def buttons() -> None:
    """Draw the buttons Undo and Reset."""
    st.button(
        "Undo",
        key="undo",
        icon=":material/undo:",
        on_click=_undo,
        disabled=not st.session_state.get(_PAST),
        help=texts.UNDO,
    )
    start = _start()
    st.button(
        "Reset",
        key="reset",
        icon=":material/restart_alt:",
        on_click=link.open_with,
        args=(start, CONTROLS),
        disabled=view() == start,
        help=texts.RESET_LESSON if is_lesson() else texts.RESET,
    )


def _start() -> View:
    return st.session_state.get(_OPENED, {}) if is_lesson() else {}


def _undo() -> None:
    past = st.session_state.get(_PAST, [])
    if past:
        st.session_state[_LAST] = past[-1]
        st.session_state[_PAST] = past[:-1]
        link.open_with(past[-1], CONTROLS)
