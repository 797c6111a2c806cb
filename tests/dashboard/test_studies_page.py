"""The Studies page: making a study, its maps, and the paper's figures. No test here trains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import store, sweep
from core.paper.verdict import Verdict
from core.store import studies as stored_studies
from core.store.store import Store
from core.sweep.background import Progress, Studies
from core.sweep.phase_grid import phase_grid
from dashboard import cache, visitor
from dashboard.studies.paper_figures import Preparation
from tests.core.stores import FINISHED
from tests.dashboard.pages import APP, PATIENCE, texts

NAME = "σ & *separation*"
GRID = phase_grid("shifted_pair", {"sigma": (1.0, 4.0), "separation": (3.0, 8.0)}, seconds=1.0)


class Idle(Studies):
    """Studies that are never started; records the calls of `start` and `stop`."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.stopped: list[str] = []
        self.progress: Progress | None = None

    def start(self, name: str, grid: sweep.Grid, owner: str) -> None:
        self.started.append(name)

    def look(self, name: str) -> Progress | None:
        return self.progress if self.progress and self.progress.name == name else None

    def stop(self, name: str, owner: str) -> None:
        self.stopped.append(name)
        self.progress = None


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> Idle:
    found = Idle()
    monkeypatch.setattr(cache, "studies", lambda: found)
    monkeypatch.setattr(visitor, "key", lambda: "me")
    return found


@pytest.fixture
def saved() -> Iterator[Store]:
    with store.open() as opened:
        yield opened


@pytest.fixture
def study(saved: Store) -> str:
    """A study that has a result for every run except the last."""
    sweep.create(saved, NAME, GRID, owner="me")
    for task in GRID.tasks[:-1]:
        result = replace(FINISHED, problem=task.problem)
        stored_studies.save(saved, NAME, task.key, result, {}, 10.0)
    return NAME


def studies_page(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE).switch_page("app_pages/studies.py")
    for key, value in link.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def maps(app: AppTest) -> list[dict[str, Any]]:
    """The specifications of the page's charts."""
    return [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]


def test_empty_page_explains_studies_and_starts_one(idle: Idle, saved: Store) -> None:
    app = studies_page()
    assert "A study trains the curves at every point of a grid" in texts(app)
    assert "No study is saved yet" in app.info[0].value
    assert "27 runs. About 3 minutes" in texts(app)
    app.text_input(key="grid_sigma").set_value("1, x").run()
    assert "must be numbers separated by commas" in app.warning[0].value
    app.text_input(key="grid_sigma").set_value("1, 4").run()
    app.button(key="start_study").click().run()
    assert not app.exception
    (found,) = sweep.studies(saved)
    assert idle.started == [found.name]
    assert app.query_params["study"] == found.name
    assert len(sweep.grid_of(saved, found.name).tasks) == 18
    # The next study gets a different name by default.
    assert f"{found.name} (2)" in [field.value for field in app.text_input]


def test_study_has_a_map_for_each_curve_and_continues(idle: Idle, study: str) -> None:
    app = studies_page(study=study)
    assert len(maps(app)) == 4  # three maps, and error against action
    assert "A cell with “?” has no result" in texts(app)
    assert "Best possible" in texts(app)
    assert "1 of" not in app.button(key="continue_study").label
    app.button(key="continue_study").click().run()
    assert idle.started == [study]
    assert "quantity" not in app.query_params


def test_running_study_shows_its_progress_and_its_owner_stops_it(idle: Idle, study: str) -> None:
    idle.progress = Progress(study, "me", 12, 11, task=GRID.tasks[-1], share=0.95)
    app = studies_page(study=study)
    assert (
        "11 of 12 runs · now: Gradient flow, latent σ 4, mode separation 8, seed 0"
        in app.get("progress")[0].proto.text
    )
    idle.progress = replace(idle.progress, owner="another")
    assert app.run().button(key="stop_study").disabled
    idle.progress = replace(idle.progress, owner="me")
    app.run().button(key="stop_study").click().run()
    assert idle.stopped == [study]


def test_deleting_a_study_keeps_its_runs(saved: Store, study: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = studies_page()
    monkeypatch.setattr(visitor, "key", lambda: "another")
    assert app.run().get("popover")[-1].proto.popover.disabled
    monkeypatch.setattr(visitor, "key", lambda: "me")
    app.run()
    app.button(key="delete_study").click().run()
    assert not app.exception
    assert sweep.studies(saved) == []
    assert len(saved.runs()) == len(GRID.tasks) - 1


def test_link_to_a_missing_study_is_reported(study: str) -> None:
    assert "no study of this name" in studies_page(study="nothing").warning[0].value


def test_each_figure_of_the_paper_has_a_button(idle: Idle, saved: Store) -> None:
    app = studies_page()
    app.button(key="train-figure3").click().run()
    assert not app.exception
    assert idle.started == ["figure3"]
    assert len(sweep.grid_of(saved, "figure3").tasks) == 3
    assert "need two axes with numbers" in texts(app)


def test_prepared_report_shows_the_verdicts(saved: Store) -> None:
    prepared = Preparation(frozenset())
    prepared.page = b"<!doctype html>"
    prepared.verdicts = {"figure2": Verdict("no", "It does not *grow*.")}
    app = studies_page()
    app.session_state["paper_report"] = prepared
    app.run()
    assert not app.exception
    assert r"**Not seen.**] It does not \*grow\*." in texts(app)
    assert "Save the report" in [button.proto.label for button in app.get("download_button")]


def test_study_cannot_have_the_name_of_a_figure(idle: Idle, saved: Store) -> None:
    app = studies_page()
    next(field for field in app.text_input if field.label == "Name").set_value("figure1").run()
    app.button(key="start_study").click().run()
    assert "reserved for a figure of the paper" in app.warning[0].value
    assert idle.started == []


def test_store_that_cannot_be_opened_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOLTZMANN_STORE", "/dev/null/no-folder")
    assert "cannot be used" in studies_page().warning[0].value
