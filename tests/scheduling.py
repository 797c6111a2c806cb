"""How tests are spread over processes."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling


class SharedBrowserScheduling(LoadScopeScheduling):
    """One process runs all tests in a browser, which share it and one server; the others take any test."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid
