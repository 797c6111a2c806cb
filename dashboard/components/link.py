"""The controls in the address bar: a link opens the same view, and what it names wrongly falls back and is said.

Streamlit's own binding writes a choice's label; a link should name it as the engine does (`interpolation=gradient_flow`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

_ERRORS = "link_errors"
Value = TypeVar("Value")


def start(key: str, param: str, default: Value, parse: Callable[[str], Value]) -> Value:
    """The value that a widget is drawn with: the one it holds, the link's, or the default.

    A widget must be drawn with it: one that is drawn with another value and then set may report that other value first.

    Args:
        key: of the widget.
        param: its name in the address bar.
        default: the value when nothing else is known.
        parse: from the link's text to an allowed value; raises ValueError.
    """
    if key in st.session_state:
        return st.session_state[key]
    if param not in st.query_params:
        return default
    try:
        return parse(st.query_params[param])
    except ValueError as error:
        st.session_state.setdefault(_ERRORS, []).append(f"{param}: {error}")
        return default


def keep(param: str, value: Value, default: Value) -> Value:
    """After the widget is drawn: its value into the address bar, unless it is the default; returns the value."""
    if value == default:
        st.query_params.pop(param, None)
    elif st.query_params.get(param) != str(value):
        st.query_params[param] = str(value)
    return value


def errors() -> list[str]:
    """What was wrong with the link, once for each session."""
    return st.session_state.pop(_ERRORS, [])
