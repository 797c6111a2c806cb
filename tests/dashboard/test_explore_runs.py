"""Runs on the Explore page: trained, failed, outdated, shared with others, and shown again after a reload."""

from __future__ import annotations

import time
from typing import Any

import pytest
import streamlit as st

from dashboard import cache, visitor
from dashboard.runs import run
from dashboard.url import address_bar
from tests.dashboard.pages import (
    PATIENCE,
    QUICK,
    badges,
    finish,
    open_page,
    reel,
    refuse,
    slider,
    texts,
    use_worker,
)
from tests.workers import CONVERGES, fails_late

LONG = QUICK | {"seconds": "60"}


def is_running(job_id: str) -> bool:
    view = cache.jobs().look(job_id)
    return view is not None and view.running


def wait_until_begun(job_id: str) -> None:
    """Wait until a run has started; the worker of an earlier test may have to end first."""
    deadline = time.monotonic() + PATIENCE
    while (view := cache.jobs().look(job_id)) and view.status == "queued" and time.monotonic() < deadline:
        time.sleep(0.05)


def wait_until_saved() -> None:
    """Wait until the ends of all runs are in the run store."""
    recorder = cache.jobs()._dispatcher.recorder
    assert recorder is not None
    assert recorder.wait(PATIENCE)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("raise MemoryError", "more memory than is available"),
        ("import os; os.kill(os.getpid(), 9)", "was killed (signal 9) before the run ended. It last used "),
    ],
)
def test_failed_run_shows_one_sentence_and_keeps_its_picture(
    end: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_worker(fails_late(end), monkeypatch)
    app = open_page(interpolation="linear", mode_separation="5", **LONG)
    app.button(key="train").click().run()
    finish(app)
    assert not app.exception
    (sentence,) = [error.value for error in app.error]
    assert message in sentence
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert "red-badge[:material/error: Failed" in texts(app)
    assert badges(app)[0].startswith("learned · ")
    wait_until_saved()
    app.run().button(key="resume").click().run()
    assert is_running(app.query_params["job"])


@pytest.mark.thorough
def test_click_during_rerun_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    use_worker(CONVERGES, monkeypatch)
    app = open_page(interpolation="linear", mode_separation="5")
    drawn, interruptions = run._button, iter([True])

    def interrupted(label: str, key: str, *arguments: Any, **more: Any) -> None:
        if key == "stop" and next(interruptions, False):
            st.rerun()  # a message from the page's player component may cause such a rerun at any time
        drawn(label, key, *arguments, **more)

    monkeypatch.setattr(run, "_button", interrupted)
    app.button(key="train").click().run()
    finish(app)
    assert next(interruptions, None) is None
    assert "Converged" in texts(app)


@pytest.mark.thorough
def test_outdated_address_does_not_lose_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    use_worker(CONVERGES, monkeypatch)
    app = open_page(interpolation="linear", mode_separation="5")
    app.button(key="train").click().run()
    monkeypatch.setattr(address_bar, "BEHIND_SECONDS", 600.0)
    job = app.query_params.pop("job")
    app.run()
    assert app.query_params["job"] == job
    finish(app)
    assert "Converged" in texts(app)


@pytest.mark.thorough
def test_outdated_address_does_not_restore_a_closed_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_worker(CONVERGES, monkeypatch)
    app = open_page(interpolation="linear", mode_separation="5")
    app.button(key="train").click().run()
    finish(app)
    before = dict(app.query_params)
    monkeypatch.setattr(address_bar, "BEHIND_SECONDS", 600.0)
    app.button(key="example-tame").click().run()
    app.query_params.clear()
    app.query_params.update(before)
    app.run()
    assert "job" not in app.query_params


@pytest.mark.thorough
def test_converged_run_names_its_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    use_worker(CONVERGES, monkeypatch)
    app = open_page(interpolation="linear", mode_separation="5", seconds="60")
    app.button(key="train").click().run()
    finish(app)
    assert not app.exception
    # The result after one step is not good, so its badge must not be green.
    assert " Converged · " in texts(app)
    assert "The loss stands still." in [caption.value for caption in app.caption]
    assert "Continuity residual" in texts(app)


@pytest.mark.thorough
def test_result_for_other_settings_is_outdated() -> None:
    app = open_page(interpolation="linear", mode_separation="5", **QUICK)
    app.button(key="train").click().run()
    finish(app)
    assert not reel(app)[0]["panels"][0]["stale"]
    slider(app, "Mode separation").set_value(7.0).run()
    assert reel(app)[0]["panels"][0]["stale"]
    assert (
        "Outdated: these numbers belong to Linear · Pair, one mode at the origin · σ = 1 · mode separation 5"
        in texts(app)
    )
    slider(app, "Mode separation").set_value(5.0).run()
    assert not reel(app)[0]["panels"][0]["stale"]
    assert "Outdated" not in texts(app)


@pytest.mark.thorough
def test_exact_frames_of_other_settings_are_not_shown_beside_a_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_worker(CONVERGES, monkeypatch)
    refuse(5.0, monkeypatch)
    app = open_page(interpolation="linear", mode_separation="6")
    slider(app, "Mode separation").set_value(5.0).run()
    assert reel(app)[0]["panels"][0]["exact"]["source"] == "held"
    app.button(key="train").click().run()
    finish(app)
    (panel,) = reel(app)[0]["panels"]
    assert panel["exact"] is None
    assert not panel["stale"]
    assert "as a line" not in texts(app)


@pytest.mark.thorough
def test_saved_result_replaces_an_outdated_run() -> None:
    app = open_page(interpolation="linear", mode_separation="5", seconds="1")
    app.button(key="train").click().run()
    finish(app)
    slider(app, "Mode separation").set_value(5.5).run()
    assert badges(app)[0].startswith("saved result · ")
    assert not reel(app)[0]["panels"][0]["stale"]


def test_reload_finds_its_run_again() -> None:
    app = open_page(interpolation="linear", **QUICK)
    app.button(key="train").click().run()
    finish(app)
    again = open_page(**app.query_params)
    assert not again.exception
    assert badges(again) == badges(app)
    assert badges(app)[0].startswith("learned · ")


def test_opened_link_shows_the_run_but_cannot_stop_it() -> None:
    author = open_page(interpolation="linear", mode_separation="5", **LONG)
    author.button(key="train").click().run()
    job = author.query_params["job"]
    guest = open_page(**author.query_params)
    assert guest.button(key="stop").disabled
    slider(guest, "Mode separation").set_value(6.0).run()
    guest.button(key="train").click().run()
    assert guest.query_params["job"] != job
    assert is_running(job)
    assert not author.run().button(key="stop").disabled
    author.button(key="stop").click().run()
    assert not is_running(job)
    assert is_running(guest.query_params["job"])


def test_reload_keeps_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "key", lambda: "one browser")
    app = open_page(interpolation="linear", mode_separation="5", **LONG)
    app.button(key="train").click().run()
    again = open_page(**app.query_params)
    assert not again.button(key="stop").disabled
    again.button(key="stop").click().run()
    assert not is_running(app.query_params["job"])


