"""The controls in the address bar: a link opens the same view, and what it names wrongly falls back and is said.

Streamlit's own binding writes a choice's label; a link should name it as the engine does (`interpolation=gradient_flow`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import streamlit as st

from dashboard.components.link_errors import sentence

_ERRORS, _VERSION, _OPENED = "link_errors", "link_version", "link_opened"
# So long a browser may go on telling the address of before the controls were set from outside.
BEHIND_SECONDS = 2.0
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
        wrong(param, error)
        return default


def keep(param: str, value: Value, default: Value) -> Value:
    """After the widget is drawn: its value into the address bar, unless it is the default; returns the value."""
    if value == default:
        st.query_params.pop(param, None)
    elif st.query_params.get(param) != str(value):
        st.query_params[param] = str(value)
    return value


def wrong(param: str, error: ValueError) -> None:
    """Notes what is wrong with a value of the link, and takes it out, so that the address bar says what is shown."""
    st.session_state.setdefault(_ERRORS, []).append(sentence(param, st.query_params.get(param, ""), error))
    st.query_params.pop(param, None)


def key_of(name: str) -> str:
    """The key of a widget, which is a new one, and so drawn anew, each time that the controls are set from outside."""
    version = st.session_state.get(_VERSION, 0)
    return f"{name}.{version}" if version else name


def open_with(params: Mapping[str, str], names: Iterable[str]) -> None:
    """Sets the controls; to be called before they are drawn.

    Args:
        params: what the link shall say of them; the others take their defaults.
        names: of all of them in the address bar.
    """
    # Noted first: a message that arrives now may end this pass as soon as it speaks to the browser.
    st.session_state[_OPENED] = (_among(names), dict(params), time.monotonic())
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    _open(params, names)


def catch_up(names: Iterable[str]) -> None:
    """To be called before the controls are drawn: puts an address right that is a moment behind.

    A browser tells its address with every message, and one that was sent just before the controls were set from outside does not know of
    that.
    """
    before, after, at = st.session_state.get(_OPENED, ({}, {}, -BEHIND_SECONDS))
    told = _among(names)
    if told == before and told != after and time.monotonic() - at < BEHIND_SECONDS:
        _open(after, names)


def _among(names: Iterable[str]) -> dict[str, str]:
    return {name: text for name, text in st.query_params.items() if name in set(names)}


def _open(params: Mapping[str, str], names: Iterable[str]) -> None:
    others = {name: text for name, text in st.query_params.items() if name not in set(names)}
    # In one go: a browser that hears of it in parts may speak in between.
    st.query_params.from_dict({**others, **params})


def warn() -> None:
    """Says what was wrong with the link, once."""
    for error in st.session_state.pop(_ERRORS, []):
        st.warning(error, icon=":material/link_off:")
