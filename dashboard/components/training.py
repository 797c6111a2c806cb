"""The training panel: how the run went over its seconds, and what it has spent."""

from __future__ import annotations

import math

import streamlit as st

from core.jobs.view import EssPoint, JobView
from dashboard.components.progress import effort
from dashboard.figures.course import course
from dashboard.figures.palette import Theme


def training(view: JobView, theme: Theme, colour: str, *, key: str) -> None:
    """Loss and effective samples over seconds; of chains, the share of proposals that they accept.

    Args:
        view: the run.
        theme: light or dark.
        colour: of the lines.
        key: tells the charts of one run from those of another on the page.
    """
    if "acceptance" in view.facts:
        name = "share of proposals accepted"
        chart = course(view.curve, name, colour, theme, height=200)
        st.altair_chart(chart, key=f"acceptance-{key}", alt=f"{name} over seconds")
    else:
        _charts(view, theme, colour, key)
    st.caption(spent(view))


def _charts(view: JobView, theme: Theme, colour: str, key: str) -> None:
    chart = course(view.curve, "loss", colour, theme, log=True, seconds=view.seconds)
    st.altair_chart(chart, key=f"loss-{key}", alt="Loss over seconds, on a log axis")
    shares = [(point.seconds, point.share) for point in view.ess]
    title = ess_title(view.ess)
    chart = course(shares, "ESS", colour, theme, title=title, seconds=view.seconds)
    st.altair_chart(chart, key=f"ess-{key}", alt=f"{title}, over seconds, from 0 to 1")


def ess_title(points: tuple[EssPoint, ...]) -> str:
    """What the share is a share of: fewer samples while the run goes on than at its end."""
    if not any(math.isfinite(point.share) for point in points):
        return "Effective samples: not known so far"
    numbers = list(dict.fromkeys(point.num_samples for point in points))
    ended = f", at the end of {numbers[-1]}" if len(numbers) > 1 else ""
    return f"Effective samples, a share of {numbers[0]}{ended}"


def spent(view: JobView) -> str:
    """The caption: what a point of the loss is, what the run started from, and what it has cost so far."""
    about = "" if "acceptance" in view.facts else "Each loss is the mean over a quarter of a second."
    start, cost = view.facts.get("start"), effort(view)
    begun = f"Training began from {start}." if start else ""
    return " ".join(part for part in (about, begun, f"Spent: {cost}." if cost else "") if part)
