"""Workers that hang, do not read their input or use too much memory: each is killed, and other runs are not delayed."""

from __future__ import annotations

import logging
import math
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.budget import Budget
from core.jobs import failures, processes, watchdog, wire
from core.jobs import service as service_module
from core.jobs.records import LABEL_LENGTH
from core.jobs.request import Request
from core.jobs.service import JobService
from core.jobs.watchdog import Allowance, resident_memory
from core.jobs.worker import OOM_SCORE
from core.machine import usable_memory
from core.problem import TargetSpec
from tests.services import AGAIN, DEAF, FAILS, SLEEPS, STUBBORN, busy, look, request, until, working
from tests.workers import LONG, SHORT

# Allocates 400 MB step by step, then hangs.
GROWS = """
import sys, time; sys.stdin.readline()
kept = []
for _ in range(400):
    kept.append(b"x" * 2**20)
    time.sleep(0.002)
time.sleep(60)
"""
# Longer than the 64 KiB that the pipe to a worker holds.
LARGE = Request(
    replace(
        LONG.problem,
        target=TargetSpec.of("mixture", means=[[float(i + j) for j in range(64)] for i in range(400)]),
    ),
    budget=Budget(seconds=10.0),
)


def slowest(calls: list[Callable[[], object]]) -> float:
    """Seconds taken by the slowest call."""
    seconds = []
    for call in calls:
        before = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - before)
    return max(seconds)


