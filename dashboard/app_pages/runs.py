"""The Runs page: all saved runs of this browser, with filters and actions."""

from __future__ import annotations

import streamlit as st

from core.store.errors import StoreError
from core.store.records import StoredRun
from core.store.studies import studies_of_runs
from dashboard import cache, visitor
from dashboard.pins import pins
from dashboard.run_list import filters
from dashboard.run_list.actions import actions, notices
from dashboard.run_list.rows import EXPLORE, rows
from dashboard.run_list.views import views
from dashboard.runs import saved
from dashboard.texts import runs as texts
from dashboard.texts.quoting import plain
from dashboard.url import link

# Seconds between updates of runs that are training.
POLL_SECONDS = 2.0


def listed(by: filters.Order) -> list[StoredRun] | None:
    """All runs that this browser may see; None if the store cannot be read, which a sentence on the page then reports."""
    try:
        return cache.run_store()().runs(filters.query(visitor.key(), by))
    except StoreError as error:
        st.warning(plain(error, 1000), icon=":material/save:")
        return None


def studies() -> dict[str, str]:
    """Map the id of each run in a study to the name of the study."""
    try:
        return studies_of_runs(cache.run_store()())
    except StoreError:
        return {}


def empty() -> None:
    """Draw what the page shows if there are no runs."""
    st.info(texts.EMPTY, icon=":material/history:")
    st.page_link(EXPLORE, label="Go to Explore", icon=":material/explore:")


@st.fragment(run_every=POLL_SECONDS)
def await_ends(run_ids: list[str]) -> None:
    """Rerun the page when one of these runs has ended."""
    found = [saved.find(run_id) for run_id in run_ids]
    if any(run is None or run.result.status != "training" for run in found):
        st.rerun()


st.title("Runs", anchor=False)
views("runs", len(pins.names()))
st.markdown(texts.ABOUT_PAGE)
link.place_warnings()
notices()
choices = st.container(horizontal=True, gap="small", key="run-filters")
with choices:
    order = filters.order()
found = listed(order)
if found == []:
    empty()
elif found:
    of_studies = studies()
    with choices:
        kept = filters.selected(found, of_studies)
    bar = st.container()
    st.caption(texts.count(len(kept), len(found)))
    if not kept:
        st.info(texts.NO_MATCH, icon=":material/filter_alt:")
        st.button("Show all runs", key="clear_filters", on_click=filters.clear)
    picked = rows(kept, order.column, of_studies)
    with bar:
        actions(picked)
    if training := [run.id for run in found if run.result.status == "training"]:
        await_ends(training)
