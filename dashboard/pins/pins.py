"""Pinned results: their names in the session and the address. The runs themselves are in the run store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.budget import Budget
from core.jobs.request import Request
from core.jobs.saved_runs import is_correction_of
from core.jobs.view import JobView, Picture
from core.pictures.frames import Frames
from core.presets import Stored
from core.problem import INTERPOLATIONS, Problem
from core.reference.errors import NoExactFieldError
from core.store.errors import StoreError
from dashboard import cache
from dashboard.pins.pin import EARLIER, Pin, name_of, request_of, token_of
from dashboard.player.reel import Checkpoint
from dashboard.results.panel_results import PanelResult, run_badge
from dashboard.runs import saved
from dashboard.runs.records import Run
from dashboard.state import TITLES, correction_of, in_sentence, method_of
from dashboard.texts import compare
from dashboard.texts.quoting import plain
from dashboard.url import address_bar, link

PAGE = "app_pages/compare.py"
# Maximum number of results in the table, and of those with pictures.
MOST_COMPARED, MOST_SHOWN = 24, 4
_NAMES, _BEFORE, _READ, _COPIES = "pins", "pins_before", "pins_read", "pin_copies"


def names() -> list[str]:
    """The names of the pins. They are read from the address whenever a link, Back or Forward has opened the page."""
    if st.session_state.get(_READ) != address_bar.opened():
        st.session_state[_READ] = address_bar.opened()
        st.session_state[_NAMES] = _of_link()
    found: list[str] = st.session_state[_NAMES]
    link.keep(address_bar.PINS, ",".join(found), "")
    return found


def _of_link() -> list[str]:
    given = [name for name in address_bar.now().get(address_bar.PINS, "").split(",") if name]
    known = [name for name in dict.fromkeys(given) if _is_readable(name)]
    if num_unread := len(set(given)) - len(known):
        link.report(compare.unreadable(num_unread, len(known)))
    if len(known) > MOST_COMPARED:
        link.report(compare.too_many(len(known), MOST_COMPARED))
    return known[:MOST_COMPARED]


def _is_readable(name: str) -> bool:
    try:
        request_of(name)
    except ValueError:
        return False
    return True


def find(name: str) -> Pin | None:
    """The pin with this name; None if the server no longer keeps its run, or if this browser may not see it."""
    if token_of(name) != EARLIER:
        view = saved.look(token_of(name))
        return None if view is None else pin_of_view(token_of(name), view)
    stored = cache.trained_earlier(request_of(name).problem)
    return pin_of_stored(stored) if stored else None


def pin_of_view(job_id: str, view: JobView) -> Pin | None:
    """A run as a pin; None before its first picture."""
    if (picture := view.picture) is None:
        return None
    checkpoint = Checkpoint(picture.frames, picture.step, picture.seconds)
    exact, pending = _exact_beside(view.request, picture)
    return Pin(
        request=view.request,
        token=job_id,
        badge=run_badge(method_of(view.request), checkpoint, view),
        step=picture.step,
        seconds=picture.seconds,
        energy_calls=view.facts.get("energy_calls"),
        frames=picture.frames,
        exact=exact,
        report=picture.report,
        ess=tuple((point.seconds, point.fraction) for point in view.ess),
        pending=pending,
    )


def _exact_beside(request: Request, picture: Picture) -> tuple[Frames | None, Problem | None]:
    """The exact frames to show with a run's picture, and their problem if they are still incomplete."""
    method = method_of(request)
    if request.kind != "train":
        return cache.target_frames(request.problem), None
    if method == "learned":  # its trained network defines the curve, so the run has the exact velocity
        return picture.exact, None
    try:
        exact, is_complete = cache.exact_frames(request.problem, 1.0)
    except NoExactFieldError:
        return None, None
    return (exact, None) if is_complete else (None, request.problem)


def pin_of_stored(stored: Stored) -> Pin:
    """A saved example as a pin."""
    exact = stored.exact
    if stored.problem.interpolation != "learned":
        exact, _ = cache.exact_frames(stored.problem, 1.0)
    return Pin(
        request=_request_of(stored),
        token=EARLIER,
        badge=stored.badge,
        step=stored.step,
        seconds=stored.seconds,
        energy_calls=stored.energy_calls,
        frames=stored.frames,
        exact=exact,
        report=stored.report,
        ess=tuple((seconds, share) for seconds, share, _ in stored.ess),
    )


def name_of_stored(stored: Stored) -> str:
    """The name of a saved example."""
    return name_of(EARLIER, _request_of(stored))


def _request_of(stored: Stored) -> Request:
    return Request(stored.problem, budget=Budget(seconds=max(round(stored.seconds, 1), 0.1)))


