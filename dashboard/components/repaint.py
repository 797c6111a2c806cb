"""Charts have the colours of the theme that they were made in: when a viewer chooses another, the page is drawn again."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.components.pictures import theme

_component = st.components.v2.component(
    "theme_watch", html="<i hidden></i>", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def watch_theme() -> None:
    """Listens for another theme; below all that a page shows, where it takes no room from it."""
    _component(key="theme", data={"paper": theme().paper}, on_paper_change=_nothing)


def _nothing() -> None:
    """Another theme needs no more than the rerun that it starts."""
