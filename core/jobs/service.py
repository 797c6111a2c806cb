"""The jobs of one server: a queue with a cap, worker processes, and leases that end a job nobody looks at."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
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
    """The queue is full; the message says so in a sentence for the person who waits."""


@dataclass
class _Job:
    view: JobView
    lease: float
    process: processes.Process | None = None
    deadline: float | None = None

    def update(self, **changes: Any) -> None:
        self.view = replace(self.view, **changes)


class JobService:
    """Starts, watches and ends workers. All methods may be called from any thread.

    Args:
        most_running: workers at the same time; one less than the processors when left out.
        lease_seconds: how long a job lives after its last `look`.
    """

    def __init__(self, most_running: int | None = None, lease_seconds: float = LEASE_SECONDS) -> None:
        self.most_running = most_running or max((os.cpu_count() or 2) - 1, 1)
        self.lease_seconds = lease_seconds
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._lock = threading.RLock()
        self._standby = processes.Standby()
        self._prepared = False
        self._closed = False
        threading.Thread(target=self._tick_forever, daemon=True).start()

    def submit(self, request: Request) -> str:
        """Queues a request; returns the job's id, which cannot be guessed.

        Raises:
            BusyError: too many jobs wait already.
        """
        with self._lock:
            if self._closed:
                raise BusyError("This server is closing; nothing new is started.")
            waiting = sum(job.view.status == "queued" for job in self._jobs.values())
            if waiting >= MOST_QUEUED:
                raise BusyError(f"{waiting} runs are waiting already; try again in a minute.")
            job_id = secrets.token_urlsafe(12)
            self._jobs[job_id] = _Job(JobView(request), time.monotonic() + self.lease_seconds)
            self._forget_old()
            self._start_next()
            return job_id

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
            queued = [key for key, other in self._jobs.items() if other.view.status == "queued"]
            return replace(job.view, ahead=queued.index(job_id))

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
            if job.process is None:
                job.update(status="stopped")
            elif job.deadline is None:
                job.deadline = time.monotonic() + STOP_SECONDS
                processes.tell(job.process, "stop")
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
                if job.process is not None:
                    job.process.kill()
                if job.view.running:
                    job.update(status="stopped")

    def _tick_forever(self) -> None:
        while not self._closed:
            time.sleep(TICK_SECONDS)
            with self._lock:
                self._tick(time.monotonic())

    def _tick(self, now: float) -> None:
        for job in self._jobs.values():
            overdue = job.deadline is not None and now > job.deadline
            abandoned = job.view.running and now > job.lease
            if not (overdue or abandoned):
                continue
            job.deadline = None
            if job.process is not None:
                job.process.kill()
            if job.view.running:
                job.update(status="stopped")
        self._start_next()
        # A run's seconds shall not be spent on the import of another one's engine; when it ends, its worker waits.
        working = any(job.view.running for job in self._jobs.values())
        if self._prepared and not working and not self._closed:
            self._standby.prepare()

    def _start_next(self) -> None:
        alive = sum(job.process is not None and job.process.poll() is None for job in self._jobs.values())
        for job in self._jobs.values():
            if alive >= self.most_running or self._closed:
                return
            if job.view.status == "queued":
                job.update(status="starting")
                try:
                    job.process = self._standby.take()
                except OSError as error:  # the system has no room for another process
                    job.update(status="failed", error=failures.of_error(error))
                    continue
                processes.tell(job.process, job.view.request.to_json())
                threading.Thread(target=self._listen, args=(job,), daemon=True).start()
                alive += 1

    def _forget_old(self) -> None:
        ended = [key for key, job in self._jobs.items() if not job.view.running]
        for key in ended[: max(len(self._jobs) - MOST_KEPT, 0)]:
            del self._jobs[key]

    def _listen(self, job: _Job) -> None:
        """Follows one worker until its run ends, or its output; runs in a thread of its own."""
        process = job.process
        assert process is not None
        assert process.stdout is not None
        try:
            while (message := wire.read(process.stdout)) is not None:
                picture = _picture(message, job.view.picture)
                with self._lock:
                    if self._take(job, message, picture):
                        return
                if message.kind == "end":
                    break
        except (ValueError, KeyError, TypeError) as error:
            with self._lock:
                job.update(status="failed", error=f"The worker sent nonsense: {error}")
        code = processes.end(process, patience=STOP_SECONDS if job.view.running else 0.0)
        with self._lock:
            job.deadline = None
            if job.view.running:
                job.update(status="failed", error=failures.of_exit(code))
            self._start_next()

    def _take(self, job: _Job, message: wire.Message, picture: Picture | None) -> bool:
        """Takes in a message; returns whether it was the last one, and the worker is free for another run."""
        if not job.view.running:  # ended for its owner already
            return False
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
            return data["status"] in COMPLETE and self._reuse(job)
        return False

    def _reuse(self, job: _Job) -> bool:
        """Has the worker of a job that is done wait for the next one; returns whether it does."""
        if not self._prepared or self._closed or job.process is None:
            return False
        self._standby.keep(job.process)
        job.process = job.deadline = None
        self._start_next()
        return True


def _picture(message: wire.Message, last: Picture | None) -> Picture | None:
    """The picture that a message brings, or completes; None for other messages."""
    data = message.data
    if message.kind == "exact" and last is not None:
        return replace(last, exact=Frames.unpack(message.body))
    if message.kind != "picture":
        return None
    frames, report = Frames.unpack(message.body), Report.from_dict(data["report"])
    return Picture(frames, report, data["step"], data["seconds"])