@pytest.mark.clock
@pytest.mark.parametrize("code", [DEAF, SLEEPS], ids=["deaf", "stopped"])
def test_worker_that_does_not_read_delays_no_one(
    code: str, serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(code)
    service = serve(most_running=2)
    assert len(LARGE.to_json()) > 2**16
    (job_id,) = service.submit(LARGE)
    worker = busy(service)
    if code is SLEEPS:
        os.kill(worker.pid, signal.SIGSTOP)
    (other,) = service.submit(request(1))
    assert (
        slowest(
            [lambda: service.look(job_id), lambda: service.submit(request(2)), lambda: service.stop(other)]
        )
        < 0.2
    )
    assert slowest([lambda: service.stop(job_id, wait=True)]) < 1.0
    assert until(lambda: not look(service, job_id).running, 2.0)
    assert until(lambda: not worker.is_alive, 2.0)


def test_hung_worker_is_killed_and_the_next_run_starts(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    allowance = Allowance(start_seconds=0.2, scoring_seconds=0.1)
    service = serve(most_running=1, allowance=allowance)
    (hung,) = service.submit(request(1, seconds=0.1))
    (following,) = service.submit(request(2))
    assert until(lambda: not look(service, hung).running)
    view = look(service, hung)
    assert view.status == "failed"
    assert view.error.startswith("The run hung and was stopped: ")
    assert "with a training budget of 0.1 s" in view.error
    assert until(lambda: look(service, following).status == "starting")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is known on Linux only")
def test_worker_over_its_memory_limit_is_killed_and_reported_in_one_sentence(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(GROWS)
    service = serve(allowance=Allowance(memory=0.2e9))
    (job_id,) = service.submit(SHORT)
    assert until(lambda: not look(service, job_id).running)
    error = look(service, job_id).error
    assert "above the limit of 0.2 GB per run; use a smaller network" in error
    assert error.count(".") == 3  # the sentence has two decimal points and one full stop


def test_error_of_a_killed_worker_guesses_no_cause(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve()
    (job_id,) = service.submit(SHORT)
    worker, (press,) = busy(service), working(service)
    assert until(lambda: not math.isnan(press.memory))
    worker.kill()
    assert until(lambda: not look(service, job_id).running)
    assert look(service, job_id).error.startswith(
        "The worker was killed (signal 9) before the run ended. It last used 0."
    )
    assert failures.of_exit(-9) == "The worker was killed (signal 9) before the run ended."


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="exists on Linux only")
def test_workers_have_the_highest_oom_score(serve: Callable[..., JobService]) -> None:
    service = serve()
    (job_id,) = service.submit(LONG)
    assert until(lambda: look(service, job_id).step > 0)
    assert Path(f"/proc/{busy(service).pid}/oom_score_adj").read_text() == f"{OOM_SCORE}\n"


def test_resident_memory_is_measured() -> None:
    assert 1e6 < resident_memory(os.getpid()) < usable_memory()
    assert math.isnan(resident_memory(2**30))


def test_time_limit_covers_start_budget_and_scoring() -> None:
    allowance = Allowance(start_seconds=5.0, scoring_seconds=7.0)
    requests = [request(seed, seconds=30.0) for seed in range(2)]
    assert allowance.seconds(requests) == pytest.approx(5 + 60 * watchdog.WITH_PICTURES + 14)
    assert allowance.verdict(requests, allowance.seconds(requests) - 1, math.nan) == ""
    assert allowance.verdict(requests, allowance.seconds(requests) + 1, math.nan)


def test_environment_variable_sets_the_memory_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(watchdog.VARIABLE, "2.5")
    assert Allowance.from_environment().memory == 2.5e9
    monkeypatch.delenv(watchdog.VARIABLE)
    assert Allowance.from_environment() == Allowance()
    assert 1e9 <= Allowance().memory <= max(usable_memory() / 2, 1e9)


@pytest.mark.parametrize("text", ["much", "-1", "0", "nan", ""])
def test_invalid_memory_limit_is_logged_and_the_default_used(
    text: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(watchdog.VARIABLE, text)
    assert Allowance.from_environment() == Allowance()
    assert "must be a positive number of gigabytes" in caplog.text


def test_each_run_is_logged_in_one_line(
    serve: Callable[..., JobService], stand_in: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    stand_in(FAILS)
    service = serve()
    with caplog.at_level(logging.INFO, "core.jobs"):
        (job_id,) = service.submit(SHORT)
        assert until(lambda: bool(caplog.messages))
    (line,) = caplog.messages
    assert line == f"Run {job_id[:LABEL_LENGTH]}: two_modes, linear, 0.0 s, failed: There is no memory."


def test_nothing_is_read_or_written_under_the_lock(
    serve: Callable[..., JobService], stand_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """This covers pipes and the log. No process starts or ends under the lock either."""
    stand_in(FAILS)
    service, held = serve(), dict[str, bool]()

    def watch(owner: Any, name: str) -> None:
        function = getattr(owner, name)

        def call(*arguments: Any, **options: Any) -> Any:
            held[name] = _is_held_here(service)
            return function(*arguments, **options)

        monkeypatch.setattr(owner, name, call)

    for owner, name in [
        (processes, "start"),
        (processes.Worker, "end"),
        (wire, "read"),
        (service_module._logger, "info"),
    ]:
        watch(owner, name)
    (job_id,) = service.submit(SHORT)
    assert until(lambda: not look(service, job_id).running and not working(service))
    assert until(lambda: len(held) == 4)
    assert not any(held.values())


def _is_held_here(service: JobService) -> bool:
    """Whether the calling thread holds the service's lock. If another thread holds it, that thread releases it within 2 s."""
    free = service._lock.acquire(timeout=2.0)
    if free:
        service._lock.release()
    return not free


def test_jumping_clock_ends_no_run(
    stand_in: Callable[[str], None], serve: Callable[..., JobService], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system clock jumps by a day while runs wait and train. Leases and limits use a clock that does not jump."""
    service = serve(most_running=1, lease_seconds=20.0)
    stand_in(STUBBORN)
    training, waiting = service.submit(request(0)) + service.submit(request(1))
    assert until(lambda: look(service, training).status == "training")
    now = time.time
    for jump in (86_400.0, -86_400.0):
        monkeypatch.setattr(time, "time", lambda jump=jump: now() + jump)
        time.sleep(0.5)
        assert look(service, training).status == "training"
        assert look(service, waiting).status == "queued"
    stand_in(AGAIN)
    service.stop(training, wait=True)
    assert until(lambda: look(service, waiting).status == "finished")
