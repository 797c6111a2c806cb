"""Which study the page shows: its name is in the address."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from dashboard.texts import studies as texts
from dashboard.url import address_bar, link

PARAM = "study"


def keep_own(names: Collection[str]) -> None:
    """Remove parameters of other pages from the address. Some are left over when the viewer opens a run and returns with Back.

    Args:
        names: prefixes of the names of this page's parameters.
    """
    for name in list(address_bar.now()):
        if name not in address_bar.PASSING and not name.startswith(tuple(names)):
            address_bar.put(name, None)


def choose(name: str) -> None:
    """Show a study from now on. Call this in a callback."""
    link.open_with({PARAM: name}, [PARAM])


def chosen(studies: Mapping[str, str]) -> str:
    """Draw the list of studies and return the chosen one.

    Args:
        studies: a line of text about each study by its name, the newest first; at least one.
    """
    names = list(studies)

    def parse(text: str) -> str:
        if text not in studies:
            raise ValueError(texts.GONE)
        return text

    key = link.key_of("study")
    # The selected study may have been deleted, so that it is no longer an option.
    if st.session_state.get(key, names[0]) not in studies:
        del st.session_state[key]
    value = link.start(key, PARAM, names[0], parse)
    value = st.selectbox(
        "Study",
        names,
        names.index(value),
        format_func=studies.__getitem__,
        key=key,
        label_visibility="collapsed",
    )
    return link.keep(PARAM, value, "")
