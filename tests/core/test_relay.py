"""Runs of the app's pages on a Dask cluster. To a page, they look like runs of a worker process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.cluster import VARIABLE
from core.jobs import processes
from core.jobs.relay import LOST, local_target
from core.jobs.service import JobService
from tests.local_dask import LocalDask, needs_dask
from tests.services import look, until
from tests.workers import LONG, SHORT

# Replaces the engine in the workers of a cluster. A run with a short budget ends at once; a longer run ends when it is stopped.
PRELOAD = """
import json, sys, types
from core.jobs.wire import Message
from tests.core.stores import REPORT, frames

def work_in_turns(lines, send, stops):
    progress = dict(step=3, seconds=0.1, progress=0.5, loss=2.0)
    for run, line in enumerate(lines):
        send(Message("progress", {**progress, "status": "training"}, run=run))
    for run, line in enumerate(lines):
        is_long = json.loads(line)["budget"]["seconds"] > 1
        if is_long:
            stops[run].wait()
        status = "stopped" if is_long else "finished"
        send(Message("progress", {**progress, "status": status}, run=run))
        send(Message("picture", {**progress, "report": REPORT.to_dict()}, frames().pack(), run))
        send(Message("end", {"status": status}, run=run))

stub = types.ModuleType("core.jobs.worker")
stub.prepare, stub.work_in_turns = lambda: None, work_in_turns
sys.modules[stub.__name__] = stub
"""


@pytest.fixture
def local_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalDask]:
    made = LocalDask(tmp_path, PRELOAD)
    monkeypatch.setenv(VARIABLE, made.address)
    yield made
    made.close()


@needs_dask
@pytest.mark.thorough
def test_runs_on_a_cluster_finish_stop_and_report_a_lost_worker(local_dask: LocalDask) -> None:
    service = JobService(most_running=2, lease_seconds=120.0)
    try:
        (short,) = service.submit(SHORT)
        assert until(lambda: not look(service, short).running)
        view = look(service, short)
        assert (view.status, view.step, view.error) == ("finished", 3, "")
        assert view.picture is not None

        first, second = service.submit(LONG, replace(LONG, num_samples=60))
        assert until(lambda: look(service, first).step == look(service, second).step == 3)
        service.stop(first)
        assert until(lambda: not look(service, first).running)
        assert (look(service, first).status, look(service, second).status) == ("stopped", "training")

        for worker in local_dask.workers:
            worker.kill()
        assert until(lambda: not look(service, second).running)
        assert (look(service, second).status, look(service, second).error) == ("failed", LOST)
    finally:
        service.close()


def test_scheduler_that_others_could_use_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "tcp://10.0.0.1:8786")
    service = JobService(most_running=1)
    (run,) = service.submit(SHORT)
    assert until(lambda: not look(service, run).running)
    assert look(service, run).status == "failed"
    error = look(service, run).error
    assert "neither on this machine nor encrypted" in error or "pip install dask" in error
    service.close()


def test_python_function_of_the_server_is_refused() -> None:
    data = json.loads(SHORT.to_json())
    assert local_target([json.dumps(data)]) == ""
    data["problem"]["target"] = {"name": "mine"}
    assert "`mine` is a Python function of this server" in local_target([json.dumps(data)])


@pytest.mark.parametrize(
    ("text", "number"), [("3", 3), ("0", processes.MOST_RUNNING), ("many", processes.MOST_RUNNING)]
)
def test_environment_sets_the_number_of_workers(
    text: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOLTZMANN_WORKERS", text)
    assert processes.most_running() == number
