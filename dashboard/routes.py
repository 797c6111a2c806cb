"""Where the routes are that the app adds to Streamlit's."""

from __future__ import annotations

import streamlit as st

PREVIEWS = "previews"


def base_path() -> str:
    """The path that the whole app is served under (`server.baseUrlPath`), such as `/lab`; empty at the top of a host."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def previews_url() -> str:
    """The address of the previews, as a page of this app may use it."""
    # At the top every page lies beside them, also where a proxy takes a prefix away.
    base = base_path()
    return f"{base}/{PREVIEWS}" if base else PREVIEWS
