"""The switch between raw, reweighted and corrected samples of a learned curve."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.request import Request
from core.jobs.saved_runs import course_of, is_correction_of
from core.jobs.service import JobService
from core.jobs.view import JobView
from core.store.course import Course
from dashboard import cache
from dashboard.state import DEFAULT
from tests.dashboard.pages import APP, PATIENCE, QUICK, finish, open_page, texts


def rows(app: AppTest) -> list[str]:
    """The rows of the table of metrics."""
    return list(app.table[0].value.index)


def show(app: AppTest, name: str) -> None:
    """Choose which samples to show."""
    (switch,) = (group for group in app.segmented_control if group.label == "Samples")
    switch.set_value(name).run()


@pytest.mark.long
def test_switch_shows_raw_reweighted_and_corrected_samples_with_their_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = open_page(interpolation="linear", mode_separation="5", **QUICK)
    app.button(key="train").click().run()
    finish(app)
    assert "samples carried by the learned velocity" in texts(app)
    show(app, "reweighted")
    assert app.query_params["samples"] == "reweighted"
    assert "Mode mass error, reweighted" in rows(app)
    assert "Mode mass error" not in rows(app)
    show(app, "corrected")  # starts the correction
    corrected = app.query_params["job"].split(",")[-1]
    finish(app)
    assert not app.exception
    assert "The correction took" in texts(app)
    assert {"log Z", "Mode mass error"} <= set(rows(app))
    # Each number is in one table only: scores in *Metrics*, the sampler's own numbers in *Sampling*.
    sampling = {str(name) for name in app.table[1].value.index}
    assert "Distinct ancestors" in sampling
    assert not sampling & set(rows(app))
    assert "Effective samples (ESS)" not in rows(app)
    view = cache.jobs().look(corrected)
    assert view is not None
    assert view.request.kind == "corrected"
    assert "energy_calls" in view.facts
    app.button(key="pin-Linear, corrected").click().run()
    assert corrected in app.query_params["pins"]
    page = AppTest.from_file(APP, default_timeout=PATIENCE).switch_page("app_pages/compare.py")
    page.query_params["pins"] = app.query_params["pins"]
    page.run()
    assert not page.exception
    (link,) = (x.proto.query_string for x in page.get("page_link") if x.proto.label == "Open in Explore")
    assert "interpolation=linear&" in f"{link}&"
    # After a restart of the server, both runs come from the store.
    with monkeypatch.context() as restarted:
        restarted.setattr(JobService, "look", lambda service, job_id: None)
        app.run()
        assert "The correction took" in texts(app)
    app.run()
    # A new curve makes the correction outdated, and the page offers another.
    app.button(key="train").click().run()
    finish(app)
    assert corrected not in app.query_params["job"]
    assert app.button(key="correct").label == "Correct these samples, about 2 s"


def test_saved_correction_belongs_to_the_curve_that_it_corrected() -> None:
    request = Request(DEFAULT).correction(b"curve")
    facts = Course.unpack(course_of(JobView(request), ()).pack()).facts
    saved = JobView(replace(request, checkpoint=b""), facts=facts)
    assert is_correction_of(saved, b"curve")
    assert not is_correction_of(saved, b"another curve")
    assert not is_correction_of(JobView(Request(DEFAULT)), b"")


def test_saved_run_without_its_curve_cannot_be_corrected() -> None:
    app = open_page(interpolation="linear", samples="corrected")
    app.segmented_control(key="detail-linear-False").set_value("linear").run()
    assert "cannot be corrected" in app.info[0].value


def test_unknown_samples_in_a_link_are_reported() -> None:
    app = open_page(interpolation="linear", samples="guess")
    app.segmented_control(key="detail-linear-False").set_value("linear").run()
    assert not app.exception
    assert "samples" in app.warning[0].value
