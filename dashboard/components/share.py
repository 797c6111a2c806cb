"""A link to this view, with the controls that a lesson needs."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dashboard.components import address_bar, pins
from dashboard.components.visible_controls import GROUPS, NONE, PARAM, SETTINGS, shown


def share() -> None:
    """The popover: which controls stay visible, and the link."""
    with st.popover("Share", icon=":material/link:"):
        kept = st.pills(
            "Controls that the link shows",
            list(GROUPS),
            default=[name for name in GROUPS if name in shown()],
            selection_mode="multi",
            format_func=GROUPS.__getitem__,
            key="share_controls",
            help="Leave out what a lesson does not need; hidden controls keep the values they have now.",
        )
        st.code(address(kept), language=None, wrap_lines=True)
        st.caption(
            "Opens this view in any browser that reaches this server. A run of your own is part of it for as long as the server keeps the run."
        )


def address(kept: list[str]) -> str:
    """The link to this view.

    Args:
        kept: the groups of controls that it shows.
    """
    params = {name: value for name, value in address_bar.now().items() if name not in (PARAM, pins.PARAM)}
    if set(kept) != set(GROUPS):
        # A single setting that was shown until now stays shown.
        single = [name for name in SETTINGS if name in shown()] if "settings" not in shown() else []
        params[PARAM] = ",".join((*kept, *single)) or NONE
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(params)}" if params else base
