"""Measure what rerunning a page costs the server: `.venv/bin/python tests/benchmarks/page_runs.py`.

For several controls, prints the median processor time of the script's thread, without a browser and without a network.
Each run of a slider shows settings that no earlier run has shown. `--profile` prints where the time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit import config
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dashboard import engine  # noqa: E402
from dashboard.controls.visible_controls import EXPANDER  # noqa: E402

Change = Callable[[AppTest, int], object]
# Number of first runs that do not count, since they load what later runs share.
WARM = 3
LESSON = {"lesson": "teleportation", "step": "2"}


def slide(label: str, start: float, step: float) -> Change:
    """Return a change that moves a slider a little further in every run."""

    def change(app: AppTest, k: int) -> None:
        (slider,) = (each for each in app.slider if each.label == label)
        slider.set_value(round(start + k * step, 2))

    return change


def press(*keys: str) -> Change:
    """Return a change that presses these buttons in turn."""
    return lambda app, k: app.button(key=keys[k % len(keys)]).click()


def nothing(app: AppTest, k: int) -> None:
    """Change no control."""


# By name: the page's file, the link, whether "More settings" is open, and the change before every run.
ROWS: dict[str, tuple[str, dict[str, str], bool, Change]] = {
    "Explore, nothing changed": ("", {}, False, nothing),
    "Explore, σ on the line": ("", {}, False, slide("Latent σ", 1.2, 0.1)),
    "Explore, mode separation on the line": ("", {}, False, slide("Mode separation", 2.1, 0.1)),
    "Explore, mode separation in the plane": (
        "",
        {"target": "ring"},
        False,
        slide("Mode separation", 2.1, 0.1),
    ),
    "Explore, More settings open": ("", {}, True, slide("Mode separation", 7.1, 0.1)),
    "Explore, an example": ("", {}, False, press("example-gmm40", "example-teleportation")),
    "Lesson, mode separation": ("lessons.py", LESSON, False, slide("Mode separation", 2.1, 0.1)),
    "Lesson, next and previous step": ("lessons.py", LESSON, False, press("lesson-next", "lesson-back")),
    "Teleportation, mode separation": ("teleportation.py", {}, False, slide("Mode separation m", 5.0, 1.0)),
    "Compare": ("compare.py", {}, False, nothing),
}


class Stopwatch:
    """Measures the processor time of the script's thread in each run.

    Attributes:
        milliseconds: processor time of each run so far.
        profiler: profiles the runs; None to profile no run.
    """

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.profiler: cProfile.Profile | None = None
        run = ScriptRunner._run_script
        watch = self

        def timed(runner: ScriptRunner, data: Any) -> None:
            began = time.thread_time()
            if watch.profiler:
                watch.profiler.runcall(run, runner, data)
            else:
                run(runner, data)
            watch.milliseconds.append(1000 * (time.thread_time() - began))

        ScriptRunner._run_script = timed  # type: ignore[method-assign]


def opened(page: str, link: dict[str, str], unfolded: bool) -> AppTest:
    """Open a page from a link and wait until it is complete."""
    app = AppTest.from_file(ROOT / "dashboard" / "pages.py", default_timeout=120)
    if page:
        app.switch_page(f"app_pages/{page}")
    if unfolded:
        app.session_state[EXPANDER] = True
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def measured(name: str, runs: int, watch: Stopwatch, profile: bool) -> float:
    """The median of one of `ROWS`, in milliseconds. The first WARM runs do not count, because they load what later ones share."""
    page, link, unfolded, change = ROWS[name]
    app = opened(page, link, unfolded)
    for k in range(WARM + runs):
        if k == WARM:
            watch.milliseconds.clear()
            watch.profiler = cProfile.Profile(time.thread_time) if profile else None
        change(app, k)
        app.run()
        assert not app.exception, app.exception
    if watch.profiler:
        pstats.Stats(watch.profiler).sort_stats("cumulative").print_stats(90)
        pstats.Stats(watch.profiler).sort_stats("tottime").print_stats(40)
    return statistics.median(watch.milliseconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="runs of each row")
    parser.add_argument("--only", default="", help="only rows whose names contain this")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    arguments = parser.parse_args()
    engine.load()
    # The same as in the app's settings, which a page without a server does not read.
    for option in ("browser.gatherUsageStats", "runner.magicEnabled"):
        config.set_option(option, False)
    watch, figures = Stopwatch(), {}
    for name in ROWS:
        if arguments.only in name:
            figures[name] = measured(name, arguments.runs, watch, arguments.profile)
            print(f"{figures[name]:8.1f}  {name}", flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
