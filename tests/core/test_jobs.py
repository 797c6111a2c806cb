"""Jobs: their messages, their requests, the worker process and the service that owns the workers."""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.budget import Budget
from core.frames import Frames
from core.jobs import service as room
from core.jobs import wire
from core.jobs.request import MOST_SAMPLES, MOST_SECONDS, Request
from core.jobs.service import BusyError, JobService, JobView
from core.problem import Problem, TargetSpec, TrainingSettings
from core.report import Report

ROOT = Path(__file__).resolve().parents[2]
TINY = TrainingSettings(width=8, depth=1, batch_size=32)
LINE = Problem(TargetSpec.of("two_modes", dim=1, mode_separation=2.0), training=TINY)
SHORT = Request(LINE, budget=Budget(seconds=0.3), num_samples=50)
LONG = Request(LINE, budget=Budget(seconds=100.0), num_samples=50)


# Messages


@pytest.mark.parametrize("body", [b"", b"\n\n{}", bytes(1000)])
def test_messages_survive_the_wire(body: bytes) -> None:
    stream = io.BytesIO()
    sent = [wire.Message("progress", {"step": 3, "loss": math.nan}, body), wire.Message("end", {})]
    for message in sent:
        wire.write(stream, message)
    stream.seek(0)
    first, second = wire.read(stream), wire.read(stream)
    assert first is not None
    assert (first.kind, first.data["step"], first.body) == ("progress", 3, body)
    assert math.isnan(first.data["loss"])
    assert second == sent[1]
    assert wire.read(stream) is None


@pytest.mark.parametrize("length", [0, 5, 40, -1])
def test_a_stream_that_breaks_off_has_ended(length: int) -> None:
    stream = io.BytesIO()
    wire.write(stream, wire.Message("picture", {"step": 1}, b"0123456789"))
    assert wire.read(io.BytesIO(stream.getvalue()[:length])) is None


@pytest.mark.parametrize("size", [-1, wire.MOST_BYTES + 1])
def test_a_size_that_is_not_to_be_believed_is_refused(size: int) -> None:
    head = json.dumps({"kind": "end", "data": {}, "size": size}).encode() + b"\n"
    with pytest.raises(ValueError, match=str(size)):
        wire.read(io.BytesIO(head))


# Requests


@pytest.mark.parametrize("method", ["train", "langevin"])
def test_requests_survive_json(method: str) -> None:
    request = Request(LINE, method, Budget(seconds=3.5), 123)
    assert Request.from_json(request.to_json()) == request
    assert "\n" not in request.to_json()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"method": "guess"}, "method"),
        ({"num_samples": 9}, "num_samples"),
        ({"num_samples": MOST_SAMPLES + 1}, "num_samples"),
        ({"budget": Budget(steps=3)}, "seconds"),
        ({"budget": Budget(seconds=MOST_SECONDS + 1)}, "seconds"),
    ],
    ids=lambda item: str(item)[:40],
)
def test_a_bad_request_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Request(LINE, **change)


# The worker


def start(*, code: str = "import core.jobs.worker as w; w.main()") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )


def tell(worker: subprocess.Popen[bytes], line: str) -> None:
    assert worker.stdin is not None
    worker.stdin.write(line.encode() + b"\n")
    worker.stdin.flush()


def messages(worker: subprocess.Popen[bytes]) -> Iterator[wire.Message]:
    assert worker.stdout is not None
    while (message := wire.read(worker.stdout)) is not None:
        yield message


@pytest.mark.parametrize("method", ["train", "langevin"])
def test_a_worker_tells_its_progress_a_picture_and_the_end(method: str) -> None:
    with start() as worker:
        tell(worker, Request(LINE, method, Budget(seconds=0.3), 50).to_json())
        told = list(messages(worker))
    assert [m.kind for m in told[-2:]] == ["picture", "end"]
    assert told[-1].data == {"status": "finished"}
    progress = [m.data for m in told if m.kind == "progress"]
    assert [p["status"] for p in progress[:-1]] == ["training"] * (len(progress) - 1)
    assert progress[0]["step"] == 0
    assert progress[-1]["progress"] == 1.0
    if method == "train":
        calls = [p["energy_calls"] for p in progress]
        assert calls == sorted(calls)
        assert (calls[0], calls[-1] >= TINY.batch_size * progress[-1]["step"]) == (0, True)
    picture = told[-2]
    frames, report = Frames.unpack(picture.body), Report.from_dict(picture.data["report"])
    assert len(frames.samples) == report.num_samples == 50
    assert frames.source == ("learned" if method == "train" else "chains")


def test_a_worker_that_is_told_to_stop_sends_a_last_picture() -> None:
    with start() as worker:
        tell(worker, LONG.to_json())
        told = messages(worker)
        next(told)
        tell(worker, "stop")
        before = time.monotonic()
        rest = list(told)
        assert time.monotonic() - before < 10
    assert [m.kind for m in rest[-2:]] == ["picture", "end"]
    assert rest[-1].data == {"status": "stopped"}


def test_a_worker_dies_when_its_owner_is_gone() -> None:
    with start() as worker:
        tell(worker, LONG.to_json())
        next(messages(worker))
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(timeout=5) == 0


