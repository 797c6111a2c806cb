"""Sweeps: each result is saved once, failures keep their reason, and an interrupted sweep continues."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from core import sweep
from core.__main__ import main
from core.problem import Problem, TargetSpec, TrainingSettings
from core.store.course import Course
from core.store.errors import StoreError
from core.store.housekeeping import verify
from core.store.ownership import discard
from core.store.query import Query
from core.store.records import TRAINING
from core.sweep.engine import AbstractEngine, Done, End, Failed, attempt
from core.sweep.execution import MOST_ATTEMPTS, result_of
from core.sweep.task import Effort, Task
from tests.core.command_line import json_output
from tests.core.stores import REPORT, open_store

GRID = sweep.parse(
    {"base": {"target": {"name": "two_modes", "dim": 1}}, "grid": {"sigma": [1, 2, 3]}, "budget": {"steps": 5}}
)  # fmt: skip
FACTS: dict[str, Any] = {
    "status": "finished",
    "seconds": 1.5,
    "steps": 5,
    "energy_calls": 100,
    "gradient_calls": None,
    "report": REPORT.to_dict(),
    "action": 2.5,
    "machine": "Plan 9 mips, 1 cores",
}
DONE = Done(FACTS, {"frames.npz": b"pictures"})


class Scripted(AbstractEngine):
    """An engine that ends each task as the function `end` decides, and lists the tasks that it ran."""

    def __init__(self, end: Callable[[Task], End] = lambda task: DONE) -> None:
        self.end, self.tasks = end, list[Task]()

    def run(self, tasks: Sequence[Task], stopped: threading.Event) -> Iterator[tuple[Task, End]]:
        for task in tasks:
            if stopped.is_set():
                return
            self.tasks.append(task)
            yield task, self.end(task)

    def close(self) -> None:
        return


def swept(store: sweep.Store, engine: AbstractEngine, name: str = "s") -> list[sweep.Event]:
    sweep.create(store, name, GRID)
    return list(sweep.run(store, name, GRID, engine))


def test_results_are_rows_in_the_order_of_the_grid(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        assert [event.status for event in swept(store, Scripted())] == ["finished"] * 3
        rows = sweep.table(store, "s")
        assert [row.parameters for row in rows] == [{"sigma": sigma} for sigma in (1, 2, 3)]
        assert [row.run for row in rows] == [run.id for run in store.runs(Query(study="s"))][::-1]
        row = rows[0]
        assert (row.seed, row.status, row.steps, row.action) == (0, "finished", 5, 2.5)
        assert row.metrics is not None
        assert row.metrics.mode_tv == REPORT.metrics.mode_tv
        assert math.isnan(row.gradient_calls)
        assert store.run(row.run or "").machine == "Plan 9 mips, 1 cores"
        assert row.to_dict()["floors"]["ess_fraction"] == REPORT.floors.ess_fraction
        assert row.to_dict()["gradient_calls"] is None
        assert store.read(rows[0].run or "", store.files(rows[0].run or "")[0]) == b"pictures"


def test_sweep_continues_where_it_was_stopped(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        stopped = threading.Event()
        sweep.create(store, "s", GRID)
        for _ in sweep.run(store, "s", GRID, Scripted(), stopped):
            stopped.set()
        assert [row.status for row in sweep.table(store, "s")] == ["finished", "open", "open"]
    engine = Scripted()
    with open_store(tmp_path) as store:
        swept(store, engine)
        assert [task.parameters["sigma"] for task in engine.tasks] == [2, 3]
        assert len(store.runs()) == 3
        swept(store, engine)
        assert len(engine.tasks) == 2


def test_task_that_two_sweeps_compute_is_saved_once(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, open_store(tmp_path) as other:

        def computed_twice(task: Task) -> End:
            if task is GRID.tasks[0]:
                swept(other, Scripted())
            return DONE

        events = swept(store, Scripted(computed_twice))
        assert len(events) == len(store.runs()) == 3
        assert [event.run for event in events] == [row.run for row in sweep.table(store, "s")]
        assert len(list(store.folder.run_ids())) == 3


def test_failed_task_is_tried_again_and_its_reason_is_kept(tmp_path: Path) -> None:
    ends = iter([Failed("The worker was killed.", is_final=False), DONE, DONE, DONE])
    with open_store(tmp_path) as store:
        events = swept(store, Scripted(lambda task: next(ends)))
        assert [event.status for event in events] == ["retry", "finished", "finished", "finished"]
        row = sweep.table(store, "s")[0]
        assert (row.status, row.attempts, row.reason) == ("finished", 1, "The worker was killed.")


def test_task_that_keeps_failing_is_given_up_until_the_next_sweep(tmp_path: Path) -> None:
    def end(task: Task) -> End:
        return DONE if task.problem.sigma == 1 else Failed("No memory.", is_final=task.problem.sigma == 2)

    engine = Scripted(end)
    with open_store(tmp_path) as store:
        swept(store, engine)
        assert len(engine.tasks) == 2 + MOST_ATTEMPTS
        rows = sweep.table(store, "s")
        assert [row.status for row in rows] == ["finished", "failed", "failed"]
        assert [row.attempts for row in rows] == [0, 1, MOST_ATTEMPTS]
        assert math.isnan(rows[1].action)
        swept(store, Scripted())
        assert [row.status for row in sweep.table(store, "s")] == ["finished"] * 3


def test_invalid_result_of_a_worker_is_not_saved(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        swept(store, Scripted(lambda task: Done({**FACTS, "steps": -1}, {})))
        assert store.runs() == []
        assert "`steps` must lie between" in sweep.table(store, "s")[0].reason


def test_studies_share_results(tmp_path: Path) -> None:
    engine = Scripted()
    with open_store(tmp_path) as store:
        swept(store, engine)
        swept(store, engine, "t")
        assert len(engine.tasks) == len(store.runs()) == 3
        assert [row.run for row in sweep.table(store, "s")] == [row.run for row in sweep.table(store, "t")]
        sweep.forget(store, "s")
        assert [study.name for study in sweep.studies(store)] == ["t"]
        assert sweep.table(store, "t")[0].action == 2.5


def test_deleted_run_leaves_its_task_open(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        swept(store, Scripted())
        first, second, _ = sweep.table(store, "s")
        discard(store, first.run or "")
        store.delete(second.run or "")
        assert [row.status for row in sweep.table(store, "s")] == ["open", "open", "finished"]
        assert len(swept(store, Scripted())) == 2


def test_name_belongs_to_one_grid(tmp_path: Path) -> None:
    other = sweep.parse({"problems": [{"target": {"name": "ring"}}], "budget": {"steps": 5}})
    with open_store(tmp_path) as store:
        sweep.create(store, "s", GRID)
        with pytest.raises(StoreError, match="another grid"):
            sweep.create(store, "s", other)
        sweep.create(store, "s", other, overwrite=True)
        assert sweep.grid_of(store, "s").tasks == other.tasks
        with pytest.raises(StoreError, match="needs a name"):
            sweep.create(store, " ", other)


def test_damaged_grid_is_reported(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        swept(store, Scripted())
        with store.writing() as connection:
            connection.execute("UPDATE studies SET definition = substr(definition, 2)")
        assert verify(store) == ["The grid of study `s` is damaged."]
        with pytest.raises(ValueError, match="not valid JSON"):
            sweep.table(store, "s")
        sweep.create(store, "s", GRID, overwrite=True)
        assert sweep.table(store, "s")[0].status == "finished"


def test_trained_curve_and_its_action_are_computed() -> None:
    problem = Problem(
        TargetSpec.of("two_modes", dim=1, mode_separation=2.0),
        training=TrainingSettings(width=8, depth=1, batch_size=32),
    )
    end = attempt(Task(problem, TRAINING, Effort(steps=2), 50))
    assert isinstance(end, Done)
    result, action = result_of(
        Task(problem, TRAINING, Effort(steps=2), 50), json.loads(json.dumps(end.facts))
    )
    assert (result.status, result.steps, result.budget_steps) == ("finished", 2, 2)
    assert action > 0
    assert sorted(end.contents) == [
        "checkpoint-000000.safetensors",
        "course-000000.json",
        "frames.npz",
    ]
    course = Course.unpack(end.contents["course-000000.json"])
    assert course.curve[-1] == (result.seconds, course.facts["loss"])


def test_command_runs_a_grid_of_samplers_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOLTZMANN_STORE", str(tmp_path / "store"))
    file = tmp_path / "widths.json"
    file.write_text(
        json.dumps(
            {
                "base": {"target": {"name": "two_modes", "dim": 1}, "interpolation": "box"},
                "grid": {"sigma": [1, 2]},
                "budget": {"energy_calls": 500},
                "num_samples": 20,
            }
        )
    )
    first = json_output(capsys, "sweep", str(file), "--json")
    assert (first["study"], first["tasks"], first["computed"], first["skipped"]) == ("widths", 2, 2, 0)
    again = json_output(capsys, "sweep", str(file), "--json")
    assert (again["computed"], again["skipped"], again["rows"]) == (0, 2, first["rows"])
    listed = json_output(capsys, "runs", "list", "--study", "widths", "--json")
    assert {run["id"] for run in listed} == {row["run"] for row in first["rows"]}
    assert main(["sweep", str(file)]) == 0
    assert capsys.readouterr().out.startswith("study widths: 2 finished\nsigma  seed  status ")
