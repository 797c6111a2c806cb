"""The runs that the page shows: the address bar holds their ids, and the service knows which of them this browser has begun.

A browser tells its address with every message, and one sent just before a run began, or was put away, does not know of it. What was
decided here counts until the page is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import streamlit as st

from dashboard import visitor
from dashboard.cache import jobs

PARAM = "job"
# A run that nobody looks at ends soon; a page that does not show it looks this often.
RENEWAL_SECONDS = 3.0
_STALE_AND_TRUE, _SHOWN = "begun", "runs_shown"


def ids() -> list[str]:
    """The ids of the runs that are to be shown; an address that is a moment behind is put right."""
    told = st.query_params.get(PARAM, "")
    stale, true = st.session_state.get(_STALE_AND_TRUE, (None, ""))
    if told == stale:
        told = true
        _write(told)
    st.session_state[_SHOWN] = told
    return _split(told)


def show(job_ids: Iterable[str]) -> None:
    """From now on these are shown, or none."""
    told, now = st.query_params.get(PARAM, ""), ",".join(job_ids)
    # Noted first: a message that arrives now may end this pass as soon as it speaks to the browser.
    st.session_state[_SHOWN] = now
    st.session_state[_STALE_AND_TRUE] = (None if now == told else told, now)
    _write(now)


def is_own(job_id: str) -> bool:
    """Whether this browser has begun the run, and so may stop it.

    A link that is shared while a run goes on brings its id to others, who shall not end it.
    """
    return jobs().is_owner(job_id, visitor.key())


def own() -> list[str]:
    """The ids of the runs that this browser has begun and shows on their page."""
    return [job_id for job_id in _split(st.session_state.get(_SHOWN, "")) if is_own(job_id)]


@st.fragment(run_every=RENEWAL_SECONDS)
def keep_going(job_ids: Collection[str]) -> None:
    """On a page that does not show these runs, they go on all the same; to be called once the page is drawn."""
    for job_id in job_ids:
        jobs().look(job_id)


def believe_address() -> None:
    """A page that is opened shows what its link says."""
    st.session_state.pop(_STALE_AND_TRUE, None)


def _split(job_ids: str) -> list[str]:
    return [job_id for job_id in job_ids.split(",") if job_id]


def _write(job_ids: str) -> None:
    if job_ids:
        st.query_params[PARAM] = job_ids
    else:
        st.query_params.pop(PARAM, None)
