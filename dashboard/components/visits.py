"""Going from page to page and back: each page opens as it was left, and its runs go on meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.components import address_bar, begun, link, repeats

# The runs that this session has begun on a page, and those that the page shows.
BEGUN = {"Explore": begun.own, "Compare": repeats.running}
SHOWN = {"Explore": begun.ids, "Compare": repeats.running}


@contextmanager
def visits(page: str) -> Iterator[None]:
    """Around a page: it follows the browser's address, and writes its own once it is drawn."""
    address_bar.follow(page)
    yield
    link.warn()
    address_bar.write()
    shown = SHOWN[page]() if page in SHOWN else []
    if hidden := [run for runs in BEGUN.values() for run in runs() if run not in shown]:
        begun.keep_going(hidden)
