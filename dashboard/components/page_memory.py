"""Going from page to page and back: each page opens as it was left, and its runs go on meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.components import address_bar, link, lost_pins, tracked_runs

# The runs that this session has begun on a page, and those that the page shows.
BEGUN = {"Explore": tracked_runs.own, "Compare": lost_pins.running}
SHOWN = {"Explore": tracked_runs.ids, "Compare": lost_pins.running}


@contextmanager
def page_memory(page: str) -> Iterator[None]:
    """Around a page: it follows the browser's address, and writes its own once it is drawn."""
    address_bar.follow(page)
    yield
    link.warn()
    address_bar.write()
    shown = SHOWN[page]() if page in SHOWN else []
    if hidden := [run for runs in BEGUN.values() for run in runs() if run not in shown]:
        tracked_runs.keep_going(hidden)
