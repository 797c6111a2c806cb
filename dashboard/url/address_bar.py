"""The address of the page. Whenever Streamlit runs the script, the address is read first, changed meanwhile, and written once at the end.

The session holds the current address. The browser reports its own address with every message. If the viewer has changed that address (Back,
Forward, a link to another page, another opened link), the page opens it as a link: all widgets take their values from it. Reports that
were sent before the page's last change are ignored.

Each write of a different address would add an entry to the browser's history. `history_entries.js` replaces the current entry instead if
only the parameters in PASSING changed, and for the first address of a page.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.url.spellings import current

# Parameters that add no entry to the history: the time, which changes often, and large type, which every page keeps.
TIME, LARGE = "t", "large"
PASSING = (TIME, LARGE)
# The parameter with the names of the pinned results.
PINS = "pins"
# For this many seconds after a change, the browser may still report an older address.
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
    """The current parameters. Changes reach the browser when the script ends."""
    found: dict[str, str] | None = st.session_state.get(_NOW)
    if found is None:
        found = st.session_state[_NOW] = current(st.query_params.to_dict())
    return found


def put(name: str, text: str | None) -> None:
    """Set a parameter, or remove it if the text is None."""
    if text is None:
        now().pop(name, None)
    else:
        now()[name] = text


def replace(params: Mapping[str, str], names: Iterable[str]) -> None:
    """Set some parameters and remove others.

    Args:
        params: new values.
        names: parameters to remove unless `params` sets them.
    """
    for name in names:
        now().pop(name, None)
    now().update(params)


def show(params: Mapping[str, str]) -> None:
    """Show another address of this page as if a link had opened it; large type stays. Call this in a callback."""
    state = st.session_state
    state[_NOW] = {**params, **({LARGE: now()[LARGE]} if LARGE in now() else {})}
    state[_OPENED] = opened() + 1


def page() -> str:
    """The title of the current page."""
    title: str = st.session_state.get(_PAGE, "")
    return title


def opened() -> int:
    """How often an address has been opened as a link in this session. Values that were read at an older count are outdated."""
    count: int = st.session_state.get(_OPENED, 0)
    return count


def follow(page: str) -> None:
    """Follow the browser's address if the viewer changed it. Call this before the page is drawn.

    Args:
        page: title of the page.
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
    """Whether the browser's Back or Forward started this run of the script."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def write() -> None:
    """Write the whole address to the browser. Call this after the page is drawn."""
    state = st.session_state
    written, new = state.get(_WRITTEN, {}), dict(now())
    if new != written:
        kept = [(address, at) for address, at in state.get(_BEFORE, []) if _is_recent(at)]
        state[_BEFORE] = [*kept, (written, time.monotonic())]
        state[_WRITTEN] = new
    if st.query_params.to_dict() != new:
        st.query_params.from_dict(new)


def deliberate(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters whose change adds an entry to the history."""
    return {name: text for name, text in params.items() if name not in PASSING}


def _turn_to(page: str, before: str, reported: dict[str, str]) -> None:
    """Open another page. It is shown as the viewer left it, unless the link has parameters or the viewer used Back or Forward."""
    state = st.session_state
    left: dict[str, dict[str, str]] = state.setdefault(_LEFT, {})
    left[before] = dict(now())
    state[_BEFORE] = []
    if is_back_or_forward():
        now().pop(TIME, None)  # this is the time of the other page
        _open(reported)
        return
    opened_with = reported or left.get(page, {})
    size = {LARGE: now()[LARGE]} if LARGE in now() else {}
    state[_NOW] = {**deliberate(opened_with), **_time(opened_with), **size}
    state[_WRITTEN] = reported


def _open(reported: dict[str, str]) -> None:
    """Open the address as a link; large type stays, and so does the time if the address has none."""
    state = st.session_state
    stays = {name: text for name, text in now().items() if name in PASSING}
    state[_NOW] = {**deliberate(reported), **stays, **_time(reported)}
    state[_WRITTEN] = reported
    state[_OPENED] = opened() + 1


def _time(params: Mapping[str, str]) -> dict[str, str]:
    return {TIME: params[TIME]} if TIME in params else {}


def _is_expected(reported: dict[str, str]) -> bool:
    """Whether the address is the last one that the page has written, or one written shortly before that."""
    state = st.session_state
    recent = [address for address, at in state.get(_BEFORE, []) if _is_recent(at)]
    return any(deliberate(reported) == deliberate(known) for known in (state.get(_WRITTEN, {}), *recent))


def _is_recent(at: float) -> bool:
    return time.monotonic() - at < BEHIND_SECONDS
