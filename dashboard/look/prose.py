"""Captions in which each glossary term opens its definition (see `dashboard.texts.prose`)."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.look.charts import theme
from dashboard.texts.glossary import TERMS, terms_in
from dashboard.texts.prose import html, term

_CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def style() -> None:
    """Add the styles of captions to the page."""
    colours = theme()
    st.html(
        f"<style>:root{{--prose-paper:{colours.paper};--prose-ink:{colours.ink};--prose-line:{colours.faint}}}{_CSS}</style>"
    )


def caption(text: str, key: str) -> None:
    """Draw a caption.

    Args:
        text: see `dashboard.texts.prose`; it must not contain text from outside, such as from a link.
        key: unique on the page.
    """
    st.html(f'<p class="prose">{html(text, key)}</p>')


def words(text: str, key: str) -> None:
    """Draw the glossary terms in a text, each with its definition; nothing if there are none."""
    found = terms_in(text)
    if found:
        buttons = " ".join(term(name, TERMS[name].name, f"{key}-{name}") for name in found)
        st.html(f'<p class="prose words">Terms: {buttons}</p>')
