"""The service that owns the workers: its queue, its leases, and every way in which a job ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from core.budget import Budget
from core.jobs import processes
from core.jobs import service as room
from core.jobs.request import Request
from core.jobs.service import BusyError, JobService
from core.jobs.view import JobView
from tests.workers import LINE, LONG, SHORT, fails_late, start

# The service, with real workers


@pytest.fixture
def serve() -> Iterator[Callable[..., JobService]]:
    """Makes services, and waits for their workers to be gone at the end."""
    made: list[JobService] = []

    def make(**settings: Any) -> JobService:
        # Where a machine is slow, a job that a test does not look at for a while shall live on.
        made.append(JobService(**{"lease_seconds": 120.0, **settings}))
        return made[-1]

    yield make
    for service in made:
        for job_id in list(service._jobs):
            service.stop(job_id)
        service.close()
        assert until(lambda s=service: not alive(s))  # type: ignore[misc]


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def look(service: JobService, job_id: str) -> JobView:
    view = service.look(job_id)
    assert view is not None
    return view


def waiting(service: JobService) -> processes.Process | None:
    """The worker that waits for a run."""
    return service._standby._waiting


def alive(service: JobService) -> list[Any]:
    """The workers that still run, or whose pipes are not closed yet."""
    processes = [group.process for group in service._groups if group.process is not None]
    return [p for p in processes if p.poll() is None or not (p.stdout and p.stdout.closed)]


@pytest.mark.parametrize("method", ["train", "langevin"])
def test_a_job_is_watched_from_start_to_finish(method: str, serve: Callable[..., JobService]) -> None:
    service = serve()
    (job_id,) = service.submit(Request(LINE, method, Budget(seconds=0.5), 50))
    assert look(service, job_id).running
    assert until(lambda: not look(service, job_id).running)
    view = look(service, job_id)
    assert (view.status, view.error, view.progress) == ("finished", "", 1.0)
    assert view.step > 0
    assert [seconds for seconds, _ in view.curve] == sorted(seconds for seconds, _ in view.curve)
    assert view.picture is not None
    assert view.picture.report.num_samples == 50
    assert view.picture.step == view.step
    if method == "train":
        assert (view.ess[-1].seconds, view.ess[-1].num_samples) == (view.seconds, 50)
        assert view.ess[-1].share == view.picture.report.metrics.ess_fraction
    else:
        assert view.ess == ()


def test_a_job_that_is_stopped_stops_at_once_and_keeps_what_it_has_learned(
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
    assert until(lambda: not alive(service), 3.0)


# The service, with stand-ins for the worker that take no time to start

SAY = (
    "import sys; from core.jobs import wire; request = sys.stdin.readline()\n"
    "def say(kind, **data): wire.write(sys.stdout.buffer, wire.Message(kind, data))\n"
)
SLEEPS = SAY + "import time; time.sleep(60)"
STUBBORN = SAY + (
    "say('progress', step=1, seconds=0.1, progress=0.1, loss=2.0, status='training')\n"
    "import time; time.sleep(60)"
)
WAITS = SAY + "sys.stdin.readline(); say('end', status='stopped')"
AGAIN = SAY + (
    "runs = 0\n"
    "while request:\n"
    "    runs += 1\n"
    "    say('progress', step=runs, seconds=0.1, progress=1.0, loss=2.0, status='finished')\n"
    "    say('end', status='finished')\n"
    "    request = sys.stdin.readline()\n"
)
FAILS = SAY + "say('end', status='failed', error='There is no memory.')"
CONVERGED = SAY + (
    "say('progress', step=4, seconds=1.0, progress=0.2, loss=1e-9, status='converged', reason='Enough.')\n"
    "say('end', status='converged')"
)
KILLED = SAY + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
CRASHED = SAY + "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
LOST = "import sys; sys.stdin.readline(); sys.exit(3)"
DIVERGES = SAY + (
    "say('progress', step=4, seconds=1.0, progress=0.2, loss=float('nan'), status='diverged')\n"
    "say('end', status='diverged')"
)
SILENT = "import sys; sys.stdin.readline()"
NONSENSE = SAY + "print('hello'); say('end', status='finished')"
HALF = SAY + "say('progress', step=1)"


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replaces the worker by a script."""

    def become(code: str) -> None:
        monkeypatch.setattr(processes, "start", partial(start, code=code))

    return become


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        (FAILS, "failed", "no memory"),
        (DIVERGES, "diverged", ""),
        (CONVERGED, "converged", ""),
        (SILENT, "failed", "with status 0 before the run did"),
        (KILLED, "failed", "most likely because memory ran out"),
        (CRASHED, "failed", "by signal 11"),
        (LOST, "failed", "with status 3"),
        (NONSENSE, "failed", "nonsense"),
        (HALF, "failed", "nonsense"),
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
def test_every_way_to_end_is_told(
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


def test_a_job_that_fails_keeps_its_last_picture(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(fails_late("raise MemoryError"))
    service = serve()
    (job_id,) = service.submit(LONG)
    assert until(lambda: not look(service, job_id).running)
    view = look(service, job_id)
    assert (view.status, "more memory than there is" in view.error) == ("failed", True)
    assert view.picture is not None
    assert view.picture.frames.source == "learned"
    assert len(view.ess) == 1


def test_a_process_that_cannot_be_started_is_told(
    serve: Callable[..., JobService], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room() -> processes.Process:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(processes, "start", no_room)
    service = serve()
    view = look(service, *service.submit(SHORT))
    assert (view.status, "more memory than there is" in view.error) == ("failed", True)


def test_a_job_that_nobody_looks_at_is_ended(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(lease_seconds=0.3)
    (job_id,) = service.submit(LONG)
    (worker,) = alive(service)
    assert until(lambda: not alive(service), 5.0)
    assert worker.returncode != 0
    assert look(service, job_id).status == "stopped"


def test_looking_keeps_a_job_alive(serve: Callable[..., JobService], stand_in: Callable[[str], None]) -> None:
    stand_in(SLEEPS)
    service = serve(lease_seconds=0.6)
    (job_id,) = service.submit(LONG)
    for _ in range(15):
        time.sleep(0.1)
        assert look(service, job_id).running


def test_a_worker_that_does_not_listen_is_killed(
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
    ids = [service.submit(SHORT)[0] for _ in range(4)]
    assert len(set(ids)) == 4
    views = [look(service, job_id) for job_id in ids]
    assert [view.status for view in views] == ["starting", "queued", "queued", "queued"]
    assert [view.ahead for view in views] == [0, 0, 1, 2]

    service.stop(ids[2])
    assert look(service, ids[2]).status == "stopped"
    assert look(service, ids[3]).ahead == 1

    service.stop(ids[0])
    assert until(lambda: look(service, ids[1]).status == "starting")
    assert look(service, ids[3]).status == "queued"
    service.stop(ids[1])
    assert until(lambda: look(service, ids[3]).status == "starting")
    assert len(alive(service)) <= 1


def test_jobs_that_are_asked_together_take_turns(serve: Callable[..., JobService]) -> None:
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
    assert (True, True, True) in seen  # all have learned something before the first has ended
    assert [view.status for view in views] == ["finished"] * 3
    assert all(view.seconds < 2.0 for view in views)  # the seconds of its own turns
    assert all(view.picture is not None and view.picture.step == view.step for view in views)
    assert until(lambda: waiting(service) is not None)


def test_one_of_several_jobs_is_stopped_and_the_others_go_on(serve: Callable[..., JobService]) -> None:
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
    assert until(lambda: not alive(service), 5.0)


def test_jobs_that_are_asked_together_wait_together(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    first, (second, third), (last,) = (
        service.submit(SHORT),
        service.submit(SHORT, SHORT),
        service.submit(SHORT),
    )
    assert [look(service, job_id).ahead for job_id in (second, third, last)] == [0, 0, 2]
    service.stop(second)
    assert look(service, last).ahead == 1
    service.stop(*first)
    assert until(lambda: look(service, third).status == "starting")
    assert (look(service, second).status, look(service, last).status) == ("stopped", "queued")


def test_a_worker_that_is_killed_takes_all_of_its_jobs_with_it(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(KILLED)
    service = serve()
    ids = service.submit(SHORT, SHORT)
    assert until(lambda: not any(look(service, job_id).running for job_id in ids))
    assert [look(service, job_id).status for job_id in ids] == ["failed"] * 2


def test_a_full_queue_is_refused_in_a_sentence(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(WAITS)
    service = serve(most_running=1)
    for _ in range(room.MOST_QUEUED + 1):
        service.submit(SHORT)
    with pytest.raises(BusyError, match=f"{room.MOST_QUEUED} runs are waiting"):
        service.submit(SHORT)


def test_a_closed_service_starts_nothing_more(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    for _ in range(3):
        service.submit(LONG)
    service.close()
    time.sleep(3 * room.TICK_SECONDS)
    assert until(lambda: not alive(service), 2.0)


def test_ended_jobs_are_forgotten_and_running_ones_are_not(
    serve: Callable[..., JobService], stand_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_KEPT", 3)
    stand_in(WAITS)
    service = serve(most_running=1)
    (first,) = service.submit(SHORT)
    others = [service.submit(SHORT)[0] for _ in range(3)]
    for job_id in others:
        service.stop(job_id)
    (last,) = service.submit(SHORT)
    known = [job_id for job_id in (first, *others, last) if service.look(job_id) is not None]
    assert first in known
    assert last in known
    assert len(known) == 3


def test_a_worker_that_waits_takes_the_next_run_and_another_takes_its_place(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(WAITS)
    service = serve(most_running=1)
    service.prepare()
    assert until(lambda: waiting(service) is not None)
    first = waiting(service)
    (job_id,) = service.submit(SHORT)
    assert service._jobs[job_id].group.process is first
    time.sleep(3 * room.TICK_SECONDS)
    assert waiting(service) is None  # not beside a run
    service.stop(job_id)
    assert until(lambda: waiting(service) is not None)
    second = waiting(service)
    assert second is not first
    assert second is not None
    second.kill()  # one that is gone is replaced
    assert until(lambda: waiting(service) not in (None, second))
    third = waiting(service)
    service.close()
    assert third is not None
    assert third.poll() is not None


def test_a_worker_that_is_done_takes_the_next_run(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(AGAIN)
    service = serve(most_running=1)
    service.prepare()
    ids = [service.submit(SHORT)[0] for _ in range(3)]
    worker = service._jobs[ids[0]].group.process
    assert until(lambda: not look(service, ids[-1]).running)
    assert [look(service, job_id).status for job_id in ids] == ["finished"] * 3
    assert waiting(service) is worker
    assert [look(service, job_id).step for job_id in ids] == [1, 2, 3]  # the stand-in counts its runs


def test_a_worker_that_is_done_is_ended_where_none_shall_wait(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(AGAIN)
    service = serve(most_running=1)
    ids = [service.submit(SHORT)[0] for _ in range(2)]
    assert until(lambda: not look(service, ids[-1]).running)
    assert [look(service, job_id).step for job_id in ids] == [1, 1]
    assert until(lambda: not alive(service))
    assert waiting(service) is None


def test_stop_all_leaves_nothing_running(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    ids = [service.submit(SHORT)[0] for _ in range(3)]
    service.stop_all()
    assert [look(service, job_id).status for job_id in ids] == ["stopped"] * 3


def test_unknown_jobs_are_none_and_stopping_them_does_nothing(serve: Callable[..., JobService]) -> None:
    service = serve()
    assert service.look("guess") is None
    service.stop("guess")


def test_one_processor_is_left_for_the_page(serve: Callable[..., JobService]) -> None:
    assert serve().most_running == max((os.cpu_count() or 2) - 1, 1)
