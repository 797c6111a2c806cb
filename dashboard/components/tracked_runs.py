"""The runs that the page shows: the address holds their ids, and the service knows which of them this browser has begun."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import streamlit as st

from dashboard import visitor
from dashboard.cache import jobs
from dashboard.components import address_bar

PARAM = "job"
# A run that nobody looks at ends soon; a page that does not show it looks this often.
RENEWAL_SECONDS = 3.0
_SHOWN = "runs_shown"


def ids() -> list[str]:
    """The ids of the runs that are to be shown."""
    shown = _split(address_bar.now().get(PARAM, ""))
    # Those of an address that Back has left stay among them, and go on.
    st.session_state[_SHOWN] = list(dict.fromkeys([*st.session_state.get(_SHOWN, ()), *shown]))
    return shown


def show(job_ids: Iterable[str]) -> None:
    """From now on these are shown, or none."""
    shown = list(job_ids)
    st.session_state[_SHOWN] = shown
    address_bar.put(PARAM, ",".join(shown) or None)


def is_own(job_id: str) -> bool:
    """Whether this browser has begun the run, and so may stop it.

    A link that is shared while a run goes on brings its id to others, who shall not end it.
    """
    return jobs().is_owner(job_id, visitor.key())


def own() -> list[str]:
    """The ids of the runs that this browser has begun and shows on their page, or showed before it went back."""
    return [job_id for job_id in st.session_state.get(_SHOWN, ()) if is_own(job_id)]


@st.fragment(run_every=RENEWAL_SECONDS)
def keep_going(job_ids: Collection[str]) -> None:
    """On a page that does not show these runs, they go on all the same; to be called once the page is drawn."""
    for job_id in job_ids:
        jobs().look(job_id)


def _split(job_ids: str) -> list[str]:
    return [job_id for job_id in job_ids.split(",") if job_id]
