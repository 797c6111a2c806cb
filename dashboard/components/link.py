"""The controls in the address bar: a link opens the same view, and what it names wrongly falls back and is said.

Streamlit's own binding writes a choice's label; a link should name it as the engine does (`interpolation=gradient_flow`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import streamlit as st

from dashboard.components import address_bar
from dashboard.components.address import text_of
from dashboard.components.link_errors import sentence

_ERRORS, _ERRORS_AT, _PLACE, _VERSION = "link_errors", "link_errors_at", "link_place", "link_version"
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
    text = address_bar.now().get(param)
    if text is None:
        return default
    try:
        return parse(text)
    except ValueError as error:
        wrong(param, error)
        return default


def keep(param: str, value: Value, default: Value) -> Value:
    """Puts a value into the address, unless it is the default; returns it."""
    address_bar.put(param, None if value == default else text_of(value))
    return value


def wrong(param: str, error: ValueError) -> None:
    """Notes what is wrong with a value of the link, and takes it out, so that the address bar says what is shown."""
    report(sentence(param, address_bar.now().get(param, ""), error))
    address_bar.put(param, None)


def report(error: str) -> None:
    """Notes a sentence about the link, which `warn` shows."""
    st.session_state.setdefault(_ERRORS, []).append(error)
    st.session_state.pop(_ERRORS_AT, None)


def number(text: str) -> float:
    """The number that a link's text stands for.

    Raises:
        ValueError: it stands for none.
    """
    try:
        return float(text)
    except ValueError:
        raise ValueError("this is not a number.") from None


def key_of(name: str) -> str:
    """The key of a widget: a new one, so that the widget is drawn anew, each time that the controls are set from outside."""
    version = st.session_state.get(_VERSION, 0), address_bar.opened()
    return f"{name}.{version[0]}.{version[1]}" if any(version) else name


def open_with(params: Mapping[str, str], names: Iterable[str]) -> None:
    """Sets the controls; to be called before they are drawn.

    Args:
        params: their values in the address; the others take their defaults.
        names: of all of them in the address.
    """
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    address_bar.replace(params, names)


def place_warnings() -> None:
    """Reserves the place for what `warn` shows."""
    st.session_state[_PLACE] = st.empty()


def warn() -> None:
    """Once a page is drawn: shows what is wrong with its link, until something on the page is changed."""
    state, address = st.session_state, address_bar.deliberate(address_bar.now())
    if state.setdefault(_ERRORS_AT, address) != address:
        state[_ERRORS] = []
    place, errors = state.pop(_PLACE, None), state.get(_ERRORS)
    if errors:
        with (place or st.empty()).container():
            for error in errors:
                st.warning(error, icon=":material/link_off:")
