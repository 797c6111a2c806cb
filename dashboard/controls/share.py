"""The Share popover: a link to this view with the controls that a lesson needs."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from urllib.parse import urlencode

import streamlit as st

from core.targets.registry import TARGETS
from dashboard.controls.names import GROUPS, NONE, PARAM, SETTINGS
from dashboard.controls.visible_controls import shown
from dashboard.texts import explore as texts
from dashboard.texts import handouts as handout_texts
from dashboard.texts import targets as target_texts
from dashboard.url import address_bar


def share(download: Callable[[list[str]], None] | None = None) -> None:
    """Draw the popover: the choice of the controls that the link shows, the link, the HTML of a frame for slides, and the download.

    Args:
        download: draws the download of a web page with the chosen controls; None without one.
    """
    with st.popover("Share", icon=":material/link:"):
        if _is_local():
            st.caption(target_texts.LOCAL)
            return
        kept = st.pills(
            "Controls that the link shows",
            list(GROUPS),
            default=[name for name in GROUPS if name in shown()],
            selection_mode="multi",
            format_func=GROUPS.__getitem__,
            key="share_controls",
            help=texts.SHARE_CONTROLS,
        )
        st.code(address(kept), language=None, wrap_lines=True)
        st.caption(texts.SHARE_LINK)
        st.code(frame(address(kept)), language="html", wrap_lines=True)
        st.caption(handout_texts.EMBED)
        if download is not None:
            download(kept)


def _is_local() -> bool:
    """Whether the target is a Python function that the server's owner has loaded. No link can open it elsewhere."""
    entry = TARGETS.get(address_bar.now().get("target", ""))
    return entry is not None and entry.is_local


def frame(url: str) -> str:
    """The HTML of a frame that shows the view of a link in another page."""
    embedded = f"{url}{'&' if '?' in url else '?'}embed=true"
    return f'<iframe src="{escape(embedded)}" width="1280" height="720" title="Boltzmann Curve Lab"></iframe>'


def address(kept: list[str]) -> str:
    """The link to this view.

    Args:
        kept: the groups of controls that the link shows.
    """
    params = {
        name: value for name, value in address_bar.now().items() if name not in (PARAM, address_bar.PINS)
    }
    if set(kept) != set(GROUPS):
        # If the current link shows single settings, the new one shows them too.
        single = [name for name in SETTINGS if name in shown()] if "settings" not in shown() else []
        params[PARAM] = ",".join((*kept, *single)) or NONE
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(params)}" if params else base
