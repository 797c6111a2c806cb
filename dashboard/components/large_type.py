"""Large type, for a projector: one switch for all pages, their charts and the player. The address keeps it."""

from __future__ import annotations

import streamlit as st

from dashboard.components import address_bar

# How much larger everything is.
SCALE = 1.5


def is_large() -> bool:
    """Whether the page is shown in large type."""
    return address_bar.now().get(address_bar.LARGE) == "1"


def scale() -> float:
    """The size of type and charts, as a multiple of the usual one."""
    return SCALE if is_large() else 1.0


def large_type() -> None:
    """The switch, in the page's top bar, and the size of everything that Streamlit draws; nearly all of it is given in rem."""
    large = is_large()
    st.html(f"<style>:root {{ font-size: {scale():.0%}; }}</style>")
    with st.container(key="type", width="content"):
        st.button(
            "Normal type" if large else "Large type",
            key="large",
            icon=":material/format_size:",
            type="tertiary",
            help="Scales text, controls and charts on every page, for a projector.",
            on_click=address_bar.put,
            args=(address_bar.LARGE, None if large else "1"),
        )
