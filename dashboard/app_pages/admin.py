"""The operator's page: the queue, the workers and the memory of this server."""

from __future__ import annotations

import os

import streamlit as st

from core.jobs.condition import Condition
from core.jobs.watchdog import resident_memory
from dashboard import admin, cache
from dashboard.texts import admin as texts

# Seconds between two updates.
UPDATE_SECONDS = 1.0


def enter() -> bool:
    """Ask for the token; returns whether the viewer has entered it in this session."""
    if st.session_state.get("is_operator"):
        return True
    with st.form("token", width=400):
        given = st.text_input(texts.TOKEN, type="password", help=texts.TOKEN_HELP)
        if not st.form_submit_button("Open"):
            return False
    if not admin.is_token(given):
        st.error(texts.WRONG_TOKEN)
        return False
    st.session_state["is_operator"] = True
    st.rerun()


@st.fragment(run_every=UPDATE_SECONDS)
def watch() -> None:
    """Draw the condition of the server, and update it every second."""
    condition = cache.jobs().condition()
    for error in filter(None, (condition.error, condition.storage_error)):
        st.warning(error, icon=":material/warning:")
    figures(condition)
    workers(condition)
    st.caption(texts.idle(condition.idle_pid))


def figures(condition: Condition) -> None:
    """Draw the most important numbers in large type."""
    columns = st.columns(5)
    last = condition.waiting[-1] if condition.waiting else 0.0
    for column, label, value in zip(
        columns,
        ("Workers training", "Waiting", "Longest expected wait", "People", "Memory of the server"),
        (
            f"{len(condition.working)} of {condition.most_working}",
            str(len(condition.waiting)),
            texts.wait(last),
            str(condition.people),
            texts.memory(resident_memory(os.getpid())),
        ),
        strict=True,
    ):
        column.metric(label, value)


def workers(condition: Condition) -> None:
    """Draw a table of the busy workers."""
    if not condition.working:
        st.info(texts.NO_WORKER, icon=":material/bedtime:")
        return
    st.dataframe(
        [
            {
                "Process": "starting" if each.pid is None else str(each.pid),
                "Runs": "\n".join(each.runs),
                "Seconds": round(each.seconds),
                "Memory": texts.memory(each.memory),
            }
            for each in condition.working
        ],
        hide_index=True,
        width="stretch",
    )


st.title("Admin", anchor=False)
st.markdown(texts.ABOUT_PAGE)
if enter():
    watch()