def test_a_worker_that_fails_says_why_in_one_line() -> None:
    code = (
        "import core.jobs.worker as w\n"
        "def run(*_): raise RuntimeError('no memory\\nfor that')\n"
        "w.run = run; w.main()"
    )
    with start(code=code) as worker:
        tell(worker, SHORT.to_json())
        told = list(messages(worker))
    assert [m.data for m in told] == [{"status": "failed", "error": "RuntimeError: no memory"}]


def test_a_worker_that_gets_no_request_says_so() -> None:
    with start() as worker:
        tell(worker, "{}")
        told = list(messages(worker))
    assert [m.data["status"] for m in told] == ["failed"]
    assert told[0].data["error"]


# The service, with real workers


@pytest.fixture
def serve() -> Iterator[Callable[..., JobService]]:
    """Makes services, and waits for their workers to be gone at the end."""
    made: list[JobService] = []

    def make(**settings: Any) -> JobService:
        made.append(JobService(**settings))
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


def alive(service: JobService) -> list[Any]:
    """The workers that still run, or whose pipes are not closed yet."""
    processes = [job.process for job in service._jobs.values() if job.process is not None]
    return [p for p in processes if p.poll() is None or not (p.stdout and p.stdout.closed)]


@pytest.mark.parametrize("method", ["train", "langevin"])
def test_a_job_is_watched_from_start_to_finish(method: str, serve: Callable[..., JobService]) -> None:
    service = serve()
    job_id = service.submit(Request(LINE, method, Budget(seconds=0.5), 50))
    assert look(service, job_id).running
    assert until(lambda: not look(service, job_id).running)
    view = look(service, job_id)
    assert (view.status, view.error, view.progress) == ("finished", "", 1.0)
    assert view.step > 0
    assert [seconds for seconds, _ in view.curve] == sorted(seconds for seconds, _ in view.curve)
    assert view.picture is not None
    assert view.picture.report.num_samples == 50
    assert view.picture.step == view.step


def test_a_job_that_is_stopped_stops_at_once_and_keeps_what_it_has_learned(
    serve: Callable[..., JobService],
) -> None:
    service = serve()
    job_id = service.submit(LONG)
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
WAITS = SAY + "sys.stdin.readline(); say('end', status='finished')"
FAILS = SAY + "say('end', status='failed', error='RuntimeError: no memory')"
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

    def replace(code: str) -> None:
        def spawn(request: Request) -> subprocess.Popen[bytes]:
            worker = start(code=code)
            tell(worker, request.to_json())
            return worker

        monkeypatch.setattr(room, "_spawn", spawn)

    return replace


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        (FAILS, "failed", "no memory"),
        (DIVERGES, "diverged", ""),
        (SILENT, "failed", "without a word"),
        (NONSENSE, "failed", "nonsense"),
        (HALF, "failed", "nonsense"),
    ],
    ids=["fails", "diverges", "silent", "nonsense", "half a message"],
)
def test_every_way_to_end_is_told(
    code: str, status: str, error: str, serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(code)
    service = serve()
    job_id = service.submit(SHORT)
    assert until(lambda: not look(service, job_id).running)
    view = look(service, job_id)
    assert view.status == status
    assert error in view.error
    assert bool(error) == bool(view.error)


def test_a_job_that_nobody_looks_at_is_ended(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(lease_seconds=0.3)
    job_id = service.submit(LONG)
    (worker,) = alive(service)
    assert until(lambda: not alive(service), 5.0)
    assert worker.returncode != 0
    assert look(service, job_id).status == "stopped"


def test_looking_keeps_a_job_alive(serve: Callable[..., JobService], stand_in: Callable[[str], None]) -> None:
    stand_in(SLEEPS)
    service = serve(lease_seconds=0.6)
    job_id = service.submit(LONG)
    for _ in range(15):
        time.sleep(0.1)
        assert look(service, job_id).running


def test_a_worker_that_does_not_listen_is_killed(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(STUBBORN)
    service = serve()
    job_id = service.submit(LONG)
    assert until(lambda: look(service, job_id).step == 1)
    service.stop(job_id)
    assert until(lambda: not look(service, job_id).running, 3.0)
    assert look(service, job_id).status == "stopped"
    assert look(service, job_id).step == 1


def test_jobs_wait_for_their_turn(serve: Callable[..., JobService], stand_in: Callable[[str], None]) -> None:
    stand_in(WAITS)
    service = serve(most_running=1)
    ids = [service.submit(SHORT) for _ in range(4)]
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
    first = service.submit(SHORT)
    others = [service.submit(SHORT) for _ in range(3)]
    for job_id in others:
        service.stop(job_id)
    last = service.submit(SHORT)
    known = [job_id for job_id in (first, *others, last) if service.look(job_id) is not None]
    assert first in known
    assert last in known
    assert len(known) == 3


def test_unknown_jobs_are_none_and_stopping_them_does_nothing(serve: Callable[..., JobService]) -> None:
    service = serve()
    assert service.look("guess") is None
    service.stop("guess")


def test_one_processor_is_left_for_the_page(serve: Callable[..., JobService]) -> None:
    assert serve().most_running == max((os.cpu_count() or 2) - 1, 1)
