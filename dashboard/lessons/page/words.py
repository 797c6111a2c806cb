"""Texts of a step with their live numbers filled in."""

from __future__ import annotations

import math
from collections.abc import Callable

from dashboard.lessons.numbers import Query, resolved
from dashboard.lessons.values import value_of
from dashboard.lessons.view import View
from dashboard.state import Selection
from dashboard.texts import lessons as texts
from dashboard.url.address import all_params_of

Fill = Callable[[str], str]


def view_of_selection(selection: Selection, t: float) -> View:
    """The viewer's settings as a view."""
    params = tuple(sorted(all_params_of(selection.problem, selection.method).items()))
    return View(params, selection.method, selection.problem, t)


def filling(view: View, now: View) -> Fill:
    """Return a function that replaces the live numbers in a text by their values.

    Args:
        view: the view of the step.
        now: the viewer's settings, for numbers that follow them.
    """
    return lambda text: resolved(text, lambda query: written(query, view, now))


def written(query: Query, view: View, now: View) -> str:
    """A live number as text; `unknown` if it has no value. For the views see `filling`."""
    try:
        value = query.value(view, value_of, now)
    except ValueError:
        return texts.UNKNOWN
    return query.write(value) if math.isfinite(value) else texts.UNKNOWN
