"""The Python snippet repeats the runs on the page: it is run as it stands, and its scores are compared with the page's."""

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
from dashboard.components.snippet import snippet
from tests.dashboard.pages import QUICK, finish, open_page

ROOT = Path(__file__).resolve().parents[2]


def code(app: AppTest) -> str:
    (found,) = (element.value for element in app.code if element.language == "python")
    return found


def effective(text: str) -> list[float]:
    """The effective sample size that each line of the script's output holds."""
    script = [sys.executable, "-W", "error", "-c", text]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [float(share) for share in re.findall(r"ess_fraction=([^,]+)", done.stdout)]


@pytest.mark.parametrize("solver", ["rk4", "tsit5"])
def test_snippet_scores_what_the_page_scored(solver: str) -> None:
    app = open_page(
        interpolation="linear", mode_separation="5", **(QUICK | {"solver": solver, "num_steps": "100"})
    )
    assert "Not run on the page yet" in code(app)
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


def test_run_that_goes_on_has_no_steps_to_repeat() -> None:
    app = open_page(interpolation="linear", mode_separation="5", **(QUICK | {"seconds": "60"}))
    app.button(key="train").click().run()
    assert "Not run on the page yet" in code(app)
    app.button(key="stop").click().run()


def test_saved_run_is_repeated_in_its_steps() -> None:
    stored = learned(FIRST)
    assert stored is not None
    app = open_page(interpolation="linear")
    assert f"Budget(steps={stored.step})" in code(app)


def test_runs_by_the_clock_say_that_they_repeat_closely() -> None:
    assert "repeat closely" in snippet([Request(FIRST, "langevin")], [500])
    assert "repeat closely" not in snippet([Request(FIRST)], [60])
