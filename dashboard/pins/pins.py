"""Pinned results: their names in the session and the address, their arrays in the server's store."""

from __future__ import annotations

import streamlit as st

from core.budget import Budget
from core.jobs.request import Request
from core.presets import Stored
from dashboard import cache
from dashboard.pin_store import EARLIER, Pin, request_of
from dashboard.results.panel_results import PanelResult
from dashboard.state import COMPARISONS, TITLES
from dashboard.texts import compare
from dashboard.url import address_bar, link

MOST_SHOWN = 4
_NAMES, _BEFORE, _READ = "pins", "pins_before", "pins_read"


def names() -> list[str]:
    """The names of the pins, read from the address whenever it opens the page."""
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
    if len(known) > MOST_SHOWN:
        link.report(compare.too_many(len(known), MOST_SHOWN))
    return known[:MOST_SHOWN]


def _is_readable(name: str) -> bool:
    try:
        request_of(name)
    except ValueError:
        return False
    return True


def find(name: str) -> Pin | None:
    """The pin with this name; None if the server no longer keeps it."""
    if not name.startswith(f"{EARLIER}."):
        return cache.pins().get(name)
    stored = cache.trained_earlier(request_of(name).problem)
    return pin_of_stored(stored) if stored else None


def pin_of(result: PanelResult) -> Pin | None:
    """A result of the Explore page as a pin; None before training."""
    if result.stored is not None:
        return pin_of_stored(result.stored)
    if result.run is None or (picture := result.run.view.picture) is None:
        return None
    view = result.run.view
    return Pin(
        request=view.request,
        origin=f"{result.run.job_id}/{picture.step}",
        badge=result.badge,
        step=picture.step,
        seconds=picture.seconds,
        energy_calls=view.facts.get("energy_calls"),
        frames=picture.frames,
        exact=result.exact if result.is_up_to_date and result.complete else None,
        report=picture.report,
        ess=tuple((point.seconds, point.fraction) for point in view.ess),
    )


def pin_of_stored(stored: Stored) -> Pin:
    """A saved run as a pin."""
    exact = stored.exact
    if stored.problem.interpolation != "learned":
        exact, _ = cache.exact_frames(stored.problem, 1.0)
    return Pin(
        request=Request(stored.problem, budget=Budget(seconds=max(round(stored.seconds, 1), 0.1))),
        origin=EARLIER,
        badge=stored.badge,
        step=stored.step,
        seconds=stored.seconds,
        energy_calls=stored.energy_calls,
        frames=stored.frames,
        exact=exact,
        report=stored.report,
        ess=tuple((seconds, share) for seconds, share, _ in stored.ess),
    )


def pin_buttons(results: list[PanelResult]) -> None:
    """Draw the buttons that pin the learned results of the Explore page: all together, or one curve alone."""
    pins = {TITLES[result.selection.method]: pin for result in results if (pin := pin_of(result)) is not None}
    if not pins:
        return
    with st.container(horizontal=True, gap="small"):
        _pin_button("", list(pins.values()))
        for title, pin in pins.items() if len(pins) > 1 else ():
            _pin_button(title, [pin])


def _pin_button(title: str, pins: list[Pin]) -> None:
    """Draw a button that pins results: those of the curve `title`, or of all curves if it is empty."""
    kept = names()
    new = [pin for pin in pins if pin.name not in kept]
    full = len(kept) + len(new) > MOST_SHOWN
    help = compare.PIN
    if not new:
        help = compare.PINNED
    elif full:
        help = compare.full(MOST_SHOWN)
    label = ("Pin", "Pinned") if len(pins) == 1 else ("Pin all", "All pinned")
    st.button(
        f"Pin {_in_a_sentence(title)}" if title else label[not new],
        key=f"pin-{title}" if title else "pin",
        icon=":material/keep:" if new else ":material/check:",
        help=help,
        disabled=not new or full,
        on_click=_add,
        args=(new,),
    )


def _in_a_sentence(title: str) -> str:
    return title if title in COMPARISONS.values() else title.lower()


def _add(pins: list[Pin]) -> None:
    for pin in pins:
        add(pin)


def add(pin: Pin, instead: str = "") -> None:
    """Pin a result, at the end or in place of another."""
    name = pin.name if pin.origin == EARLIER else cache.pins().add(pin)
    kept = names()
    if name in kept:
        return
    if instead in kept:
        set_names([name if other == instead else other for other in kept])
    elif len(kept) < MOST_SHOWN:
        set_names([*kept, name])


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
