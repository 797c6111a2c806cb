"""The Python snippet runs unchanged and reproduces the scores of the page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.request import Request
from core.presets import FIRST, learned
from dashboard import cache
from dashboard.controls.snippet import snippet
from tests.dashboard.pages import QUICK, finish, open_page

ROOT = Path(__file__).resolve().parents[2]


def code(app: AppTest) -> str:
    (found,) = (element.value for element in app.code if element.language == "python")
    return found


def effective(text: str) -> list[float]:
    """Run a script; returns the effective sample size in each line of its output."""
    script = [sys.executable, "-W", "error", "-c", text]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [float(share) for share in re.findall(r"\bess_fraction=([^,]+)", done.stdout)]


@pytest.mark.long
@pytest.mark.parametrize("solver", ["rk4", "tsit5"])
def test_snippet_reproduces_the_scores_of_the_page(solver: str) -> None:
    app = open_page(
        interpolation="linear", mode_separation="5", **(QUICK | {"solver": solver, "num_steps": "100"})
    )
    assert "Not trained on the page yet" in code(app)
    app.button(key="train").click().run()
    finish(app)
    view = cache.jobs().look(app.query_params["job"])
    assert view is not None
    assert view.picture is not None
    text = code(app)
    assert f"Budget(steps={view.step})" in text
    assert "Not run" not in text
    assert "seconds" not in text
    assert effective(text) == [pytest.approx(view.picture.report.metrics.ess_fraction, rel=1e-6)]


def test_running_job_gives_the_snippet_no_steps() -> None:
    app = open_page(interpolation="linear", mode_separation="5", **(QUICK | {"seconds": "60"}))
    app.button(key="train").click().run()
    assert "Not trained on the page yet" in code(app)
    app.button(key="stop").click().run()


def test_snippet_repeats_the_steps_of_a_saved_run() -> None:
    stored = learned(FIRST)
    assert stored is not None
    app = open_page(interpolation="linear")
    assert f"Budget(steps={stored.step})" in code(app)


def test_snippet_marks_results_that_are_only_close() -> None:
    assert "close to the page's" in snippet([Request(FIRST, "mala")], [500])
    assert "close to the page's" not in snippet([Request(FIRST)], [60])
