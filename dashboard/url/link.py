"""Controls in the address: a link opens the same view, and its invalid values are reported and replaced by defaults.

Streamlit's own binding would write the labels of choices into links. Here, links contain the engine's names
(`interpolation=gradient_flow`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import streamlit as st

from dashboard.url import address_bar
from dashboard.url.address import text_of
from dashboard.url.link_errors import sentence

_ERRORS, _ERRORS_AT, _PLACE, _VERSION = "link_errors", "link_errors_at", "link_place", "link_version"
Value = TypeVar("Value")


def start(key: str, param: str, default: Value, parse: Callable[[str], Value]) -> Value:
    """The initial value of a widget: its current value, the link's, or the default.

    Pass it to the widget when drawing it. If a widget is set after it is drawn, the browser may report its first value before the new one.

    Args:
        key: key of the widget.
        param: name of its parameter in the address.
        default: the value if there is no other.
        parse: converts the link's text to an allowed value; raises ValueError.
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
    """Put a value into the address, unless it is the default; returns it."""
    address_bar.put(param, None if value == default else text_of(value))
    return value


def wrong(param: str, error: ValueError) -> None:
    """Report an invalid value of the link, and remove it from the address."""
    report(sentence(param, address_bar.now().get(param, ""), error))
    address_bar.put(param, None)


def report(error: str) -> None:
    """Store a sentence about an error in the link; `warn` shows it."""
    st.session_state.setdefault(_ERRORS, []).append(error)
    st.session_state.pop(_ERRORS_AT, None)


def number(text: str) -> float:
    """The number in a link's text.

    Raises:
        ValueError: the text is not a number.
    """
    try:
        return float(text)
    except ValueError:
        raise ValueError("this is not a number.") from None


def key_of(name: str) -> str:
    """The current key of a widget. It changes when a link, an example or Undo sets the controls, so that a new widget with the new value
    replaces the old one."""
    version = st.session_state.get(_VERSION, 0), address_bar.opened()
    return f"{name}.{version[0]}.{version[1]}" if any(version) else name


def open_with(params: Mapping[str, str], names: Iterable[str]) -> None:
    """Set the controls. Call this before they are drawn.

    Args:
        params: values in the address; the other controls take their defaults.
        names: names of all controls in the address.
    """
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    address_bar.replace(params, names)


def place_warnings() -> None:
    """Reserve the place for the warnings of `warn`."""
    st.session_state[_PLACE] = st.empty()


def warn() -> None:
    """Show the sentences stored by `report`, until the address changes. Call this after the page is drawn."""
    state, address = st.session_state, address_bar.deliberate(address_bar.now())
    if state.setdefault(_ERRORS_AT, address) != address:
        state[_ERRORS] = []
    place, errors = state.pop(_PLACE, None), state.get(_ERRORS)
    if errors:
        with (place or st.empty()).container():
            for error in errors:
                st.warning(error, icon=":material/link_off:")
