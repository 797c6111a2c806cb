"""The job service: its queue, its leases, and every way in which a job can end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from core.budget import Budget
from core.jobs import processes
from core.jobs import service as service_module
from core.jobs.request import Kind, Request
from core.jobs.service import JobService
from core.machine import usable_cores
from tests.services import (
    CONVERGED,
    CRASHED,
    DIVERGES,
    FAILS,
    HALF,
    KILLED,
    LOST,
    NONSENSE,
    SILENT,
    SLEEPS,
    STUBBORN,
    WAITS,
    busy,
    look,
    request,
    until,
    working,
)
from tests.workers import LINE, LONG, SHORT, fails_late


@pytest.mark.parametrize("kind", ["train", pytest.param("mala", marks=pytest.mark.thorough)])
def test_view_follows_a_job_from_start_to_finish(kind: Kind, serve: Callable[..., JobService]) -> None:
    service = serve()
    (job_id,) = service.submit(Request(LINE, kind, Budget(seconds=0.5), 50))
    assert look(service, job_id).running
    assert until(lambda: not look(service, job_id).running)
    view = look(service, job_id)
    assert (view.status, view.error, view.progress) == ("finished", "", 1.0)
    assert view.step > 0
    assert [seconds for seconds, _ in view.curve] == sorted(seconds for seconds, _ in view.curve)
    assert view.picture is not None
    assert view.picture.report.num_samples == 50
    assert view.picture.step == view.step
    if kind == "train":
        assert (view.ess[-1].seconds, view.ess[-1].num_samples) == (view.seconds, 50)
        assert view.ess[-1].fraction == view.picture.report.metrics.ess_fraction
    else:
        assert view.ess == ()


@pytest.mark.clock
def test_stopped_job_ends_within_seconds_and_keeps_its_steps(
    serve: Callable[..., JobService],
) -> None:
    service = serve()
    (job_id,) = service.submit(LONG)
    assert until(lambda: look(service, job_id).step > 0)
    before = time.monotonic()
    service.stop(job_id)
    assert until(lambda: not look(service, job_id).running, 3.0)
    assert time.monotonic() - before < 3.0
    view = look(service, job_id)
    assert view.status == "stopped"
    assert view.step > 0
    assert until(lambda: not working(service), 3.0)


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        (FAILS, "failed", "no memory"),
        (DIVERGES, "diverged", ""),
        (CONVERGED, "converged", ""),
        (SILENT, "failed", "with status 0 before the run was complete"),
        (KILLED, "failed", "was killed (signal 9)"),
        (CRASHED, "failed", "crashed (signal 11)"),
        (LOST, "failed", "with status 3"),
        (NONSENSE, "failed", "invalid message"),
        (HALF, "failed", "invalid message"),
    ],
    ids=[
        "fails",
        "diverges",
        "converges",
        "silent",
        "killed",
        "crashed",
        "lost",
        "nonsense",
        "half a message",
    ],
)
def test_every_ending_has_a_status_and_an_error(
    code: str, status: str, error: str, serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(code)
    service = serve()
    (job_id,) = service.submit(SHORT)
    assert until(lambda: not look(service, job_id).running)
    view = look(service, job_id)
    assert view.status == status
    assert error in view.error
    assert bool(error) == bool(view.error)


def test_failed_job_keeps_its_last_picture(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(fails_late("raise MemoryError"))
    service = serve()
    (job_id,) = service.submit(LONG)
    assert until(lambda: not look(service, job_id).running)
    view = look(service, job_id)
    assert (view.status, "more memory than is available" in view.error) == ("failed", True)
    assert view.picture is not None
    assert view.picture.frames.source == "learned"
    assert view.ess[-1].seconds == view.picture.seconds


def test_process_that_cannot_start_fails_the_run(
    serve: Callable[..., JobService], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room() -> processes.Worker:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(processes, "start", no_room)
    service = serve()
    (job_id,) = service.submit(SHORT)
    assert until(lambda: not look(service, job_id).running)
    view = look(service, job_id)
    assert (view.status, "more memory than is available" in view.error) == ("failed", True)


def test_thread_that_cannot_start_fails_the_run_and_leaves_no_process(
    serve: Callable[..., JobService], stand_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(SLEEPS)
    started, begin, start_thread = [], processes.start, threading.Thread.start

    def start() -> Any:
        started.append(begin())
        monkeypatch.setattr(threading.Thread, "start", no_room)
        return started[-1]

    def no_room(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(processes, "start", start)
    service = serve()
    for job_id in (*service.submit(request(1)), *service.submit(request(2))):
        assert until(lambda job_id=job_id: not look(service, job_id).running)  # type: ignore[misc]
        view = look(service, job_id)
        assert (view.status, "can't start new thread" in view.error) == ("failed", True)
    monkeypatch.setattr(threading.Thread, "start", start_thread)
    # In the first run, the thread that writes to the worker could not start; in the second, the run's own thread, so there was no process.
    assert [process.poll() is None for process in started] == [False]


def test_service_continues_after_a_failed_tick(
    serve: Callable[..., JobService], stand_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(SLEEPS)
    service = serve(lease_seconds=0.5)
    tick, failures = service._tick, iter([True, True])

    def failing(now: float) -> None:
        if next(failures, False):
            raise RuntimeError("once")
        tick(now)

    monkeypatch.setattr(service, "_tick", failing)
    (job_id,) = service.submit(LONG)
    assert until(lambda: not working(service), 5.0)
    assert look(service, job_id).status == "stopped"


def test_job_that_nobody_looks_at_is_stopped(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(lease_seconds=0.3)
    (job_id,) = service.submit(LONG)
    worker = busy(service)
    assert until(lambda: not working(service), 5.0)
    assert not worker.is_alive
    assert look(service, job_id).status == "stopped"


@pytest.mark.clock
def test_looking_keeps_a_job_alive(serve: Callable[..., JobService], stand_in: Callable[[str], None]) -> None:
    stand_in(SLEEPS)
    service = serve(lease_seconds=0.6)
    (job_id,) = service.submit(LONG)
    for _ in range(15):
        time.sleep(0.1)
        assert look(service, job_id).running


@pytest.mark.clock
def test_worker_that_ignores_stop_is_killed(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(STUBBORN)
    service = serve()
    (job_id,) = service.submit(LONG)
    assert until(lambda: look(service, job_id).step == 1)
    service.stop(job_id)
    assert until(lambda: not look(service, job_id).running, 3.0)
    assert look(service, job_id).status == "stopped"
    assert look(service, job_id).step == 1


def test_jobs_wait_for_their_turn(serve: Callable[..., JobService], stand_in: Callable[[str], None]) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    ids = [service.submit(request(seed))[0] for seed in range(4)]
    assert len(set(ids)) == 4
    views = [look(service, job_id) for job_id in ids]
    assert [view.status for view in views] == ["starting", "queued", "queued", "queued"]
    assert [view.position for view in views] == [0, 1, 2, 3]

    service.stop(ids[2])
    assert look(service, ids[2]).status == "stopped"
    assert look(service, ids[3]).position == 2

    service.stop(ids[0])
    assert until(lambda: look(service, ids[1]).status == "starting")
    assert look(service, ids[3]).status == "queued"
    service.stop(ids[1])
    assert until(lambda: look(service, ids[3]).status == "starting")
    assert len(working(service)) <= 1


@pytest.mark.clock
def test_closed_service_starts_no_queued_job(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    for seed in range(3):
        service.submit(request(seed))
    service.close()
    time.sleep(3 * service_module.TICK_SECONDS)
    assert until(lambda: not working(service), 2.0)


def test_ended_jobs_are_forgotten_before_running_ones(
    serve: Callable[..., JobService], stand_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "MOST_KEPT", 3)
    stand_in(WAITS)
    service = serve(most_running=1)
    (first,) = service.submit(request(0))
    others = [service.submit(request(seed))[0] for seed in (1, 2, 3)]
    for job_id in others:
        service.stop(job_id)
    (last,) = service.submit(request(4))
    known = [job_id for job_id in (first, *others, last) if service.look(job_id) is not None]
    assert first in known
    assert last in known
    assert len(known) == 3


def test_owner_removes_an_ended_run_from_memory_and_no_one_else_does(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    (job_id,) = service.submit(request(0), owner="owner")
    service.forget(job_id, owner="owner")  # still in progress
    assert service.look(job_id) is not None
    service.stop(job_id, owner="owner", wait=True)
    service.forget(job_id, owner="someone else")
    assert service.look(job_id) is not None
    service.forget(job_id, owner="owner")
    assert service.look(job_id) is None


def test_stop_all_leaves_nothing_running(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    ids = [service.submit(request(seed))[0] for seed in range(3)]
    service.stop_all()
    assert [look(service, job_id).status for job_id in ids] == ["stopped"] * 3


def test_unknown_job_is_none_and_stopping_it_does_nothing(serve: Callable[..., JobService]) -> None:
    service = serve()
    assert service.look("guess") is None
    service.stop("guess")


def test_workers_leave_one_core_to_the_server(serve: Callable[..., JobService]) -> None:
    assert serve().most_running == processes.MOST_RUNNING
    assert processes.MOST_RUNNING == 1 or usable_cores() > processes.MOST_RUNNING * processes.NUM_THREADS
