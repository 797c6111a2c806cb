"""Distribution of tests over processes."""

from __future__ import annotations

import os

from xdist.scheduler import LoadScopeScheduling

# Browser tests are split here: those in files before this one, in alphabetical order, and the others take about equally long.
MIDDLE = "tests/browser/test_links.py"


def processes() -> int:
    """One more process than cores, since browser tests mostly wait for their page."""
    return (os.cpu_count() or 1) + 1


class SharedScheduling(LoadScopeScheduling):
    """Scheduler that runs tests in one process if they share something expensive, and others wherever a process is free.

    Browser tests share a browser and a server; the tests of one file of `tests/core` share cached results.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith("tests/browser/"):
            return "early browser tests" if file < MIDDLE else "late browser tests"
        starts_workers = file.startswith("tests/core/test_job")
        return file if file.startswith("tests/core/") and not starts_workers else nodeid
