"""The controls in the address bar: a link opens the same view, and what it names wrongly falls back and is said.

Streamlit's own binding writes a choice's label; a link should name it as the engine does (`interpolation=gradient_flow`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

_ERRORS = "link_errors"


def hold(
    key: str, default: Any, parse: Callable[[str], Any], allowed: Callable[[Any], Any], param: str
) -> None:
    """Gives a widget its value before it is drawn: the one it has, the link's, or the default.

    Args:
        key: of the widget.
        default: its value when nothing else is known.
        parse: from the link's text to a value; raises ValueError.
        allowed: returns the value, or raises ValueError when it is out of the widget's limits.
        param: the name in the address bar.
    """
    if key in st.session_state:
        try:
            allowed(st.session_state[key])
            return
        except ValueError:  # the limits have changed with another control
            pass
        st.session_state[key] = default
        return
    st.session_state[key] = default
    if param in st.query_params:
        try:
            st.session_state[key] = allowed(parse(st.query_params[param]))
        except ValueError as error:
            st.session_state.setdefault(_ERRORS, []).append(f"{param}: {error}")


def keep(key: str, default: Any, param: str) -> Any:
    """After the widget is drawn: its value into the address bar, unless it is the default; returns the value."""
    value = st.session_state[key]
    if value == default:
        st.query_params.pop(param, None)
    elif st.query_params.get(param) != str(value):
        st.query_params[param] = str(value)
    return value


def forget(key: str, param: str) -> None:
    """Back to the default at the next draw."""
    st.session_state.pop(key, None)
    st.query_params.pop(param, None)


def errors() -> list[str]:
    """What was wrong with the link, once for each session."""
    return st.session_state.pop(_ERRORS, [])
