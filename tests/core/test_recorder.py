"""The recorder saves the service's runs in the run store, and keeps what it has saved when something fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.budget import Budget
from core.jobs.recorder import Recorder
from core.jobs.records import Press
from core.jobs.saved_runs import view_of
from core.jobs.service import JobService
from core.jobs.wire import Message
from core.store import errors
from core.store.course import Course
from core.store.errors import StoreError
from core.store.housekeeping import verify
from core.store.ownership import copy, discard, restore
from core.store.query import Query
from core.store.store import Store
from tests.core.stores import FINISHED, frames, open_store
from tests.services import PREAMBLE, busy, look, request, until
from tests.workers import LONG, ROOT

# A worker that sends checkpoints and pictures without training. It counts steps from the checkpoint that it received to
# resume from.
SENDS = PREAMBLE + (
    "from tests.core.stores import REPORT, frames\n"
    "def send_body(kind, body, **data): wire.write(sys.stdout.buffer, wire.Message(kind, data, body))\n"
    "from core.jobs.request import Request\n"
    "first = int(Request.from_json(request).checkpoint or b'0') + 1\n"
    "for step in range(first, first + 3):\n"
    "    about = dict(step=step, seconds=0.1 * step, progress=0.1, loss=1.0 / step, status='training', energy_calls=step)\n"
    "    send('progress', **about)\n"
    "    send_body('checkpoint', str(step).encode(), **about)\n"
    "    send_body('picture', frames(step).pack(), report=REPORT.to_dict(), **about)\n"
)
ENDS = SENDS + "send('progress', **about | {'status': 'finished'}); send('end', status='finished')\n"
HANGS = SENDS + "sys.stdin.read()"
# A server in a separate process, whose only run hangs.
SERVER = """
import time
from functools import partial
from core.jobs import processes
from core.jobs.recorder import Recorder
from core.jobs.records import Press
from core.jobs.service import JobService
from core.store.place import OpenStore
from tests.core.test_recorder import HANGS
from tests.services import request
from tests.workers import start
processes.start = partial(start, code=HANGS)
JobService(1, recorder=Recorder(OpenStore())).submit(request(), owner="me")
time.sleep(60)
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store") as opened:
        yield opened


def recorded(serve: Callable[..., JobService], store: Store) -> tuple[JobService, Recorder]:
    recorder = Recorder(lambda: store)
    return serve(most_running=1, recorder=recorder), recorder


def test_finished_run_is_saved_with_all_that_its_viewers_saw(
    serve: Callable[..., JobService], stand_in: Callable[[str], None], store: Store
) -> None:
    stand_in(ENDS)
    service, recorder = recorded(serve, store)
    (job_id,) = service.submit(request(), owner="me")
    (shared,) = service.submit(request(), owner="you")
    assert until(lambda: not look(service, job_id).running)
    assert recorder.wait(10.0)
    run, seen = store.run(job_id), look(service, job_id)
    assert store.run(shared).is_owned_by("you")
    assert run.is_owned_by("me")
    assert not run.is_owned_by("you")
    again = view_of(store, run)
    assert (again.request, again.status, again.step) == (seen.request, "finished", 3)
    assert (again.curve, again.ess) == (seen.curve, seen.ess)
    assert again.picture is not None
    assert seen.picture is not None
    assert again.picture.report == seen.picture.report
    assert store.packed_checkpoint(job_id) == b"3"


def test_killed_worker_leaves_its_last_checkpoint_and_the_run_resumes_from_it(
    serve: Callable[..., JobService], stand_in: Callable[[str], None], store: Store
) -> None:
    stand_in(HANGS)
    service, recorder = recorded(serve, store)
    (job_id,) = service.submit(request(), owner="me")
    assert until(lambda: store.has(job_id) and store.packed_checkpoint(job_id) == b"3")
    os.kill(busy(service).pid, signal.SIGKILL)
    assert until(lambda: not look(service, job_id).running, 2.0)
    assert "was killed (signal 9)" in look(service, job_id).error
    assert recorder.wait(10.0)
    run = store.run(job_id)
    assert run.result.status == "failed"
    view = view_of(store, run)
    assert view.picture is not None
    stand_in(ENDS)
    service.resume(job_id, view, store.packed_checkpoint(job_id) or b"", "me")
    assert until(lambda: not look(service, job_id).running)
    assert recorder.wait(10.0)
    (again,) = store.runs()
    assert (again.id, again.result.status, again.result.steps) == (job_id, "finished", 6)
    assert [value for _, value in store.course(job_id).curve] == pytest.approx(
        [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6, 1 / 6]
    )


