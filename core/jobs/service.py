"""The runs of one server: who asks for them, who follows them, and how long they live when nobody looks."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import replace

from core.jobs import processes
from core.jobs.dispatch import STOP_SECONDS, Dispatcher
from core.jobs.line import BusyError
from core.jobs.records import Press, Run, Ticket
from core.jobs.request import Request
from core.jobs.view import JobView
from core.jobs.watchdog import Allowance

__all__ = ["BusyError", "JobService"]

# A page renews its leases twice a second, but not while it is drawn anew, which takes long when many people are at work.
LEASE_SECONDS = 25.0
# Browsers let a hidden page run once a minute. It keeps its place in the queue, but others go first.
WAITING_LEASE_SECONDS = 75.0
# Tickets of ended runs; those that nobody has looked at for longest go first.
MOST_KEPT = 96
TICK_SECONDS = 0.1
# Characters of an id in the log: too few to follow the run with.
LABEL_LENGTH = 6
_logger = logging.getLogger(__name__)


class JobService:
    """Takes requests, and gives out tickets by which their owners follow and stop the runs. All methods may be called from any thread.

    Args:
        most_running: workers at the same time; when left out, as many as leave a processor to the page.
        lease_seconds: how long a run lives after the last `look`.
        allowance: time and memory of a worker; when left out, the default or what the environment sets.
    """

    def __init__(
        self,
        most_running: int | None = None,
        lease_seconds: float = LEASE_SECONDS,
        allowance: Allowance | None = None,
    ) -> None:
        self.most_running = most_running or processes.MOST_RUNNING
        self.lease_seconds = lease_seconds
        self._dispatcher = Dispatcher(
            self.most_running, lease_seconds, allowance or Allowance.from_environment()
        )
        self._line, self._lock = self._dispatcher.line, self._dispatcher.lock
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._unlogged: list[Run] = []
        threading.Thread(target=self._tick_forever, daemon=True).start()

    def submit(self, *requests: Request, owner: str = "") -> list[str]:
        """Queues requests, which one worker works on in turns. One that equals an unfinished run joins that run instead.

        Args:
            requests: of one press of Train.
            owner: who pressed; only they can stop it.

        Returns:
            One id for each request, which cannot be guessed.

        Raises:
            BusyError: too many presses wait already.
        """
        ids, press = [secrets.token_urlsafe(12) for _ in requests], Press(owner)
        with self._lock:
            if self._dispatcher.closed:
                raise BusyError("This server is closing; nothing new is started.")
            equal = [self._line.find(request) for request in requests]
            if None in equal:
                self._line.check(owner)
            for job_id, request, run in zip(ids, requests, equal, strict=True):
                if run is not None:
                    self._line.hasten(run.press, owner)
                self._follow(job_id, run or press.add(request, job_id[:LABEL_LENGTH]), owner)
            if press.runs:
                self._line.add(press)
                self._unlogged += press.runs
            self._forget_old()
            self._dispatcher.start_next()
        return ids

    def prepare(self) -> None:
        """From now on a worker waits for the next run whenever none is under way, so that it begins without the engine's import."""
        self._dispatcher.prepared = True

    def look(self, job_id: str) -> JobView | None:
        """The run as it is now, its lease renewed; None for an id that is not known (any more)."""
        now = time.monotonic()
        with self._lock:
            ticket = self._tickets.get(job_id)
            if ticket is None:
                return None
            ticket.looked = max(ticket.looked, now)
            view = ticket.view
            if view.status != "queued":
                return view
            place = self._line.waiting.index(ticket.run.press)
            return replace(view, position=place + 1, wait_seconds=self._dispatcher.waits(now)[place])

    def is_owner(self, job_id: str, owner: str) -> bool:
        """Whether this owner pressed Train for it, and so may stop it."""
        with self._lock:
            ticket = self._tickets.get(job_id)
            return ticket is not None and ticket.owner == owner

    def stop(self, job_id: str, *, owner: str = "", wait: bool = False) -> None:
        """Ends a run early for its owner; what it has learned stays. Where others follow it, it goes on for them.

        Nothing happens to a run that has ended, or that is someone else's.

        Args:
            job_id: as `submit` returned it.
            owner: who wants to stop it.
            wait: return only when it has ended, within about STOP_SECONDS.
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

    def stop_all(self) -> None:
        """Ends every run early, and returns when all have ended."""
        with self._lock:
            tickets = [ticket for ticket in self._tickets.values() if ticket.view.running]
            for run in reversed(list(self._line.runs())):  # else those that wait would start
                self._dispatcher.stop(run)
        _wait_for(tickets)

    def close(self) -> None:
        """Ends all workers and starts no more."""
        self._dispatcher.close()
        self._log_ended()

    def _follow(self, job_id: str, run: Run, owner: str) -> None:
        # The first lease is twice as long: the page that pressed Train is drawn anew, and may have to load the engine first.
        ticket = self._tickets[job_id] = Ticket(owner, run, time.monotonic() + self.lease_seconds)
        run.tickets.append(ticket)

    def _forget_old(self) -> None:
        ended = [key for key, ticket in self._tickets.items() if not ticket.view.running]
        ended.sort(key=lambda key: self._tickets[key].looked)
        for key in ended[: max(len(self._tickets) - MOST_KEPT, 0)]:
            del self._tickets[key]

    def _tick_forever(self) -> None:
        while not self._dispatcher.closed:
            time.sleep(TICK_SECONDS)
            try:
                self._tick(time.monotonic())
            except Exception:  # one failure shall not be the end of all leases
                _logger.exception("The runs could not be looked after.")

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
            return ticket.looked + max(self.lease_seconds, WAITING_LEASE_SECONDS)
        # When its run starts, a hidden page has a moment to look again.
        return max(ticket.looked, started) + self.lease_seconds

    def _log_ended(self) -> None:
        """Writes one line for each run that has ended, without the lock: the log may be a pipe that nobody reads."""
        with self._lock:
            ended = [run for run in self._unlogged if not run.view.running]
            self._unlogged = [run for run in self._unlogged if run.view.running]
        for run in ended:
            _logger.info("%s", run.summary)


def _wait_for(tickets: list[Ticket]) -> None:
    patience = time.monotonic() + 2 * STOP_SECONDS
    while any(ticket.view.running for ticket in tickets) and time.monotonic() < patience:
        time.sleep(TICK_SECONDS / 10)
