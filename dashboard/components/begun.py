"""The runs that the page shows: the address bar holds their ids.

A browser tells its address with every message, and one sent just before a run began, or was put away, does not know of it. What was
decided here counts until the page is left.
"""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

PARAM = "job"
_STALE_AND_TRUE = "begun"


def ids() -> list[str]:
    """The ids of the runs that are to be shown; an address that is a moment behind is put right."""
    told = st.query_params.get(PARAM, "")
    stale, true = st.session_state.get(_STALE_AND_TRUE, (None, ""))
    if told == stale:
        told = true
        _write(told)
    return [job_id for job_id in told.split(",") if job_id]


def show(job_ids: Iterable[str]) -> None:
    """From now on these are shown, or none."""
    told = st.query_params.get(PARAM, "")
    now = ",".join(job_ids)
    # Noted first: a message that arrives now may end this pass as soon as it speaks to the browser.
    st.session_state[_STALE_AND_TRUE] = (None if now == told else told, now)
    _write(now)


def believe_address() -> None:
    """A page that is opened shows what its link says."""
    st.session_state.pop(_STALE_AND_TRUE, None)


def _write(job_ids: str) -> None:
    if job_ids:
        st.query_params[PARAM] = job_ids
    else:
        st.query_params.pop(PARAM, None)