def test_run_whose_server_ended_is_interrupted_and_keeps_its_picture(
    serve: Callable[..., JobService], stand_in: Callable[[str], None], store: Store
) -> None:
    stand_in(HANGS)
    service, recorder = recorded(serve, store)
    (job_id,) = service.submit(request())
    assert until(lambda: store.has(job_id) and store.packed_checkpoint(job_id) == b"3")
    assert store.run(job_id).result.status == "training"
    recorder.close()  # the end of the process has the same effect
    run = store.run(job_id)
    assert run.result.status == "interrupted"
    assert view_of(store, run).picture is not None


def test_killed_server_leaves_an_interrupted_run_with_its_last_checkpoint(store: Store) -> None:
    settings = {**os.environ, "BOLTZMANN_STORE": str(store.folder.path)}
    server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, env=settings)
    try:
        assert until(lambda: any(store.packed_checkpoint(run.id) == b"3" for run in store.runs()))
        assert [run.result.status for run in store.runs()] == ["training"]
    finally:
        server.kill()
        server.wait()
    (run,) = store.runs()
    assert (run.result.status, run.result.steps) == ("interrupted", 3)
    assert verify(store) == []


def test_store_that_fails_does_not_stop_the_run_and_gets_its_end_later(
    serve: Callable[..., JobService],
    stand_in: Callable[[str], None],
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.jobs.recorder.RETRY_SECONDS", 0.05)
    stand_in(ENDS)
    full = [True]

    def opened() -> Store:
        if full[0]:
            raise StoreError(errors._FULL.format("folder"))
        return store

    service = serve(most_running=1, recorder=(recorder := Recorder(opened)))
    (job_id,) = service.submit(request())
    assert until(lambda: not look(service, job_id).running)
    assert look(service, job_id).status == "finished"
    assert until(lambda: "is full" in service.storage_error)
    full[0] = False
    assert recorder.wait(10.0)
    assert service.storage_error == ""
    assert store.run(job_id).result.status == "finished"


@pytest.mark.long
def test_real_worker_resumes_where_its_checkpoint_was(serve: Callable[..., JobService], store: Store) -> None:
    service, recorder = recorded(serve, store)
    (job_id,) = service.submit(replace(LONG, budget=Budget(seconds=20.0)))
    assert until(lambda: store.has(job_id) and store.run(job_id).result.steps > 0)
    os.kill(busy(service).pid, signal.SIGKILL)
    assert until(lambda: not look(service, job_id).running, 2.0)
    assert recorder.wait(10.0)
    run = store.run(job_id)
    view = replace(view_of(store, run), request=LONG)
    service.resume(job_id, view, store.packed_checkpoint(job_id) or b"")
    assert until(lambda: look(service, job_id).status == "training" and look(service, job_id).step > 0)
    assert look(service, job_id).step >= run.result.steps


def test_deleted_run_is_hidden_until_it_is_restored(store: Store) -> None:
    run = store.save(FINISHED, frames(), owner="me")
    discard(store, run.id)
    assert store.runs() == []
    assert store.equal(FINISHED.problem) is None
    assert [deleted.id for deleted in store.runs(Query(deleted=True))] == [run.id]
    assert restore(store, run.id).deleted is None
    assert [restored.id for restored in store.runs()] == [run.id]


def test_deleted_run_is_purged_after_a_while(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = store.save(FINISHED, frames())
    discard(store, run.id)
    store.save(FINISHED)
    assert store.has(run.id)
    monkeypatch.setattr("core.store.housekeeping.RESTORABLE_SECONDS", 0.0)
    store.save(FINISHED)
    assert not store.has(run.id)


def test_viewer_sees_own_runs_and_those_without_owner(store: Store) -> None:
    own, free = store.save(FINISHED, owner="me"), store.save(FINISHED)
    store.save(FINISHED, owner="you")
    assert {run.id for run in store.runs(Query(viewer="me"))} == {own.id, free.id}


def test_copy_belongs_to_its_own_owner(store: Store) -> None:
    run = store.save(FINISHED, frames(), owner="you")
    mine = copy(store, run.id, "me", pinned=True)
    store.delete(run.id)
    assert store.frames(mine.id) is not None
    assert store.run(mine.id).is_owned_by("me")
    assert store.run(mine.id).pinned


@pytest.mark.parametrize("is_saved", [True, False])
def test_recorder_does_not_save_runs_that_their_sweep_saves(is_saved: bool, store: Store) -> None:
    recorder = Recorder(lambda: store)
    press = Press("me", is_saved=is_saved)
    run = press.add(request(), "0" * 12)
    run.update(status="finished")
    recorder.note(run, Message("end", {}))
    assert recorder.wait(10)
    recorder.close()
    assert len(store.runs()) == is_saved


def test_course_keeps_unknown_numbers() -> None:
    course = Course({"loss": float("nan"), "reason": "Enough."}, ((0.5, float("nan")),), ((0.5, 0.25, 500),), "", ((3, 7, 0.5),))  # fmt: skip
    again = Course.unpack(course.pack())
    assert str(again) == str(course)
    with pytest.raises(ValueError, match="each point"):
        Course.unpack(b'{"curve": [[1]]}')