def name_of_result(result: PanelResult) -> str | None:
    """The name of a result of the Explore page; None before training."""
    if result.stored is not None:
        return name_of_stored(result.stored)
    if result.run is None or result.run.view.picture is None:
        return None
    copies: dict[str, str] = st.session_state.get(_COPIES, {})
    token = result.run.job_id
    return name_of(copies.get(token, token), result.run.view.request)


def _correction(result: PanelResult, runs: Mapping[str, Run]) -> str | None:
    """The name for a pin of a curve's corrected samples; None if the samples of the curve's current result were not corrected."""
    run = runs.get(correction_of(result.selection.method))
    if run is None or run.view.running or run.view.picture is None or result.view is None:
        return None
    is_current = is_correction_of(run.view, result.view.checkpoint)
    return name_of(run.job_id, run.view.request) if is_current else None


def pin_buttons(results: list[PanelResult], runs: Mapping[str, Run]) -> None:
    """Draw the buttons that pin the results of the Explore page: all together, or one alone.

    Args:
        results: the results of the panels.
        runs: the page's runs by method, corrections included.
    """
    found = {TITLES[result.selection.method]: name_of_result(result) for result in results}
    curves = [result for result in results if result.selection.method in INTERPOLATIONS]
    found |= {TITLES[correction_of(result.selection.method)]: _correction(result, runs) for result in curves}
    pins = {title: name for title, name in found.items() if name is not None}
    if not pins:
        return
    with st.container(horizontal=True, gap="small"):
        _pin_button("", list(pins.values()))
        for title, name in pins.items() if len(pins) > 1 else ():
            _pin_button(title, [name])
        if kept := names():
            st.page_link(PAGE, label=f"Compare ({len(kept)})", icon=":material/compare:")


def _pin_button(title: str, pins: list[str]) -> None:
    """Draw a button that pins results: those of the curve `title`, or of all curves if it is empty."""
    kept = names()
    new = [name for name in pins if name not in kept]
    full = len(kept) + len(new) > MOST_COMPARED
    help = compare.PIN
    if not new:
        help = compare.PINNED
    elif full:
        help = compare.full(MOST_COMPARED)
    label = ("Pin", "Pinned") if len(pins) == 1 else ("Pin all", "All pinned")
    st.button(
        f"Pin {in_sentence(title)}" if title else label[not new],
        key=f"pin-{title}" if title else "pin",
        icon=":material/keep:" if new else ":material/check:",
        help=help,
        disabled=not new or full,
        on_click=_add_all,
        args=(new,),
    )


def _add_all(new: list[str]) -> None:
    for name in new:
        add(name)


def add(name: str, instead: str = "") -> None:
    """Pin a result: in place of the pin named `instead` if there is one, otherwise at the end of the list."""
    name, kept = _stored(name), names()
    if name in kept:
        return
    if instead in kept:
        set_names([name if other == instead else other for other in kept])
    elif len(kept) < MOST_COMPARED:
        set_names([*kept, name])


def pin_all(run_ids: Sequence[str]) -> None:
    """Pin this browser's runs in the store, so that the page's link shows them in any browser."""
    try:
        for run_id in run_ids:
            saved.pin(run_id)
    except StoreError as error:
        st.toast(compare.not_kept(plain(error)), icon=":material/save:")


def _stored(name: str) -> str:
    """Pin the run of a result in the store, so that links to it keep working; returns the pin's name, which changes if the run is
    copied."""
    token = token_of(name)
    if token == EARLIER:
        return name
    try:
        kept = saved.pin(token)
    except StoreError as error:
        st.toast(compare.not_kept(plain(error)), icon=":material/save:")
        return name
    if kept != token:
        st.session_state.setdefault(_COPIES, {})[token] = kept
    return name_of(kept, request_of(name))


def set_names(new: list[str]) -> None:
    """Change the list of pins; the last change can be undone."""
    st.session_state[_BEFORE] = list(st.session_state.get(_NAMES, []))
    st.session_state[_NAMES] = new


def remove(name: str) -> None:
    """Remove a pin from the list."""
    set_names([other for other in names() if other != name])


def before() -> list[str] | None:
    """The list before the last removal; None if there was none."""
    earlier: list[str] | None = st.session_state.get(_BEFORE)
    gone = earlier is not None and len(earlier) > len(st.session_state.get(_NAMES, []))
    return earlier if gone else None


def undo() -> None:
    """Undo the last removal."""
    if (earlier := before()) is not None:
        st.session_state[_NAMES] = earlier
        st.session_state[_BEFORE] = None
