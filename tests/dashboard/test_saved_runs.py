"""Saved runs on the Explore page: runs of equal problems, runs of a server that has ended, and who owns them. No test here trains."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core import store
from core.store.course import Course
from core.store.records import Result, StoredRun
from dashboard import cache, visitor
from dashboard.runs import saved as saved_runs
from tests.core.stores import REPORT, frames
from tests.dashboard.pages import badges, open_page, reel, texts

LINK = {"interpolation": "linear", "mode_separation": "5", "seconds": "3"}


@pytest.fixture(autouse=True)
def one_browser(monkeypatch: pytest.MonkeyPatch, unsolved: None) -> None:
    monkeypatch.setattr(visitor, "key", lambda: "me")


def result(app: AppTest, seconds: float = 3.0) -> Result:
    """A finished run of the page's problem."""
    problem = app.session_state["last_selection"].request.problem
    return Result(
        problem, "finished", seconds, 120, 4000, 4000, REPORT, budget_seconds=seconds, num_samples=2000
    )


def interrupted(app: AppTest, owner: str = "me") -> StoredRun:
    """A run whose server ended after its first checkpoint."""
    with store.open() as saved:
        recording = saved.begin(result(app), owner)
        course = Course(pictures=((0, 120, 1.5),))
        recording.checkpoint(
            replace(result(app), seconds=1.5), b"state", frames().pack(), lambda _: course.pack()
        )
        recording.close()
        return saved.run(recording.id)


def test_finished_run_of_an_equal_problem_is_shown_at_once_with_its_date() -> None:
    app = open_page(**LINK)
    assert app.button(key="train").label == "Train"
    with store.open() as saved:
        saved.save(result(app), frames(), owner="somebody else")
    app.run()
    assert not app.exception
    assert badges(app)[0].startswith("learned · 120 steps, 3.0 s · ")
    assert badges(app)[0].endswith(" UTC")
    assert app.button(key="train").label == "Train again"
    assert not app.button(key="train").disabled
    assert "Computed on " in texts(app)
    assert "job" not in app.query_params


@pytest.mark.parametrize("change", [{"seconds": "10"}, {"mode_separation": "6"}, {"seed": "4"}])
def test_shorter_run_and_run_of_another_problem_are_not_shown(change: dict[str, str]) -> None:
    app = open_page(**LINK)
    with store.open() as saved:
        saved.save(result(app), frames())
    other = open_page(**{**LINK, **change})
    assert other.button(key="train").label == "Train"
    assert not badges(other)[0].startswith("learned")


def test_interrupted_run_is_shown_after_a_restart_and_can_resume(monkeypatch: pytest.MonkeyPatch) -> None:
    run = interrupted(open_page(**LINK))
    app = open_page(**LINK, job=run.id)
    assert not app.exception
    assert badges(app) == ["learned · 120 steps, 1.5 s"]
    assert "Interrupted" in texts(app)
    assert "The server stopped before this run ended. Saved: 120 steps." in app.error[0].value
    resumed = list[tuple[str, bytes]]()
    monkeypatch.setattr(
        cache.jobs(), "resume", lambda job, view, checkpoint, owner: resumed.append((job, checkpoint))
    )
    app.button(key="resume").click().run()
    assert resumed == [(run.id, b"state")]


def test_saved_run_is_private_until_it_is_pinned() -> None:
    run = interrupted(open_page(**LINK), owner="somebody else")
    app = open_page(**LINK, job=run.id)
    assert "only the browser that trained it" in texts(app)
    assert not badges(app)[0].startswith("learned")
    with store.open() as saved:
        saved.edit(run.id, pinned=True)
    app = open_page(**LINK, job=run.id)
    assert badges(app) == ["learned · 120 steps, 1.5 s"]
    assert "resume" not in [button.key for button in app.button]


def test_store_that_cannot_be_written_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    run = interrupted(open_page(**LINK))
    monkeypatch.setattr(type(cache.jobs()), "storage_error", "The disk is full.")
    app = open_page(**LINK, job=run.id)
    assert [warning.value for warning in app.warning] == [
        "The disk is full. Runs continue, but they are not saved."
    ]


def test_page_works_without_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOLTZMANN_STORE", "/dev/null/no-folder")
    app = open_page(**LINK, job="0123456789ab")
    assert not app.exception
    assert "no longer has the run" in texts(app)


def test_pin_of_another_browsers_run_is_a_copy_that_outlives_it() -> None:
    app = open_page(**LINK)
    with store.open() as saved:
        theirs = saved.save(result(app), frames(), owner="somebody else")
        app.run().button(key="pin").click().run()
        assert app.button(key="pin").label == "Pinned"
        copy = saved.run(app.query_params["pins"].partition(".")[0])
        assert copy.id != theirs.id
        assert copy.pinned
        assert copy.is_owned_by("me")
        assert not saved.run(theirs.id).pinned
        saved.delete(theirs.id)
    app.switch_page("app_pages/compare.py").run()
    assert not app.exception
    assert not app.warning


def test_training_of_a_saved_run_can_be_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(**LINK)
    with store.open() as saved:
        recording = saved.begin(result(app), "me")
        course = Course(pictures=((0, 60, 1.5),))
        early = replace(result(app), seconds=1.5, steps=60)
        recording.checkpoint(early, b"state", frames(1).pack(), lambda _: course.pack())
        recording.finish(result(app), packed={"frames.npz": frames(2).pack()}, course=course.pack())
    app = open_page(**LINK, job=recording.id)
    (panel,) = reel(app)[0]["panels"]
    assert [checkpoint["step"] for checkpoint in panel["course"]] == [60, 120]
    # Once the player has all pictures, sending the last one suffices.
    monkeypatch.setattr(saved_runs, "SENDING_SECONDS", 0.0)
    (panel,) = reel(app.run())[0]["panels"]
    assert [checkpoint["step"] for checkpoint in panel["course"]] == [120]
