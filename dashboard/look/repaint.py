"""Rerun the page when the viewer changes the theme, since charts keep the colours they were drawn with."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.look.charts import theme

_component = st.components.v2.component(
    "theme_watch", html="<i hidden></i>", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def watch_theme() -> None:
    """Watch the theme. Call this last on a page, where the component takes no room."""
    _component(key="theme", data={"paper": theme().paper}, on_paper_change=_nothing)


def _nothing() -> None:
    """A new theme only needs the rerun that it starts."""
