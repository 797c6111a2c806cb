"""Imported points on the Explore page and in links."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.budget import Budget
from core.jobs.request import Request
from core.problem import Problem, TargetSpec
from core.store import place
from core.targets.points.packed import packed
from dashboard.pins.pin import _packed, request_of
from dashboard.url import long_texts
from dashboard.url.address import params_of
from tests.dashboard.pages import computed, open_page
from tests.dashboard.test_formula import problem_of

SHUFFLE = random.Random(0)
FEW = packed([[float(i * i % 7)] for i in range(9)])
MANY = packed([[SHUFFLE.gauss(0, 1) for _ in range(4)] for _ in range(900)])


def test_uploaded_table_becomes_the_target() -> None:
    app = open_page(target="points", interpolation="gradient_flow", points=FEW)
    assert not app.exception
    table = "name;x\n" + "\n".join(f"A;{(i * i) % 11 + 0.5}" for i in range(12)) + "\nB;broken\n"
    app.file_uploader[0].upload("table.csv", table.encode(), "text/csv").run()
    assert not app.exception
    problem = problem_of(app)
    assert (problem.target.name, problem.center) == ("points", "target")
    shown = [caption.value.replace("\\", "") for caption in app.caption]
    assert any(text.startswith("12 points in 1-D") for text in shown)
    assert any("Left out line 14" in text for text in shown)
    app.toggle(key="points_standardised").set_value(True).run()
    assert problem_of(app).target != problem.target
    assert problem_of(app).sigma == 1.0
    computed(app.button(key="undo").click().run())
    assert problem_of(app).target == problem.target


def test_file_that_is_no_table_is_refused_and_changes_nothing() -> None:
    app = open_page(target="points", interpolation="gradient_flow", points=FEW)
    before = problem_of(app)
    app.file_uploader[0].upload("table.csv", b"<script>alert(1)</script>", "text/csv").run()
    assert not app.exception
    assert "no numbers" in app.error[0].value
    assert problem_of(app) == before


def test_long_points_are_named_in_the_link_and_found_in_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(place.FOLDER, str(tmp_path))
    long_texts.shortened.cache_clear()
    name = params_of(Problem(TargetSpec.of("points", points=MANY)), "linear")["points"]
    assert name.startswith(long_texts.PREFIX)
    assert long_texts.whole(name) == MANY
    request = Request(Problem(TargetSpec.of("points", points=MANY)), "train", Budget(seconds=2))
    pin = f"token.{_packed(request)}"
    assert len(pin) < 500
    assert request_of(pin) == request
    monkeypatch.setenv(place.FOLDER, str(tmp_path / "other"))
    with pytest.raises(ValueError, match="stored on the server"):
        long_texts.whole(name)
    long_texts.shortened.cache_clear()


def test_damaged_points_in_a_link_are_reported() -> None:
    def script() -> None:
        from dashboard.controls.faults import Faults
        from dashboard.controls.points import points
        from dashboard.url import link

        points(Faults())
        link.warn()

    app = AppTest.from_function(script)
    app.query_params["points"] = "eNo<script>"
    app.run()
    assert not app.exception
    assert "is damaged" in app.warning[0].value
