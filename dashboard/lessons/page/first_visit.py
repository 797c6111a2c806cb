"""The first visit to Explore: one line that offers the first lesson and can be dismissed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.lessons.library import library
from dashboard.lessons.page.place import LESSON, was_opened
from dashboard.look import tour
from dashboard.texts import lessons as texts
from dashboard.texts.tour import TAKE
from dashboard.url import address_bar

PAGE = "app_pages/lessons.py"
# A cookie that records that this browser has seen the offer. It does not identify anyone.
COOKIE = "boltzmann_lessons"
_OPEN = "first_visit_offer"
_component = st.components.v2.component(
    "first_visit",
    html="<i hidden></i>",
    js=Path(__file__).with_name("first_visit.js").read_text(encoding="utf-8"),
)


def offer() -> None:
    """Draw the offer if this is the browser's first visit and it did not follow a link to a view."""
    if _OPEN not in st.session_state:
        st.session_state[_OPEN] = _is_first()
    if not st.session_state[_OPEN] or was_opened():
        return
    first = next(iter(library().lessons.values()), None)
    if first is None:
        return
    with st.container(key="first-visit", horizontal=True, vertical_alignment="center", gap="small"):
        _component(key="first-visit-seen", data={"cookie": COOKIE})
        st.markdown(texts.FIRST_VISIT, width="content")
        label = texts.first_lesson(first.title, first.minutes)
        st.page_link(PAGE, label=label, icon=":material/school:", query_params={LESSON: first.name})
        st.button(TAKE, key="first-visit-tour", type="tertiary", icon=":material/tour:", on_click=_take_tour)
        st.button(texts.DISMISS, key="first-visit-dismiss", type="tertiary", on_click=_dismiss)


def _is_first() -> bool:
    """Whether this is the browser's first visit, and it did not follow a link to a view."""
    is_plain = not address_bar.deliberate(address_bar.now())
    return COOKIE not in st.context.cookies.to_dict() and is_plain and not st.context.is_embedded


def _take_tour() -> None:
    _dismiss()
    tour.start()


def _dismiss() -> None:
    st.session_state[_OPEN] = False