def test_equal_runs_are_shared_and_stop_ends_only_the_viewers_own_run() -> None:
    first, second = (open_page(interpolation="linear", mode_separation="5", **LONG) for _ in range(2))
    first.button(key="train").click().run()
    second.button(key="train").click().run()
    ids = [app.query_params["job"] for app in (first, second)]
    assert ids[0] != ids[1]
    assert "Other people are watching this run" in first.run().button(key="stop").help
    first.button(key="stop").click().run()
    assert [is_running(job_id) for job_id in ids] == [False, True]
    assert "Stopped" in texts(first)
    assert second.run().button(key="stop").help == ""
    second.button(key="stop").click().run()
    assert not is_running(ids[1])


def test_three_curves_of_one_press_share_one_waiting_line() -> None:
    # Other runs occupy all workers.
    for seed in range(cache.jobs().most_running):
        first = open_page(interpolation="linear", mode_separation="5", seed=str(seed), **LONG)
        first.button(key="train").click().run()
        wait_until_begun(first.query_params["job"])
    second = open_page(interpolation="all", mode_separation="6", **QUICK)
    second.button(key="train").click().run()
    waiting = [element.proto.text for element in second.get("progress")]
    assert len(waiting) == 1
    assert waiting[0].startswith("Waiting: next in line, about ")


def test_new_run_replaces_the_old_one_only_when_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = open_page(interpolation="linear", mode_separation="5", **LONG)
    app.button(key="train").click().run()
    old = app.query_params["job"]
    slider(app, "Mode separation").set_value(6.0).run()
    with monkeypatch.context() as full:
        full.setattr("core.jobs.press_queue.MOST_WAITING", 0)
        app.button(key="train").click().run()
    assert "The queue is full" in app.warning[0].value
    assert app.query_params["job"] == old
    assert is_running(old)
    app.button(key="train").click().run()
    assert app.query_params["job"] != old
    deadline = time.monotonic() + PATIENCE
    while is_running(old) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(old)


def test_run_goes_on_while_another_page_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(interpolation="linear", mode_separation="5", **LONG)
    app.button(key="train").click().run()
    job, looked, look = app.query_params["job"], [], cache.jobs().look
    monkeypatch.setattr(cache.jobs(), "look", lambda job_id: (looked.append(job_id), look(job_id))[1])
    app.switch_page("app_pages/compare.py")
    app.query_params.clear()  # a browser's navigation has the same effect
    app.run()
    assert looked == [job]


def test_dropped_run_is_reported() -> None:
    app = open_page(job="never-was")
    assert not app.exception
    assert "no longer has the run" in texts(app)
