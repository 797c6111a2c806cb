"""The help menu in the top bar of every page: the tour, the keys, and the glossary."""

from __future__ import annotations

import streamlit as st

from dashboard.look import tour
from dashboard.texts import tour as texts
from dashboard.texts.glossary import listed


def help_menu(has_tour: bool) -> None:
    """Draw the menu.

    Args:
        has_tour: whether this page has the tour.
    """
    with (
        st.container(key="help", width="content"),
        # The key changes when the tour starts. Streamlit then draws a new menu, which is closed.
        st.popover(
            texts.HELP,
            icon=":material/help:",
            type="tertiary",
            key=f"help-menu-{tour.starts()}",
            on_change="ignore",
        ),
    ):
        if has_tour:
            st.button(texts.TAKE, key="tour_start", icon=":material/tour:", on_click=tour.start)
        st.markdown(f"{texts.LESSONS}\n\n{texts.KEYS}\n\n**{texts.TERMS}**\n\n{listed()}")
