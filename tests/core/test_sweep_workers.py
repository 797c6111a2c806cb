"""Sweeps in several processes and on a Dask cluster: no result is lost or saved twice when a process is killed."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from core import sweep
from core.__main__ import main
from core.cluster import checked_address
from core.sweep import processes
from core.sweep.cluster import LOST, Cluster
from tests.core.stores import open_store
from tests.core.test_sweep import FACTS, GRID
from tests.local_dask import LocalDask, needs_dask

# A worker without an engine. At its first attempt at σ = 2, it kills itself in the middle of a message.
WORKER = """
import json, os, sys, time
from pathlib import Path
facts, mark = json.loads(sys.argv[1]), Path(sys.argv[2])
for line in sys.stdin:
    sigma = json.loads(line)["problem"]["sigma"]
    head = json.dumps({"kind": "end", "run": 0, "data": facts, "size": 0})
    if sigma == 3 and facts["steps"] == 0:
        time.sleep(100)
    if sigma == 2 and not mark.exists():
        mark.touch()
        print(head[:20], end="", flush=True)
        os.kill(os.getpid(), 9)
    print(head, flush=True)
"""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., list[int]]]:
    """Replace the worker processes by the script `WORKER`; returns the list of their process ids."""
    made = list[subprocess.Popen[bytes]]()

    def start(facts: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", WORKER, facts, str(tmp_path / "mark")]
        made.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return made[-1]

    def become(steps: int = 5) -> list[subprocess.Popen[bytes]]:
        monkeypatch.setattr(processes, "start", partial(start, json.dumps({**FACTS, "steps": steps})))
        return made

    yield become
    assert all(process.wait(10) is not None for process in made)


def test_task_of_a_killed_worker_is_tried_again(tmp_path: Path, stand_in: Callable[..., object]) -> None:
    stand_in()
    with open_store(tmp_path / "store") as store, sweep.Processes(2) as engine:
        sweep.create(store, "s", GRID)
        events = list(sweep.run(store, "s", GRID, engine))
        assert sorted(event.status for event in events) == ["finished"] * 3 + ["retry"]
        rows = sweep.table(store, "s")
        assert [row.attempts for row in rows] == [0, 1, 0]
        assert "was killed (signal 9)" in rows[1].reason
        assert len(store.runs()) == 3


def test_stopped_sweep_ends_its_workers(tmp_path: Path, stand_in: Callable[..., object]) -> None:
    """The task σ = 3 would take 100 s. The fixture checks that no process is left."""
    stand_in(steps=0)
    stopped = threading.Event()
    with open_store(tmp_path / "store") as store, sweep.Processes(3) as engine:
        sweep.create(store, "s", GRID)
        for event in sweep.run(store, "s", GRID, engine, stopped):
            if event.status == "finished":
                stopped.set()
        assert sweep.table(store, "s")[2].status == "open"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("tcp://10.0.0.1:8786", "neither on this machine nor encrypted"),
        ("tcp://example.org:8786", "neither on this machine nor encrypted"),
        ("tcp://127.0.0.1.example.org:8786", "neither on this machine nor encrypted"),
        ("127.0.0.1:8786", "looks like"),
        ("ws://127.0.0.1:8786", "looks like"),
        ("tcp://127.0.0.1", "looks like"),
        ("tcp://[::1:8786", "looks like"),
    ],
)
def test_scheduler_that_others_could_use_is_refused(
    address: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "grid.json"
    file.write_text(GRID.to_json())
    assert main(["sweep", str(file), "--scheduler", address]) == 2
    assert sentence in capsys.readouterr().err


def test_scheduler_on_this_machine_or_with_tls_is_allowed() -> None:
    for address in ("tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786", "tls://10.0.0.1:8786"):
        assert checked_address(address) == address


@needs_dask
def test_scheduler_that_does_not_answer_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOLTZMANN_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("core.sweep.cluster.START_SECONDS", 0.1)
    file = tmp_path / "grid.json"
    file.write_text(GRID.to_json())
    assert main(["sweep", str(file), "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert "The Dask scheduler tcp://127.0.0.1:9 cannot be reached" in capsys.readouterr().err


def test_missing_dask_is_reported_with_the_command_that_installs_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stand_in: Callable[..., object],
) -> None:
    stand_in()
    monkeypatch.setenv("BOLTZMANN_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    file = tmp_path / "grid.json"
    file.write_text(GRID.to_json())
    assert main(["sweep", str(file), "--scheduler", "tcp://127.0.0.1:8786"]) == 2
    assert "pip install dask distributed" in capsys.readouterr().err
    assert main(["sweep", str(file), "--workers", "1"]) == 0
    assert "Without it, the sweep uses local processes." in capsys.readouterr().err


# Replaces the computation in the workers of a cluster: it takes a while, but needs no engine.
PRELOAD = """
import json, sys, time, types
stub = types.ModuleType("core.sweep.compute")
def compute(task):
    time.sleep(0.3)
    return json.loads({facts!r}), {{}}
stub.compute = compute
sys.modules[stub.__name__] = stub
"""


@pytest.fixture
def local_dask(tmp_path: Path) -> Iterator[LocalDask]:
    made = LocalDask(tmp_path, PRELOAD.format(facts=json.dumps(FACTS)))
    yield made
    made.close()


TWELVE = sweep.parse(
    {
        "base": {"target": {"name": "two_modes", "dim": 1}},
        "grid": {"sigma": list(range(1, 13))},
        "budget": {"steps": 5},
    }
)


def swept_with(local_dask: LocalDask, folder: Path, at_third: Callable[[], object]) -> set[str]:
    """Run a sweep on the cluster, do something after the third result, and check that each result was saved once.

    Returns:
        The reasons why attempts have failed; empty for a task that never failed.
    """
    stopped = threading.Event()
    limit = threading.Timer(100.0, stopped.set)
    limit.start()
    with open_store(folder / "store") as store, Cluster(local_dask.address) as engine:
        sweep.create(store, "s", TWELVE)
        for number, _ in enumerate(sweep.run(store, "s", TWELVE, engine, stopped), 1):
            if number == 3:
                at_third()
        limit.cancel()
        rows = sweep.table(store, "s")
        assert [row.status for row in rows] == ["finished"] * 12
        assert len(store.runs()) == 12
    return {row.reason for row in rows}


@needs_dask
@pytest.mark.thorough
def test_killed_worker_of_a_cluster_loses_no_result(local_dask: LocalDask, tmp_path: Path) -> None:
    reasons = swept_with(local_dask, tmp_path, lambda: local_dask.workers[0].send_signal(signal.SIGKILL))
    assert reasons == {"", LOST}


@needs_dask
@pytest.mark.thorough
def test_sweep_continues_after_a_restart_of_the_scheduler(local_dask: LocalDask, tmp_path: Path) -> None:
    def restart() -> None:
        local_dask.scheduler.kill()
        local_dask.scheduler.wait()
        local_dask.start()

    swept_with(local_dask, tmp_path, restart)
