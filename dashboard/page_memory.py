"""Memory of pages: each page reopens as the viewer left it, and its runs continue while another page is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from dashboard.pins import lost_pins
from dashboard.runs import tracked_runs
from dashboard.url import address_bar, link

# Functions that return run ids, by page: in OWN of the runs that this browser started there, in SHOWN of the runs that the page shows.
OWN: dict[str, Callable[[], list[str]]] = {
    "Explore": partial(tracked_runs.own, "Explore"),
    "Lessons": partial(tracked_runs.own, "Lessons"),
    "Compare": lost_pins.running,
}
SHOWN = {"Explore": tracked_runs.ids, "Lessons": tracked_runs.ids, "Compare": lost_pins.running}


@contextmanager
def page_memory(page: str) -> Iterator[None]:
    """Follow the browser's address before a page is drawn; afterwards write the address and renew the runs that the page does not show."""
    address_bar.follow(page)
    yield
    link.warn()
    address_bar.write()
    shown = SHOWN[page]() if page in SHOWN else []
    if hidden := [run for runs in OWN.values() for run in runs() if run not in shown]:
        tracked_runs.keep_going(hidden)
