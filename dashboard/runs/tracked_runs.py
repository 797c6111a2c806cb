"""The runs of a page: the address holds their ids, and the job service holds their owners."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import streamlit as st

from dashboard import visitor
from dashboard.cache import jobs
from dashboard.url import address_bar

PARAM = "job"
# A run that no page looks at ends soon. While the browser shows one page, the runs of its other pages are renewed at this interval, in
# seconds.
RENEWAL_SECONDS = 3.0
_SHOWN = "runs_shown"


def ids() -> list[str]:
    """The ids of the runs that the page shows."""
    shown = _split(address_bar.now().get(PARAM, ""))
    # Runs that Back has removed from the address stay tracked and continue.
    tracked = _tracked()
    tracked[address_bar.page()] = list(dict.fromkeys([*tracked.get(address_bar.page(), ()), *shown]))
    return shown


def show(job_ids: Iterable[str]) -> None:
    """Show these runs from now on."""
    shown = list(job_ids)
    _tracked()[address_bar.page()] = shown
    address_bar.put(PARAM, ",".join(shown) or None)


def is_own(job_id: str) -> bool:
    """Whether this browser started the run and may therefore stop it.

    A shared link gives others the id of a running job; they can watch it but not stop it.
    """
    return jobs().is_owner(job_id, visitor.key())


def own(page: str) -> list[str]:
    """The ids of this browser's tracked runs on a page, including those that Back has removed from the address."""
    return [job_id for job_id in _tracked().get(page, ()) if is_own(job_id)]


def _tracked() -> dict[str, list[str]]:
    """The ids of the tracked runs by page."""
    found: dict[str, list[str]] = st.session_state.setdefault(_SHOWN, {})
    return found


@st.fragment(run_every=RENEWAL_SECONDS)
def keep_going(job_ids: Collection[str]) -> None:
    """Renew runs that this page does not show, so that they continue. Call this after the page is drawn."""
    for job_id in job_ids:
        jobs().look(job_id)


def _split(job_ids: str) -> list[str]:
    return [job_id for job_id in job_ids.split(",") if job_id]
