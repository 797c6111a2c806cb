"""The job service of one server: accepts requests, lets viewers follow and stop runs, and ends runs that nobody follows."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import replace

from core.jobs import processes
from core.jobs.condition import Condition
from core.jobs.dispatch import STOP_SECONDS, Dispatcher
from core.jobs.press_queue import BusyError
from core.jobs.recorder import Recorder
from core.jobs.records import Press, Run, Ticket
from core.jobs.request import Request
from core.jobs.view import JobView
from core.jobs.watchdog import Allowance
from core.store.origin import new_id

__all__ = ["BusyError", "JobService"]

# A run ends when nobody has looked at it for this long. A page looks twice a second, but not while it is rebuilt after an input, which is
# slow when many people use the server.
LEASE_SECONDS = 25.0
# The same for a run in the queue. Browsers let hidden pages update once a minute, so their runs stay in the queue that long, but others go
# first.
WAITING_LEASE_SECONDS = 75.0
# Maximum number of tickets in memory; beyond that, those of ended runs that were looked at longest ago are dropped.
MOST_KEPT = 96
TICK_SECONDS = 0.1
_logger = logging.getLogger(__name__)


class JobService:
    """Accepts requests and returns job ids, with which their owners follow and stop the runs. All methods are thread-safe.

    Args:
        most_running: maximum number of workers at the same time; by default from the environment, or as many as leave one core to the server.
        lease_seconds: how long a run continues after the last `look`.
        allowance: time and memory limits of a worker; by default from the environment.
        recorder: saves the runs; without one, runs exist only as long as this service keeps them in memory.
    """

    def __init__(
        self,
        most_running: int | None = None,
        lease_seconds: float = LEASE_SECONDS,
        allowance: Allowance | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.most_running = most_running or processes.most_running()
        self.lease_seconds = lease_seconds
        self._dispatcher = Dispatcher(
            self.most_running, lease_seconds, allowance or Allowance.from_environment(), recorder
        )
        self._queue, self._lock = self._dispatcher.queue, self._dispatcher.lock
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._unlogged: list[Run] = []
        threading.Thread(target=self._tick_forever, daemon=True).start()

    def submit(self, *requests: Request, owner: str = "", is_saved: bool = True) -> list[str]:
        """Queue the requests of one press of Train. One worker computes them; they take turns.

        A request joins an unfinished run that already computes the same.

        Args:
            requests: the requests.
            owner: who pressed Train; only they can stop their runs.
            is_saved: whether the recorder saves the runs; otherwise the caller saves them.

        Returns:
            One unguessable id for each request. A new run has the same id in the run store.

        Raises:
            BusyError: too many presses are waiting, or the service is closed.
        """
        ids, press = [new_id() for _ in requests], Press(owner, is_saved=is_saved)
        with self._lock:
            if self._dispatcher.closed:
                raise BusyError("This server is shutting down and accepts no new runs.")
            equal = [self._queue.find(request, is_saved=is_saved) for request in requests]
            if None in equal:
                self._queue.check(owner)
            for job_id, request, run in zip(ids, requests, equal, strict=True):
                if run is not None:
                    self._queue.move_up(run.press, owner)
                self._follow(job_id, run or press.add(request, job_id), owner)
            if press.runs:
                self._queue.add(press)
                self._unlogged += press.runs
            self._forget_old()
            self._dispatcher.start_next()
        return ids

    def resume(self, job_id: str, view: JobView, checkpoint: bytes, owner: str = "") -> None:
        """Queue an ended run again, under the same id; does nothing if it is running.

        Args:
            job_id: id of the run.
            view: its last state, from which it continues.
            checkpoint: content of its newest checkpoint file; empty to begin anew.
            owner: its owner.

        Raises:
            BusyError: too many presses are waiting, or the service is closed.
        """
        press = Press(owner)
        with self._lock:
            if self._dispatcher.closed:
                raise BusyError("This server is shutting down and accepts no new runs.")
            ticket = self._tickets.get(job_id)
            if ticket is not None and ticket.view.running:
                return
            self._queue.check(owner)
            run = press.add(view.request, job_id)
            run.checkpoint, run.view = checkpoint, replace(view, status="queued", error="", checkpoint=b"")
            self._follow(job_id, run, owner)
            self._queue.add(press)
            self._unlogged.append(run)
            self._dispatcher.start_next()

    @property
    def storage_error(self) -> str:
        """Why runs are not saved at present, in one sentence; empty if they are."""
        recorder = self._dispatcher.recorder
        return "" if recorder is None else recorder.error

    def condition(self) -> Condition:
        """The condition of this service at present."""
        return self._dispatcher.condition(time.monotonic())

    def prepare(self) -> None:
        """From now on, keep an idle worker ready with the engine imported, so that the next run starts at once."""
        self._dispatcher.prepared = True

    def look(self, job_id: str) -> JobView | None:
        """Return the current view of a run and renew its lease; None for an unknown or forgotten id."""
        now = time.monotonic()
        with self._lock:
            ticket = self._tickets.get(job_id)
            if ticket is None:
                return None
            ticket.last_seen = max(ticket.last_seen, now)
            view = ticket.view
            if view.status != "queued":
                return view
            place = self._queue.waiting.index(ticket.run.press)
            return replace(view, position=place + 1, wait_seconds=self._dispatcher.waits(now)[place])

    def is_owner(self, job_id: str, owner: str) -> bool:
        """Whether this owner pressed Train for the run, and so may stop it."""
        with self._lock:
            ticket = self._tickets.get(job_id)
            return ticket is not None and ticket.owner == owner

    def has_ended(self, job_id: str) -> bool:
        """Whether the service has a run with this id that has ended for all of its viewers."""
        with self._lock:
            ticket = self._tickets.get(job_id)
            return ticket is not None and not ticket.run.view.running

    def stop(self, job_id: str, *, owner: str = "", wait: bool = False) -> None:
        """Stop a run early for its owner and keep its last picture. It continues for any other viewers.

        Does nothing if the run has ended or belongs to someone else.

        Args:
            job_id: the id that `submit` returned.
            owner: who stops it.
            wait: block until the run has ended, for about 2·STOP_SECONDS at most.
        """
        with self._lock:
            ticket = self._tickets.get(job_id)
            if ticket is None or ticket.owner != owner or not ticket.view.running:
                return
            if ticket.is_last:
                self._dispatcher.stop(ticket.run)
            else:
                ticket.leave()
        if wait:
            _wait_for([ticket])

    def forget(self, job_id: str, *, owner: str = "") -> None:
        """Remove an ended run of this owner from memory. From then on, only the run store decides who may see the run.

        Does nothing if the run has not ended or belongs to someone else.

        Args:
            job_id: the id that `submit` returned.
            owner: who removes it.
        """
        with self._lock:
            ticket = self._tickets.get(job_id)
            if ticket is not None and ticket.owner == owner and not ticket.view.running:
                del self._tickets[job_id]

    def stop_all(self) -> None:
        """Stop every run early; blocks until all have ended, for about 2·STOP_SECONDS at most."""
        with self._lock:
            tickets = [ticket for ticket in self._tickets.values() if ticket.view.running]
            for run in reversed(
                list(self._queue.runs())
            ):  # last first; otherwise stopping one would start the next
                self._dispatcher.stop(run)
        _wait_for(tickets)

    def close(self) -> None:
        """End all workers and start no more."""
        self._dispatcher.close()
        self._log_ended()
        if self._dispatcher.recorder is not None:
            self._dispatcher.recorder.close()

    def _follow(self, job_id: str, run: Run, owner: str) -> None:
        # The first lease is twice as long: after a press of Train, the page is rebuilt, and may have to load the engine first.
        ticket = self._tickets[job_id] = Ticket(owner, run, time.monotonic() + self.lease_seconds, id=job_id)
        run.tickets.append(ticket)

    def _forget_old(self) -> None:
        ended = [key for key, ticket in self._tickets.items() if not ticket.view.running]
        ended.sort(key=lambda key: self._tickets[key].last_seen)
        for key in ended[: max(len(self._tickets) - MOST_KEPT, 0)]:
            del self._tickets[key]

    def _tick_forever(self) -> None:
        while not self._dispatcher.closed:
            time.sleep(TICK_SECONDS)
            try:
                self._tick(time.monotonic())
            except Exception:  # continue after any error; otherwise no lease would ever end again
                _logger.exception("Checking on the runs failed; trying again.")

    def _tick(self, now: float) -> None:
        with self._lock:
            self._end_leases(now)
            self._dispatcher.end_overdue(now)
            self._dispatcher.start_next()
        self._dispatcher.watch(now)
        self._log_ended()

    def _end_leases(self, now: float) -> None:
        for ticket in self._tickets.values():
            if not ticket.view.running or now < self._end_of_lease(ticket):
                continue
            if ticket.is_last:
                self._dispatcher.stop_at_once(ticket.run)
            else:
                ticket.leave()

    def _end_of_lease(self, ticket: Ticket) -> float:
        started = ticket.run.press.started
        if started is None:
            return ticket.last_seen + max(self.lease_seconds, WAITING_LEASE_SECONDS)
        # The lease of a run that waited counts from its start at the earliest, so that a hidden page has time to look again.
        return max(ticket.last_seen, started) + self.lease_seconds

    def _log_ended(self) -> None:
        """Log one line for each run that has ended. Writes without the lock, since the log may be a blocked pipe."""
        with self._lock:
            ended = [run for run in self._unlogged if not run.view.running]
            self._unlogged = [run for run in self._unlogged if run.view.running]
        for run in ended:
            _logger.info("%s", run.summary)


def _wait_for(tickets: list[Ticket]) -> None:
    patience = time.monotonic() + 2 * STOP_SECONDS
    while any(ticket.view.running for ticket in tickets) and time.monotonic() < patience:
        time.sleep(TICK_SECONDS / 10)
