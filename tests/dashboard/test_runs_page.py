"""The Runs page: list, filters, and what can be done with selected runs. No test here trains."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core import store
from core.jobs.service import JobService
from core.problem import Problem, TargetSpec
from core.store import studies
from core.store.records import StoredRun
from core.store.store import Store
from dashboard import visitor
from dashboard.run_list.actions import exported
from tests.core.stores import FINISHED, REPORT, frames
from tests.dashboard.pages import APP, PATIENCE, texts

RING = Problem(TargetSpec.of("ring", num_modes=4), "gradient_flow", sigma=3.0)


@pytest.fixture(autouse=True)
def one_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "key", lambda: "me")


@pytest.fixture
def saved() -> Iterator[Store]:
    with store.open() as opened:
        yield opened


@pytest.fixture
def runs(saved: Store) -> list[StoredRun]:
    """Three own runs, oldest first: on the line, on the ring with a larger ESS, and a failed one."""
    better = replace(REPORT, metrics=replace(REPORT.metrics, ess_fraction=0.9))
    worse = replace(REPORT, metrics=replace(REPORT.metrics, ess_fraction=0.1))
    return [
        saved.save(replace(FINISHED, report=worse), frames(), owner="me"),
        saved.save(replace(FINISHED, problem=RING, report=better), owner="me"),
        saved.save(replace(FINISHED, status="failed", report=None), owner="me"),
    ]


def runs_page(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE).run().switch_page("app_pages/runs.py")
    for key, value in link.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> list[str]:
    """Ids of the listed runs."""
    return [box.key.removeprefix("pick-") for box in app.checkbox if box.key and box.key.startswith("pick-")]


def pick(app: AppTest, *runs: StoredRun) -> AppTest:
    for run in runs:
        app.checkbox(key=f"pick-{run.id}").check()
    return app.run()


def test_empty_page_leads_to_explore() -> None:
    app = runs_page()
    assert "No run is saved yet" in app.info[0].value
    assert "Go to Explore" in [link.proto.label for link in app.get("page_link")]


def test_page_lists_own_runs_and_those_of_the_command_line(saved: Store, runs: list[StoredRun]) -> None:
    saved.save(FINISHED, owner="somebody else")
    free = saved.save(FINISHED)
    app = runs_page()
    assert shown(app) == [free.id, *(run.id for run in reversed(runs))]
    assert "from the command line" in texts(app)
    assert shown(runs_page(of_source="shared")) == [free.id]


def test_runs_of_a_study_name_it_and_can_be_filtered(saved: Store, runs: list[StoredRun]) -> None:
    studies.create(saved, "widths", "{}")
    run = studies.save(saved, "widths", "key", FINISHED, {}, action=math.nan)
    assert run is not None
    app = runs_page()
    assert len(shown(app)) == 4
    assert "study widths" in texts(app)
    study = next(box for box in app.selectbox if box.label == "Study")
    study.set_value("widths").run()
    assert shown(app) == [run.id]
    assert len(shown(runs_page(of_study=" "))) == 3


def test_filters_and_order_are_in_the_address(runs: list[StoredRun]) -> None:
    line, ring, failed = (run.id for run in runs)
    assert shown(runs_page(of_target="ring")) == [ring]
    assert shown(runs_page(of_curve="Gradient flow", of_sigma="3")) == [ring]
    assert shown(runs_page(of_separation="2", of_status="failed")) == [failed]
    assert shown(runs_page(sort="ess_fraction")) == [ring, line, failed]
    app = runs_page(since="2100-01-01")
    assert shown(app) == []
    app.button(key="clear_filters").click().run()
    assert len(shown(app)) == 3
    app.selectbox(key=next(box.key for box in app.selectbox if box.label == "Target")).set_value("ring").run()
    assert shown(app) == [ring]
    assert app.query_params["of_target"] == "ring"


def test_deletion_can_be_undone(saved: Store, runs: list[StoredRun]) -> None:
    app = pick(runs_page(), *runs[:2])
    app.button(key="delete-runs").click().run()
    assert shown(app) == [runs[2].id]
    assert "2 runs deleted" in texts(app)
    app.button(key="undo_delete").click().run()
    assert len(shown(app)) == 3
    assert "deleted" not in texts(app)


def test_deleted_and_unpinned_runs_leave_the_servers_memory(
    saved: Store, runs: list[StoredRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten = list[tuple[str, str]]()
    monkeypatch.setattr(
        JobService, "forget", lambda service, job_id, owner: forgotten.append((job_id, owner))
    )
    saved.edit(runs[0].id, pinned=True)
    app = pick(runs_page(), runs[0])
    app.button(key="pin-runs").click().run()
    app.button(key="delete-runs").click().run()
    assert forgotten == [(runs[0].id, visitor.key())] * 2


def test_name_note_and_pin_are_saved(saved: Store, runs: list[StoredRun]) -> None:
    run = runs[0]
    app = pick(runs_page(), run)
    app.text_input(key=f"name-{run.id}").set_value("My *best* run")
    app.text_input(key=f"note-{run.id}").set_value("For the talk")
    next(button for button in app.button if button.label == "Save").click().run()
    app.button(key="pin-runs").click().run()
    again = saved.run(run.id)
    assert (again.name, again.note, again.pinned) == ("My *best* run", "For the talk", True)
    assert app.checkbox(key=f"pick-{run.id}").label.startswith(r"**My \*best\* run** · ")
    app.button(key="pin-runs").click().run()
    assert not saved.run(run.id).pinned


def test_runs_of_others_cannot_be_changed(saved: Store) -> None:
    run = saved.save(FINISHED, frames())
    app = pick(runs_page(), run)
    assert app.button(key="delete-runs").disabled
    assert app.button(key="pin-runs").disabled
    assert not app.button(key="compare-runs").disabled


def test_selected_runs_are_compared(saved: Store, runs: list[StoredRun]) -> None:
    app = pick(runs_page(), *runs)
    app.button(key="compare-runs").click().run()
    assert not app.exception
    names = app.query_params["pins"].split(",")
    assert [name.partition(".")[0] for name in names] == [runs[0].id]  # the others have no pictures
    assert "Compare" in [title.value for title in app.title]
    assert "This result is not pinned, so other browsers can open it" in texts(app)
    app.button(key="pin_them").click().run()
    assert saved.run(runs[0].id).pinned
    assert "pin_them" not in [button.key for button in app.button]


def test_export_holds_only_runs_that_the_browser_sees(saved: Store, runs: list[StoredRun]) -> None:
    theirs = saved.save(FINISHED, frames(), owner="somebody else")
    with zipfile.ZipFile(io.BytesIO(exported((runs[0].id, theirs.id)))) as archive:
        assert archive.namelist() == ["manifest.json", f"runs/{runs[0].id}/frames.npz"]


def test_store_that_cannot_be_opened_gives_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOLTZMANN_STORE", "/dev/null/no-folder")
    app = runs_page()
    assert "cannot be used" in app.warning[0].value
