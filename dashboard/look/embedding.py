"""Embedding: with `?embed=true`, a page of another site can show the lab in a frame, without navigation and titles."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_STYLE = Path(__file__).with_name("embedded.css")
# A frame of this size shows the player and the main controls without scrolling, in pixels.
FRAME = (1280, 720)


def is_embedded() -> bool:
    """Whether the page is in a frame. Streamlit hides the parameter `embed` from `st.query_params`."""
    return bool(st.context.is_embedded)


def fit() -> None:
    """Fit an embedded page into its frame. Call this before the page is drawn."""
    if is_embedded():
        st.html(_STYLE)
