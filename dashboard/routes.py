"""Paths of the routes that the app adds to Streamlit's."""

from __future__ import annotations

import streamlit as st

PREVIEWS = "previews"
HEALTH = "healthz"


def base_path() -> str:
    """The path under which the app is served (`server.baseUrlPath`), such as `/lab`; empty at the root of a host."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def previews_url() -> str:
    """The URL of the previews for a page of this app."""
    # At the root the URL stays relative, which also works behind a proxy that strips a prefix.
    base = base_path()
    return f"{base}/{PREVIEWS}" if base else PREVIEWS
