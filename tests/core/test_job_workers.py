"""The workers of a service: several jobs take turns on one worker, and an idle worker takes the next run."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.budget import Budget
from core.jobs import processes
from core.jobs import service as service_module
from core.jobs.service import JobService
from tests.services import AGAIN, KILLED, SLEEPS, WAITS, busy, look, request, until, waiting, working
from tests.workers import LONG, SHORT, start


@pytest.mark.thorough
@pytest.mark.clock
def test_jobs_submitted_together_take_turns(serve: Callable[..., JobService]) -> None:
    service = serve(most_running=1)
    service.prepare()
    ids = service.submit(*[replace(LONG, budget=Budget(seconds=1.0))] * 3)
    seen = set[tuple[bool, ...]]()
    while any(look(service, job_id).running for job_id in ids):
        steps = [look(service, job_id).step for job_id in ids]
        running = [look(service, job_id).running for job_id in ids]
        if all(steps):
            seen.add(tuple(running))
        time.sleep(0.02)
    views = [look(service, job_id) for job_id in ids]
    assert (True, True, True) in seen  # all runs make steps before the first one ends
    assert [view.status for view in views] == ["finished"] * 3
    assert all(view.seconds < 2.0 for view in views)  # only a run's own turns count towards its time
    assert all(view.picture is not None and view.picture.step == view.step for view in views)
    assert until(lambda: waiting(service) is not None)


@pytest.mark.thorough
@pytest.mark.clock
def test_stopping_one_of_several_jobs_leaves_the_others_running(serve: Callable[..., JobService]) -> None:
    service = serve(most_running=1)
    ids = service.submit(LONG, LONG, SHORT)
    assert until(lambda: look(service, ids[0]).step > 0)
    service.stop(ids[0])
    assert until(lambda: not look(service, ids[0]).running, 5.0)
    step = look(service, ids[1]).step
    assert until(lambda: look(service, ids[1]).step > step)
    assert until(lambda: not look(service, ids[2]).running)
    assert [look(service, job_id).status for job_id in ids] == ["stopped", "training", "finished"]
    service.stop(ids[1], wait=True)
    assert until(lambda: not working(service), 5.0)


def test_jobs_submitted_together_share_a_place_in_the_queue(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    first, (second, third), (last,) = (
        service.submit(request(1)),
        service.submit(request(2), request(3)),
        service.submit(request(4)),
    )
    assert [look(service, job_id).position for job_id in (second, third, last)] == [1, 1, 2]
    service.stop(second)
    assert [look(service, job_id).position for job_id in (third, last)] == [1, 2]
    service.stop(*first)
    assert until(lambda: look(service, third).status == "starting")
    assert (look(service, second).status, look(service, last).status) == ("stopped", "queued")


def test_killed_worker_fails_all_its_jobs(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(KILLED)
    service = serve()
    ids = service.submit(SHORT, SHORT)
    assert until(lambda: not any(look(service, job_id).running for job_id in ids))
    assert [look(service, job_id).status for job_id in ids] == ["failed"] * 2


def test_idle_worker_takes_the_next_run_and_is_replaced_afterwards(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(WAITS)
    service = serve(most_running=1)
    service.prepare()
    assert until(lambda: waiting(service) is not None)
    first = waiting(service)
    (job_id,) = service.submit(SHORT)
    assert busy(service) is first
    time.sleep(3 * service_module.TICK_SECONDS)
    assert waiting(service) is None  # no idle worker is started while a run is in progress
    service.stop(job_id)
    assert until(lambda: waiting(service) is not None)
    second = waiting(service)
    assert second is not first
    assert second is not None
    second.kill()  # an idle worker that dies is replaced
    assert until(lambda: waiting(service) not in (None, second))
    third = waiting(service)
    service.close()
    assert third is not None
    assert not third.is_alive


def test_finished_worker_takes_the_next_run(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(AGAIN)
    service = serve(most_running=1)
    service.prepare()
    assert until(lambda: waiting(service) is not None)
    worker = waiting(service)
    ids = [service.submit(request(seed))[0] for seed in range(3)]
    assert until(lambda: not look(service, ids[-1]).running)
    assert [look(service, job_id).status for job_id in ids] == ["finished"] * 3
    assert waiting(service) is worker
    assert [look(service, job_id).step for job_id in ids] == [1, 2, 3]  # the stand-in worker counts its runs


def test_finished_worker_exits_unless_the_service_is_prepared(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(AGAIN)
    service = serve(most_running=1)
    ids = [service.submit(request(seed))[0] for seed in range(2)]
    assert until(lambda: not look(service, ids[-1]).running)
    assert [look(service, job_id).step for job_id in ids] == [1, 1]
    assert until(lambda: not working(service))
    assert waiting(service) is None


def test_worker_that_dies_at_once_is_not_restarted_in_a_loop(
    serve: Callable[..., JobService], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        started.append(start(code="raise SystemExit"))
        return started[-1]

    monkeypatch.setattr(processes, "start", begin)
    service = serve()
    service.prepare()
    assert until(lambda: bool(started) and waiting(service) is None)
    time.sleep(5 * service_module.TICK_SECONDS)
    assert len(started) == 1
