"""“Download as a web page” in the Share popover of the Explore page."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import streamlit as st

from dashboard.cache import background
from dashboard.controls.names import SLIDERS
from dashboard.handouts.view import affordable, view_handout
from dashboard.player.component import choice
from dashboard.results.panel_results import PanelResult
from dashboard.state import Selection
from dashboard.texts import handouts as texts
from dashboard.texts.quoting import plain

POLL_SECONDS = 0.5
# Sliders that take more seconds to compute are left out; the command line can still write them.
MOST_SECONDS = 120.0
_KEPT = "handout"


class Preparation:
    """A page that is computed in the background.

    Attributes:
        key: identifies the content of the page; another content needs another preparation.
        page: the page as UTF-8; None until it is complete.
        has_fewer: whether sliders were left out because they would take too long.
    """

    def __init__(
        self, key: Hashable, selection: Selection, results: Sequence[PanelResult], kept: Sequence[str]
    ) -> None:
        self.key = key
        self.page: bytes | None = None
        self.has_fewer = False
        self._selection, self._results, self._choice = selection, list(results), choice()
        self._sliders = [name for name in SLIDERS if name in kept]

    def solve(self, report: Callable[[float], None]) -> None:
        """Compute the page. `report` receives the fraction done, and may raise an exception to cancel the work."""
        report(0.0)
        sliders = affordable(self._selection, self._sliders, MOST_SECONDS)
        self.has_fewer = bool(self._sliders) and not sliders
        shown = self._choice
        text = view_handout(
            self._selection, sliders, report, known=self._results, t=shown.t, backdrop=shown.backdrop, panel=shown.panel
        )  # fmt: skip
        self.page = text.encode()


def download(selection: Selection, results: Sequence[PanelResult], kept: Sequence[str]) -> None:
    """Draw the button that prepares the page, its progress, and then the download.

    Args:
        selection: the settings of the page.
        results: the results that its player shows.
        kept: the groups of controls that a shared view keeps.
    """
    st.markdown(texts.DOWNLOAD_TITLE)
    runs = tuple((result.run.job_id, result.run.view.step) if result.run else None for result in results)
    key = (selection, runs, tuple(name for name in SLIDERS if name in kept))
    found: Preparation | None = st.session_state.get(_KEPT)
    if found is None or found.key != key:
        st.caption(texts.DOWNLOAD)
        st.button(
            "Download as a web page",
            key="handout_prepare",
            icon=":material/html:",
            on_click=lambda: st.session_state.__setitem__(_KEPT, Preparation(key, selection, results, kept)),
        )
    elif found.page is None:
        st.fragment(_progress, run_every=POLL_SECONDS)(found)
    else:
        st.caption(texts.ready(len(found.page) / 1e6, found.has_fewer))
        name = f"{selection.problem.target.name}-{selection.method}.html"
        st.download_button("Save the web page", found.page, name, "text/html", icon=":material/download:")


def _progress(preparation: Preparation) -> None:
    """Draw the progress; the page reruns when the preparation is complete."""
    state = background().look(preparation, preparation.solve)
    if preparation.page is not None:
        st.rerun()
    if state.error is not None:
        st.error(plain(state.error), icon=":material/error:")
        return
    st.progress(state.share, text=texts.preparing(state.share))
