"""The Studies page: make a study, watch it run, and see where each curve works. The paper's figures are studies, too."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core import sweep
from core.store.errors import StoreError
from core.store.studies import StoredStudy
from dashboard import cache
from dashboard.studies import making, running
from dashboard.studies.choosing import chosen, keep_own
from dashboard.studies.maps import errors, maps, turn
from dashboard.studies.paper_figures import paper_figures
from dashboard.studies.table import table
from dashboard.texts import studies as texts
from dashboard.texts.quoting import plain
from dashboard.url import link


def saved() -> list[StoredStudy] | None:
    """All studies in the store; None if it cannot be read, which a sentence on the page then reports."""
    try:
        return sweep.studies(cache.run_store()())
    except StoreError as error:
        st.warning(plain(error, 1000), icon=":material/save:")
        return None


def line(study: StoredStudy) -> str:
    """A study's name and date."""
    when = datetime.fromisoformat(study.created)
    return f"{study.name} · {when.day} {when:%b %Y, %H:%M} UTC"


def show(study: StoredStudy) -> None:
    """Draw one study: its progress, its maps and its runs."""
    try:
        rows = sweep.table(cache.run_store()(), study.name)
    except ValueError as error:
        st.warning(plain(error, 1000), icon=":material/error:")
        return
    running.state(study, rows)
    maps(study.name, rows)
    errors(rows)
    table(rows)


turn()
keep_own(("study", "axes", "grid_", "quantity"))
st.title("Studies", anchor=False)
st.markdown(texts.ABOUT_PAGE)
link.place_warnings()
making.notice()
found = saved()
if found is not None:
    lines = {study.name: line(study) for study in found}
    with st.expander(texts.NEW, expanded=not found, icon=":material/add:"):
        making.make(list(lines))
    if lines:
        name = chosen(lines)
        show(next(study for study in found if study.name == name))
    else:
        st.info(texts.EMPTY, icon=":material/grid_view:")
    st.header(texts.PAPER, anchor=False)
    paper_figures(lines)
