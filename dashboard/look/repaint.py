"""Rerun the page when the viewer changes the theme, since charts keep the colours they were drawn with."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.look.charts import theme

_component = st.components.v2.component(
    "theme_watch", html="<i hidden></i>", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def watch_theme() -> None:
    """Watch the theme. Call this at the end of a page, where the empty component does not shift anything."""
    _component(key="theme", data={"paper": theme().paper}, on_paper_change=_nothing)


def _nothing() -> None:
    """Do nothing: the rerun itself draws the charts in the new theme."""
