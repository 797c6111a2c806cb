"""Widgets that check their limits and keep their values in the address.

Each function takes the name of the widget's parameter in the address (`param`). A `key` is needed if this parameter has a different widget
for each target.
A widget that the link hides, or whose expander is closed, is not drawn; its value comes from the address, or is the default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from core import checks
from core.checks import Option
from dashboard.controls.dragged import dragged_to
from dashboard.controls.preview_terms import note
from dashboard.controls.visible_controls import is_drawn
from dashboard.url.link import keep, key_of, start
from dashboard.url.link import number as number_of

Whole = TypeVar("Whole", int, int | None)
Real = TypeVar("Real", float, float | None)


def slider(
    label: str,
    param: str,
    limits: tuple[float, float],
    default: float,
    *,
    step: float = 0.1,
    key: str = "",
    help: str | None = None,
) -> float:
    """A slider for real numbers. During a drag, it returns the dragged value if the page watches its sliders (see `dragged.watch`)."""

    def parse(text: str) -> float:
        given = checks.number(param, number_of(text), *limits)
        # Links may contain values between two steps, except on sliders over whole numbers.
        return float(round(given)) if step == 1 else given

    key = key_of(key or param)
    value = start(key, param, default, parse)
    if not is_drawn(param):
        return keep(param, value, default)
    decimals = 2 if round(step, 1) != step else 1 if round(step) != step else 0
    value = st.slider(label, *limits, value, step, key=key, help=help, format=f"%.{decimals}f")
    note(key, param)
    moved = dragged_to(key, value, limits, step)
    return keep(param, value, default) if moved is None else moved


def integer(
    label: str,
    param: str,
    limits: tuple[int, int],
    default: Whole,
    *,
    step: int = 1,
    key: str = "",
    check: Callable[[float], int] | None = None,
    **more: Any,
) -> Whole:
    """A field for a whole number; empty is allowed if the default is None. `check` validates the link's value."""
    key = key_of(key or param)
    check = check or (lambda value: checks.integer(param, value, *limits))
    value = start(key, param, default, lambda text: check(number_of(text)))
    if not is_drawn(param):
        return keep(param, value, default)
    value = st.number_input(label, *limits, value, step, key=key, **more)
    return keep(param, value, default)


def number(
    label: str,
    param: str,
    limits: tuple[float, float],
    default: Real,
    *,
    step: float,
    **more: Any,
) -> Real:
    """A field for a real number; empty is allowed if the default is None."""
    key = key_of(param)
    value = start(key, param, default, lambda text: checks.number(param, number_of(text), *limits))
    if not is_drawn(param):
        return keep(param, value, default)
    value = st.number_input(label, *limits, value, step, format="%g", key=key, **more)
    return keep(param, value, default)


def choice(label: str, param: str, options: Mapping[Option, str], default: Option, **more: Any) -> Option:
    """A select box. `options` maps names to the titles that the box shows; returns the chosen name."""
    key = key_of(param)
    value = start(key, param, default, lambda text: checks.choice(param, text, options))
    if not is_drawn(param):
        return keep(param, value, default)
    names = list(options)
    value = st.selectbox(label, names, names.index(value), format_func=options.__getitem__, key=key, **more)
    return keep(param, value, default)


def segments(label: str, param: str, options: Mapping[Option, str], default: Option, **more: Any) -> Option:
    """A choice with all options visible. `options` maps names to the titles that it shows; returns the chosen name."""
    key = key_of(param)
    value = start(key, param, default, lambda text: checks.choice(param, text, options))
    if not is_drawn(param):
        return keep(param, value, default)
    chosen = st.segmented_control(
        label,
        list(options),
        default=value,
        required=True,
        format_func=options.__getitem__,
        key=key,
        **more,
    )
    return keep(param, chosen or default, default)


def text(label: str, param: str, default: str, *, key: str, area: bool = False, **more: Any) -> str:
    """A text field: one line, or several lines if `area` is set."""
    key = key_of(key)
    value = start(key, param, default, str)
    if not is_drawn(param):
        return keep(param, value, default)
    value = (st.text_area if area else st.text_input)(label, value, key=key, **more)
    return keep(param, value, default)
