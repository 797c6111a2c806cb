"""The Explore page without a browser, for the tests of its controls and runs."""

from __future__ import annotations

import re
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Slider

from core.arrays import Array
from core.jobs import processes
from core.pictures.frames import Frames
from core.problem import Problem
from core.reference.errors import UnfitDensityError
from dashboard import cache
from dashboard.controls.visible_controls import EXPANDER
from dashboard.player.reel import unpack
from tests.workers import start

APP = Path(__file__).resolve().parents[2] / "dashboard" / "pages.py"
PATIENCE = 60
# A short run: a small network trained for one second, and few solver steps.
QUICK = {"seconds": "1", "width": "8", "depth": "1", "batch_size": "64", "solver": "rk4", "num_steps": "10"}


def open_page(*, unfolded: bool = False, **link: str) -> AppTest:
    """Open the page from a link. "More settings" is folded unless `unfolded`."""
    app = AppTest.from_file(APP, default_timeout=PATIENCE)
    if unfolded:
        app.session_state[EXPANDER] = True
    for key, value in link.items():
        app.query_params[key] = value
    return computed(app.run())


def computed(app: AppTest) -> AppTest:
    """Rerun the page until its exact curves are complete, as a browser does."""
    deadline = time.monotonic() + PATIENCE
    while not app.exception and any("Computing the exact" in bar.proto.text for bar in app.get("progress")):
        assert time.monotonic() < deadline, "the exact curves were not computed"
        time.sleep(0.1)
        app.run()
    return app


def slider(app: AppTest, label: str) -> Slider[float]:
    (found,) = (element for element in app.slider if element.label == label)
    return found


def sent(app: AppTest) -> list[bytes]:
    """The bytes that the page sent to each of its players."""
    return [e.proto.bytes for e in app.get("bidi_component") if e.proto.component_name == "curve_player"]


def reel(app: AppTest) -> tuple[dict[str, Any], dict[str, Array]]:
    """The unpacked header and arrays for the first player."""
    return unpack(sent(app)[0])


def badges(app: AppTest) -> list[str]:
    return [panel["badge"] for panel in reel(app)[0]["panels"]]


def charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


# Patterns for styles, for the definitions that open on demand, and for tags.
_HIDDEN = re.compile(r"<style>.*?</style>|<span popover.*?</span>|<[^>]+>", re.DOTALL)


def texts(app: AppTest) -> str:
    """All texts of the page. A caption that is HTML appears twice: with its tags and without them."""
    parts = [element.value for kind in (app.caption, app.markdown, app.subheader) for element in kind]
    return "\n".join([*parts, prose(app), _HIDDEN.sub("", prose(app))])


def prose(app: AppTest) -> str:
    """The captions of the page that are HTML."""
    return "\n".join(element.proto.body for element in app.get("html"))


def refuse(separation: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the exact solution fail for this mode separation."""
    known = cache.exact_frames

    def solve(problem: Problem, t: float, for_preview: bool = False) -> tuple[Frames, bool]:
        if problem.target.values["mode_separation"] == separation:
            raise UnfitDensityError("The energy is NaN at x = (0.1); it must be a finite number everywhere.")
        return known(problem, t, for_preview)

    monkeypatch.setattr(cache, "exact_frames", solve)


def finish(app: AppTest) -> None:
    """Rerun the page until all of its runs have ended; some runs may wait for others."""
    deadline = time.monotonic() + PATIENCE * len(app.query_params["job"].split(","))
    while time.monotonic() < deadline:
        views = [cache.jobs().look(job_id) for job_id in app.query_params["job"].split(",")]
        assert None not in views
        if not any(view.running for view in views if view):
            app.run()
            return
        time.sleep(0.2)
    pytest.fail("the run did not end")


def use_worker(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the workers' program by a script."""
    cache.jobs().close()  # also stops the idle worker
    cache.jobs.clear()
    monkeypatch.setattr(processes, "start", partial(start, code=code))
