"""Widgets that know their limits and keep their value in the address bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import checks
from dashboard.components.link import hold, keep


def slider(
    label: str, param: str, low: float, high: float, default: float, *, step: float = 0.1, help: str = ""
) -> float:
    """A slider of real numbers."""
    hold(param, default, _number, lambda v: checks.number(param, v, low, high), param)
    # Two decimals only where the steps need them.
    text = "%.2f" if round(step, 1) != step else "%.1f" if round(step) != step else "%.0f"
    st.slider(label, low, high, step=step, key=param, help=help or None, format=text)
    return keep(param, default, param)


def integer(
    label: str, param: str, low: int, high: int, default: int, *, step: int = 1, help: str = "", key: str = ""
) -> int:
    """A field for a whole number."""
    key = key or param
    hold(key, default, _number, lambda v: checks.integer(param, v, low, high), param)
    st.number_input(label, low, high, step=step, key=key, help=help or None)
    return keep(key, default, param)


def choice(label: str, param: str, options: Mapping[str, str], default: str, **more: Any) -> str:
    """A select over names, shown by their titles."""
    hold(param, default, str, lambda v: checks.choice(param, v, options), param)
    st.selectbox(label, list(options), format_func=options.__getitem__, key=param, **more)
    return keep(param, default, param)


def segments(label: str, param: str, options: Mapping[str, str], default: str, **more: Any) -> str:
    """The same, with all options in view."""
    hold(param, default, str, lambda v: checks.choice(param, v, options), param)
    st.segmented_control(
        label, list(options), required=True, format_func=options.__getitem__, key=param, **more
    )
    return keep(param, default, param)


def text(label: str, param: str, default: str, *, area: bool = False, key: str = "", **more: Any) -> str:
    """A line or an area of text."""
    key = key or param
    hold(key, default, str, str, param)
    (st.text_area if area else st.text_input)(label, key=key, **more)
    return keep(key, default, param)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number.") from None
