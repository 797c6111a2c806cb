"""The address of the page: read when a page is drawn, changed while it is drawn, and written to the browser once, at the end.

The session holds the address that the page shows. The browser reports its own address with every message, and that is followed only
where the viewer has changed it: with Back or Forward, with a link from page to page, or by opening another link. Then it is opened as a
link: all widgets take their values from it. A report that was sent before the page's last change is out of date and is ignored.

Every differing write would add an entry to the browser's history, and a new page starts with an empty address; `history_entries.js` sees
to it that a moved time and the first address of a page replace an entry instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.components.spellings import current

# Parameters that make no entry of the history: the time, which changes all the time, and the size of the type, which stays.
TIME, LARGE = "t", "large"
PASSING = (TIME, LARGE)
# A browser may report an address from before a change for this long after it.
BEHIND_SECONDS = 2.0
_NOW, _WRITTEN, _BEFORE, _PAGE, _LEFT, _OPENED = (
    f"address_{name}" for name in ("now", "written", "before", "page", "left", "opened")
)
_component = st.components.v2.component(
    "history_entries",
    html="<i hidden></i>",
    js=Path(__file__).with_name("history_entries.js").read_text(encoding="utf-8"),
)


def now() -> dict[str, str]:
    """The parameters that the page shows. What is changed here reaches the browser at the end of the run."""
    if _NOW not in st.session_state:
        st.session_state[_NOW] = current(st.query_params.to_dict())
    found: dict[str, str] = st.session_state[_NOW]
    return found


def put(name: str, text: str | None) -> None:
    """Sets a parameter, or removes it where the text is None."""
    if text is None:
        now().pop(name, None)
    else:
        now()[name] = text


def replace(params: Mapping[str, str], names: Iterable[str]) -> None:
    """Sets some parameters.

    Args:
        params: their new values.
        names: those that are removed where `params` does not have them.
    """
    for name in names:
        now().pop(name, None)
    now().update(params)


def opened() -> int:
    """How often the page was opened anew by its address: whatever was read from the address before is out of date."""
    count: int = st.session_state.get(_OPENED, 0)
    return count


def follow(page: str) -> None:
    """Before a page is drawn: follows the browser's address where the viewer has changed it.

    Args:
        page: the name of the page.
    """
    _component(key="history", data={"passing": list(PASSING)})
    reported, state = current(st.query_params.to_dict()), st.session_state
    before = state.get(_PAGE)
    state[_PAGE] = page
    if before is None:
        state[_NOW], state[_WRITTEN] = dict(reported), reported
    elif before != page:
        _turn_to(page, before, reported)
    elif is_back_or_forward() or not _is_expected(reported):
        _open(reported)


def is_back_or_forward() -> bool:
    """Whether this run was started by the browser's Back or Forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def write() -> None:
    """Once a page is drawn: its address, in one go, into the browser's address bar."""
    state = st.session_state
    written, new = state.get(_WRITTEN, {}), dict(now())
    if new != written:
        kept = [(address, at) for address, at in state.get(_BEFORE, []) if _is_recent(at)]
        state[_BEFORE] = [*kept, (written, time.monotonic())]
        state[_WRITTEN] = new
    if st.query_params.to_dict() != new:
        st.query_params.from_dict(new)


def deliberate(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters whose change makes an entry of the history."""
    return {name: text for name, text in params.items() if name not in PASSING}


def _turn_to(page: str, before: str, reported: dict[str, str]) -> None:
    """Another page: as it was left, unless its link says more or the viewer went back to it."""
    state = st.session_state
    left: dict[str, dict[str, str]] = state.setdefault(_LEFT, {})
    left[before] = dict(now())
    state[_BEFORE] = []
    if is_back_or_forward():
        now().pop(TIME, None)  # it belongs to the other page
        _open(reported)
        return
    told = reported or left.get(page, {})
    size = {LARGE: now()[LARGE]} if LARGE in now() else {}
    state[_NOW] = {**deliberate(told), **_time(told), **size}
    state[_WRITTEN] = reported


def _open(reported: dict[str, str]) -> None:
    """The address as a link; the size of the type stays, and so does the time where the address has none."""
    state = st.session_state
    stays = {name: text for name, text in now().items() if name in PASSING}
    state[_NOW] = {**deliberate(reported), **stays, **_time(reported)}
    state[_WRITTEN] = reported
    state[_OPENED] = opened() + 1


def _time(params: Mapping[str, str]) -> dict[str, str]:
    return {TIME: params[TIME]} if TIME in params else {}


def _is_expected(reported: dict[str, str]) -> bool:
    """Whether the address is the one that was written last, or one that was written a moment before it."""
    state = st.session_state
    recent = [address for address, at in state.get(_BEFORE, []) if _is_recent(at)]
    return any(deliberate(reported) == deliberate(known) for known in (state.get(_WRITTEN, {}), *recent))


def _is_recent(at: float) -> bool:
    return time.monotonic() - at < BEHIND_SECONDS
