"""The jobs of one server: a queue with a cap, worker processes, and leases that end a job nobody looks at."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from core.frames import Frames
from core.jobs import failures, processes, wire
from core.jobs.request import Request
from core.jobs.view import COMPLETE, JobView, Picture
from core.report import Report

# A page renews its lease twice a second; a reload takes a second or two.
LEASE_SECONDS = 10.0
# A worker that was told to stop and is still there after this long is ended.
STOP_SECONDS = 0.4
MOST_QUEUED = 16
MOST_KEPT = 32
TICK_SECONDS = 0.1


class BusyError(RuntimeError):
    """Nothing more is taken, since the queue is full or the server closes; the message says so in a sentence for the person who waits."""


@dataclass(eq=False)
class _Group:
    """Jobs that one worker works on in turns.

    Attributes:
        jobs: all of them; once the worker is told, those that it was told of, in that order.
        process: the worker, while it works on them.
    """

    jobs: list[_Job] = field(default_factory=list)
    process: processes.Process | None = None

    @property
    def running(self) -> bool:
        return any(job.view.running for job in self.jobs)

    @property
    def queued(self) -> list[_Job]:
        return [job for job in self.jobs if job.view.status == "queued"]


@dataclass(eq=False)
class _Job:
    view: JobView
    lease: float
    group: _Group
    deadline: float | None = None

    def update(self, **changes: Any) -> None:
        self.view = replace(self.view, **changes)


class JobService:
    """Starts, watches and ends workers. All methods may be called from any thread.

    Args:
        most_running: workers at the same time; when left out, as many as leave a processor to the page.
        lease_seconds: how long a job lives after its last `look`.
    """

    def __init__(self, most_running: int | None = None, lease_seconds: float = LEASE_SECONDS) -> None:
        self.most_running = most_running or processes.MOST_RUNNING
        self.lease_seconds = lease_seconds
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._lock = threading.RLock()
        self._standby = processes.Standby()
        self._prepared = False
        self._closed = False
        threading.Thread(target=self._tick_forever, daemon=True).start()

    def submit(self, *requests: Request) -> list[str]:
        """Queues requests, which one worker works on in turns; returns the jobs' ids, which cannot be guessed.

        Raises:
            BusyError: too many jobs wait already.
        """
        with self._lock:
            if self._closed:
                raise BusyError("This server is closing; nothing new is started.")
            waiting = sum(job.view.status == "queued" for job in self._jobs.values())
            if waiting >= MOST_QUEUED:
                raise BusyError(f"{waiting} runs are waiting already; try again in a minute.")
            group, lease = _Group(), time.monotonic() + self.lease_seconds
            group.jobs = [_Job(JobView(request), lease, group) for request in requests]
            ids = [secrets.token_urlsafe(12) for _ in requests]
            self._jobs.update(zip(ids, group.jobs, strict=True))
            self._forget_old()
            self._start_next()
            return ids

    def prepare(self) -> None:
        """From now on a worker waits for the next run whenever none is under way, so that it begins without the engine's import."""
        self._prepared = True

    def look(self, job_id: str) -> JobView | None:
        """The job as it is now, its lease renewed; None for one that is not known (any more)."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None:
                return None
            job.lease = time.monotonic() + self.lease_seconds
            if job.view.status != "queued":
                return job.view
            before = takewhile(lambda group: group is not job.group, self._groups)
            return replace(job.view, ahead=sum(len(group.queued) for group in before))

    def stop(self, job_id: str, *, wait: bool = False) -> None:
        """Ends a job early; what it has learned stays. Nothing happens to one that has ended.

        Args:
            job_id: as `submit` gave it.
            wait: return only when it has ended, within about STOP_SECONDS.
        """
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or not job.view.running:
                return
            if job.group.process is None:
                job.update(status="stopped")
            elif job.deadline is None:
                job.deadline = time.monotonic() + STOP_SECONDS
                self._tell_to_stop(job)
        patience = time.monotonic() + 2 * STOP_SECONDS
        while wait and job.view.running and time.monotonic() < patience:
            time.sleep(TICK_SECONDS / 10)

    def stop_all(self) -> None:
        """Ends every job early, and returns when all have ended."""
        with self._lock:
            ids = [job_id for job_id, job in self._jobs.items() if job.view.running]
        for job_id in reversed(ids):  # else what waits would begin
            self.stop(job_id, wait=True)

    def close(self) -> None:
        """Ends all workers at once and starts no more."""
        with self._lock:
            self._closed = True
            self._standby.dismiss()
            for job in self._jobs.values():
                if job.view.running:
                    job.update(status="stopped")
            for group in self._groups:
                if group.process is not None:
                    group.process.kill()

    @property
    def _groups(self) -> list[_Group]:
        """All groups, the oldest first."""
        return list(dict.fromkeys(job.group for job in self._jobs.values()))

    def _tell_to_stop(self, job: _Job) -> None:
        assert job.group.process is not None
        processes.tell(job.group.process, f"stop {job.group.jobs.index(job)}")

    def _tick_forever(self) -> None:
        while not self._closed:
            time.sleep(TICK_SECONDS)
            try:
                with self._lock:
                    self._tick(time.monotonic())
            except Exception:  # one failure shall not be the end of all leases
                logging.getLogger(__name__).exception("The jobs could not be looked after.")

    def _tick(self, now: float) -> None:
        for job in self._jobs.values():
            overdue = job.deadline is not None and now > job.deadline
            if job.view.running and (overdue or now > job.lease):
                job.update(status="stopped")
                self._give_up(job)
        self._start_next()
        # A run's seconds shall not be spent on the import of another one's engine; when it ends, its worker waits.
        working = any(group.running for group in self._groups)
        if self._prepared and not working and not self._closed:
            self._standby.prepare()

    def _give_up(self, job: _Job) -> None:
        """Has a worker drop a job that does not wait for its answer; one without another job is ended."""
        if job.group.process is None:
            return
        if job.group.running:
            self._tell_to_stop(job)
        else:
            job.group.process.kill()

    def _start_next(self) -> None:
        groups = self._groups
        alive = sum(group.process is not None and group.process.poll() is None for group in groups)
        for group in groups:
            if alive >= self.most_running or self._closed:
                return
            if group.queued:
                alive += self._start(group)

    def _start(self, group: _Group) -> bool:
        """Finds a worker for a group; returns whether there is one."""
        group.jobs = group.queued
        for job in group.jobs:
            job.update(status="starting")
        try:
            group.process = self._standby.take()
            threading.Thread(target=self._listen, args=(group,), daemon=True).start()
        except (OSError, RuntimeError) as error:  # the system has no room for another process or thread
            for job in group.jobs:
                job.update(status="failed", error=failures.of_error(error))
            if group.process is not None:
                processes.end(group.process)
            return False
        processes.tell(
            group.process, wire.BETWEEN_REQUESTS.join(job.view.request.to_json() for job in group.jobs)
        )
        return True

    def _forget_old(self) -> None:
        ended = [key for key, job in self._jobs.items() if not job.view.running]
        for key in ended[: max(len(self._jobs) - MOST_KEPT, 0)]:
            del self._jobs[key]

    def _listen(self, group: _Group) -> None:
        """Follows one worker until its runs end, or its output; runs in a thread of its own."""
        process = group.process
        assert process is not None
        assert process.stdout is not None
        error = ""
        try:
            while group.running and (message := wire.read(process.stdout)) is not None:
                job = group.jobs[message.run]
                picture = _picture(message, job.view.picture)
                with self._lock:
                    if job.view.running:  # not ended for its owner already
                        _take(job, message, picture)
        except (ValueError, KeyError, TypeError, IndexError) as reason:
            error = f"The worker sent nonsense: {reason}"
        with self._lock:
            if self._reuse(group):
                return
        code = processes.end(process, patience=STOP_SECONDS if group.running and not error else 0.0)
        with self._lock:
            for job in group.jobs:
                if job.view.running:
                    job.update(status="failed", error=error or failures.of_exit(code))
            self._start_next()

    def _reuse(self, group: _Group) -> bool:
        """Has the worker of jobs that are all done wait for the next ones; returns whether it does."""
        done = all(job.view.status in COMPLETE for job in group.jobs)
        if not (done and self._prepared) or self._closed or group.process is None:
            return False
        self._standby.keep(group.process)
        group.process = None
        self._start_next()
        return True


def _take(job: _Job, message: wire.Message, picture: Picture | None) -> None:
    """Takes in what a worker says of a job."""
    data = message.data
    if message.kind == "progress":
        ended = data["status"] != "training"
        point = (data["seconds"], data.get("loss", data.get("acceptance")))
        job.update(
            status="measuring" if ended else "training",
            step=data["step"],
            seconds=data["seconds"],
            progress=data["progress"],
            facts=data,
            curve=(*job.view.curve, point),
        )
    elif picture is not None:
        measured = picture.ess if message.kind == "picture" else None
        job.update(picture=picture, ess=(*job.view.ess, *([measured] if measured else [])))
    else:
        job.update(status=data["status"], error=data.get("error", ""))


def _picture(message: wire.Message, last: Picture | None) -> Picture | None:
    """The picture that a message brings, or completes; None for other messages."""
    data = message.data
    if message.kind == "exact" and last is not None:
        return replace(last, exact=Frames.unpack(message.body))
    if message.kind != "picture":
        return None
    frames, report = Frames.unpack(message.body), Report.from_dict(data["report"])
    return Picture(frames, report, data["step"], data["seconds"])
