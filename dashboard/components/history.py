"""The controls as they were: undo of the last change, and reset to where one began."""

from __future__ import annotations

import streamlit as st

from dashboard.components import address_bar, link
from dashboard.components.visible_controls import CONTROLS, is_lesson

_LAST, _PAST, _OPENED = "controls_last", "controls_past", "controls_opened"
# Changes that can be undone.
MOST_KEPT = 50
View = dict[str, str]


def view() -> View:
    """What the address says of the controls."""
    return {name: value for name, value in address_bar.now().items() if name in CONTROLS}


def remember() -> None:
    """Called once the controls are drawn: notes what they were before a change."""
    now, last = view(), st.session_state.get(_LAST)
    st.session_state.setdefault(_OPENED, now)
    if last is not None and last != now:
        st.session_state[_PAST] = [*st.session_state.get(_PAST, []), last][-MOST_KEPT:]
    st.session_state[_LAST] = now


def buttons() -> None:
    """Undo and Reset."""
    st.button(
        "Undo",
        key="undo",
        icon=":material/undo:",
        on_click=_undo,
        disabled=not st.session_state.get(_PAST),
        help="Undo the last change.",
    )
    begun = _beginning()
    place = "the controls as this lesson's link opened them" if is_lesson() else "all defaults"
    st.button(
        "Reset",
        key="reset",
        icon=":material/restart_alt:",
        on_click=link.open_with,
        args=(begun, CONTROLS),
        disabled=view() == begun,
        help=f"Return to {place}. You can undo this.",
    )


def _beginning() -> View:
    return st.session_state.get(_OPENED, {}) if is_lesson() else {}


def _undo() -> None:
    past = st.session_state.get(_PAST, [])
    if past:
        st.session_state[_LAST] = past[-1]
        st.session_state[_PAST] = past[:-1]
        link.open_with(past[-1], CONTROLS)
