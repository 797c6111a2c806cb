"""Studies that run in the background through the job service. Most tests replace the service by one that computes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core import sweep
from core.jobs.request import Request
from core.jobs.service import BusyError, JobService
from core.jobs.view import JobView, Picture
from core.store.folder import CHECKPOINT, EXACT, FRAMES
from core.store.store import Store
from core.sweep import service_engine
from core.sweep.background import Studies
from core.sweep.engine import Done, Failed
from core.sweep.execution import result_of
from core.sweep.phase_grid import phase_grid
from core.sweep.service_engine import ServiceEngine
from tests.core.stores import REPORT, frames, open_store
from tests.workers import LINE

GRID = phase_grid("shifted_pair", {"sigma": (1.0, 4.0), "separation": (3.0, 8.0)}, ("learned",), seconds=1.0)


class Instant(JobService):
    """A job service that computes nothing: each run has already ended when it is first looked at.

    Args:
        ends: how the run with each σ ends: `finished` (the default), `failed`, `lost`, or `never` (only when stopped).
        busy: number of first submissions that are refused, as if the queue were full.
        most_running: number of workers.
    """

    def __init__(self, ends: dict[float, str] | None = None, busy: int = 0, most_running: int = 1) -> None:
        self.ends, self.busy, self.most_running = ends or {}, busy, most_running
        self.requests: list[Request] = []
        self.stopped: list[str] = []
        self.saved: list[bool] = []

    def submit(self, *requests: Request, owner: str = "", is_saved: bool = True) -> list[str]:
        if self.busy:
            self.busy -= 1
            raise BusyError("The queue is full.")
        self.requests += requests
        self.saved.append(is_saved)
        return [str(len(self.requests) - 1)]

    def look(self, job_id: str) -> JobView | None:
        request = self.requests[int(job_id)]
        end = self.ends.get(request.problem.sigma, "finished")
        if end == "lost":
            return None
        if end == "never":
            return JobView(request, "stopped" if job_id in self.stopped else "training", progress=0.5)
        picture = Picture(frames(), REPORT, 50, 1.0, exact=frames(1)) if end == "finished" else None
        return JobView(
            request,
            "failed" if end == "failed" else "finished",
            50,
            1.0,
            picture=picture,
            error="It broke." if end == "failed" else "",
        )

    def stop(self, job_id: str, *, owner: str = "", wait: bool = False) -> None:
        self.stopped.append(job_id)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_engine, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(service_engine, "BUSY_SECONDS", 0.001)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store") as opened:
        sweep.create(opened, "maps", GRID)
        yield opened


def until(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_results_are_saved_once_by_the_sweep_only(store: Store) -> None:
    service = Instant(busy=1)
    studies = Studies(service, lambda: store)
    studies.start("maps", GRID, "me")
    until(lambda: not studies.look("maps").running)
    rows = sweep.table(store, "maps")
    assert [row.status for row in rows] == ["finished"] * 4
    assert service.saved == [False] * 4
    # The action of a learned curve is computed from its exact frames.
    assert rows[0].action == pytest.approx(1.0)
    assert {file.name for file in store.files(str(rows[0].run))} == {"frames.npz", "exact.npz"}
    studies.start("maps", GRID, "me")
    until(lambda: not studies.look("maps").running)
    assert len(service.requests) == 4
    assert studies.look("maps").share == 1.0


def test_stopped_study_keeps_its_results_and_can_be_continued(store: Store) -> None:
    service = Instant({4.0: "never"})
    studies = Studies(service, lambda: store)
    studies.start("maps", GRID, "me")
    until(lambda: studies.look("maps").task is not None and studies.look("maps").task.problem.sigma == 4)
    with pytest.raises(ValueError, match="already running"):
        studies.start("maps", GRID, "another")
    with pytest.raises(ValueError, match="One of your studies"):
        studies.start("other", GRID, "me")
    studies.stop("maps", "another")
    assert studies.look("maps").running
    studies.stop("maps", "me")
    assert not studies.look("maps").running
    assert [row.status for row in sweep.table(store, "maps")] == ["finished", "finished", "open", "open"]
    service.ends = {}
    studies.start("maps", GRID, "me")
    until(lambda: not studies.look("maps").running)
    assert {row.status for row in sweep.table(store, "maps")} == {"finished"}


@pytest.mark.thorough
def test_real_service_trains_a_task(serve: Callable[..., JobService]) -> None:
    data = {
        "base": {**LINE.to_dict(), "interpolation": "learned"},
        "budget": {"seconds": 0.3},
        "num_samples": 50,
    }
    (task,) = sweep.parse(data).tasks
    ((_, end),) = ServiceEngine(serve(most_running=1)).run([task], threading.Event())
    assert isinstance(end, Done)
    result, action = result_of(task, end.facts)
    assert result.problem == task.problem
    assert result.status in ("finished", "converged")
    assert action > 0
    assert {FRAMES, EXACT, CHECKPOINT.format(0)} == set(end.contents)


@pytest.mark.parametrize(("end", "reason"), [("failed", "It broke."), ("lost", "lost this run")])
def test_failed_runs_keep_their_reason(end: str, reason: str) -> None:
    engine = ServiceEngine(Instant({1.0: end}))
    ends = [found for _, found in engine.run(GRID.tasks, threading.Event())]
    assert [type(found) for found in ends] == [Failed, Failed, Done, Done]
    assert reason in ends[0].reason


def test_study_uses_half_of_the_workers() -> None:
    service, stopped = Instant({1.0: "never", 4.0: "never"}, most_running=4), threading.Event()
    engine = ServiceEngine(service)
    thread = threading.Thread(target=lambda: list(engine.run(GRID.tasks, stopped)))
    thread.start()
    until(lambda: len(engine.jobs) == 2 and engine.jobs[1].progress)
    assert len(service.requests) == 2
    stopped.set()
    thread.join(10)
    assert sorted(service.stopped) == ["0", "1"]
    assert engine.jobs == []


def test_tasks_that_a_server_cannot_run_are_refused() -> None:
    data = {"base": {"target": {"name": "ring"}}, "grid": {"sigma": [1]}}
    run = partial(ServiceEngine(Instant()).run, stopped=threading.Event())
    for budget in ({"steps": 5}, {"seconds": 1000}):
        ((_, end),) = run(sweep.parse({**data, "budget": budget}).tasks)
        assert isinstance(end, Failed)
        assert end.is_final


def test_study_reports_a_store_that_cannot_be_opened() -> None:
    from core.store.errors import StoreError

    def closed() -> Store:
        raise StoreError("The store is gone.")

    studies = Studies(Instant(), closed)
    studies.start("maps", GRID, "me")
    until(lambda: not studies.look("maps").running)
    assert studies.look("maps").error == "The store is gone."
