"""Large type for a projector: one switch for all pages, charts and the player, kept in the address."""

from __future__ import annotations

import streamlit as st

from dashboard.texts import shared as texts
from dashboard.url import address_bar

# Scale of type and charts in large type.
SCALE = 1.5


def is_large() -> bool:
    """Whether large type is on."""
    return address_bar.now().get(address_bar.LARGE) == "1"


def scale() -> float:
    """Scale of type and charts; 1 is normal."""
    return SCALE if is_large() else 1.0


def large_type() -> None:
    """Draw the switch in the top bar, and scale the root font size, on which nearly all of Streamlit's sizes (rem) depend."""
    large = is_large()
    st.html(f"<style>:root {{ font-size: {scale():.0%}; }}</style>")
    with st.container(key="type", width="content"):
        st.button(
            "Normal type" if large else "Large type",
            key="large",
            icon=":material/format_size:",
            type="tertiary",
            help=texts.LARGE_TYPE,
            on_click=address_bar.put,
            args=(address_bar.LARGE, None if large else "1"),
        )
