"""The training panel: charts over the seconds of a run, and its cost."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from core.jobs.view import EssPoint, JobView
from dashboard.figures.course import course
from dashboard.figures.palette import Theme
from dashboard.runs.progress import counted, effort
from dashboard.texts import explore as texts


def training(view: JobView, theme: Theme, colour: str, *, key: str) -> None:
    """Draw the loss and the effective sample size over the seconds of a run; for a sampler, the fraction of accepted proposals and its own
    numbers.

    Args:
        view: the run.
        theme: light or dark.
        colour: colour of the lines.
        key: suffix of the charts' keys, unique on the page.
    """
    if view.request.kind != "train":
        _sampler(view, theme, colour, key)
    else:
        _charts(view, theme, colour, key)
    st.caption(spent(view))


def _sampler(view: JobView, theme: Theme, colour: str, key: str) -> None:
    if len(view.curve) > 1:
        name = "accepted proposals"
        chart = course(view.curve, name, colour, theme, height=200)
        st.altair_chart(chart, key=f"acceptance-{key}", alt=f"{name} over seconds")
    rows = {
        title: _number(view.facts[name]) for name, title in texts.SAMPLER_FACTS.items() if _known(view, name)
    }
    if rows:
        st.table(pd.Series(rows, name="").to_frame(), border="horizontal")
    st.caption(texts.uses(view.facts.get("uses") or ()))


def _known(view: JobView, name: str) -> bool:
    return isinstance(view.facts.get(name), int | float)


def _number(value: float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return counted(value) if value >= 100 or value == int(value) else f"{value:.2g}"


def _charts(view: JobView, theme: Theme, colour: str, key: str) -> None:
    chart = course(view.curve, "loss", colour, theme, log=True, seconds=view.seconds)
    st.altair_chart(chart, key=f"loss-{key}", alt="Loss over seconds, on a log axis")
    shares = [(point.seconds, point.fraction) for point in view.ess]
    title = ess_title(view.ess)
    chart = course(shares, "ESS", colour, theme, title=title, seconds=view.seconds)
    st.altair_chart(chart, key=f"ess-{key}", alt=f"{title}, over seconds, from 0 to 1")


def ess_title(points: tuple[EssPoint, ...]) -> str:
    """The title of the chart, with the number of samples n; n is smaller during the run than at its end."""
    if not any(math.isfinite(point.fraction) for point in points):
        return "ESS: unknown so far"
    numbers = list(dict.fromkeys(point.num_samples for point in points))
    ended = f" ({numbers[-1]} at the end)" if len(numbers) > 1 else ""
    return f"ESS, as a fraction of {numbers[0]} samples{ended}"


def spent(view: JobView) -> str:
    """The caption below the charts."""
    return texts.spent(view.facts.get("start") or "", effort(view), view.request.kind == "train")
