"""Distribution of tests over processes."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling


class SharedBrowserScheduling(LoadScopeScheduling):
    """Scheduler that runs all browser tests in one process, where they share a browser and a server."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid
