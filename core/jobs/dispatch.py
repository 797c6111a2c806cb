"""Presses and their workers: whose turn it is, and how one is seen through to its end.

The lock guards records only. Nobody holds it while a process starts or ends, or while a pipe is read or written: one slow worker
must not keep everyone waiting.
"""

from __future__ import annotations

import math
import threading
import time

from core.jobs import failures, messages, wire
from core.jobs.line import Line
from core.jobs.pace import Pace
from core.jobs.processes import Worker
from core.jobs.records import Press, Run
from core.jobs.standby import Standby
from core.jobs.view import COMPLETE
from core.jobs.watchdog import Allowance, resident_memory

# Seconds a worker may take to stop before it is killed.
STOP_SECONDS = 0.4


class Dispatcher:
    """Gives each press of the line to a worker, at most `most_running` at a time, and ends runs before their time.

    Attributes:
        lock: guards the line, its presses and their runs. Whoever calls a method holds it, unless the method says otherwise.
        prepared: whether a worker waits for the next run whenever none is under way.

    Args:
        most_running: workers at the same time.
        lease_seconds: a waiting press that nobody has looked at for so long lets others go first.
        allowance: time and memory of a worker.
    """

    def __init__(self, most_running: int, lease_seconds: float, allowance: Allowance) -> None:
        self.most_running, self.lease_seconds, self.allowance = most_running, lease_seconds, allowance
        self.lock = threading.Lock()
        self.line, self.pace = Line(), Pace()
        self.prepared = self.closed = False
        self._standby = Standby()

    def start_next(self) -> None:
        """Starts presses as long as there are workers for them."""
        while len(self.line.working) < self.most_running and not self.closed:
            looked_after = time.monotonic() - self.lease_seconds
            press = self.line.start_next(lambda press, since=looked_after: press.looked > since)
            if press is None:
                return
            self._start(press)

    def waits(self, now: float) -> list[float]:
        """Expected seconds until each of the waiting presses starts, the next one first."""
        return self.pace.waits(self.line.waiting, self.line.working, self.most_running, now)

    def stop(self, run: Run) -> None:
        """Ends a run; one that a worker is busy with has a moment for its last picture."""
        if run.press.started is None:
            run.update(status="stopped")
        elif run.kill_at is None:
            run.kill_at = time.monotonic() + STOP_SECONDS
            _tell_to_stop(run)

    def stop_at_once(self, run: Run) -> None:
        """Ends a run without a last picture; a worker without another run is killed."""
        run.update(status="stopped")
        if run.press.running:
            _tell_to_stop(run)
        elif run.press.worker is not None:
            run.press.worker.kill()

    def end_overdue(self, now: float) -> None:
        """Ends runs that were stopped and whose moment is over."""
        for run in list(self.line.runs()):
            if run.kill_at is not None and now > run.kill_at:
                self.stop_at_once(run)

    def watch(self, now: float) -> None:
        """Kills workers that hang or take too much memory, and prepares the next one; takes the lock itself."""
        with self.lock:
            busy = [(press, press.worker) for press in self.line.working if press.worker is not None]
            idle = not self.line.working
        for press, worker in busy:
            memory = resident_memory(worker.pid)
            with self.lock:
                if press.worker is worker:  # and not done meanwhile
                    self._judge(press, worker, now, memory)
        # A run's seconds are not spent on the import of another one's engine; when it ends, its worker waits.
        if idle and self.prepared and not self.closed:
            self._standby.prepare()

    def close(self) -> None:
        """Ends all workers and starts no more; takes the lock itself, and blocks until a waiting worker is gone."""
        with self.lock:
            self.closed = True
            for press in self.line.working:
                if press.worker is not None:
                    press.worker.kill()
            for run in list(self.line.runs()):
                run.update(status="stopped")
        self._standby.dismiss()

    def _judge(self, press: Press, worker: Worker, now: float, memory: float) -> None:
        if not math.isnan(memory):  # of one that is just gone, the last value says more
            press.memory = memory
        assert press.started is not None
        press.verdict = press.verdict or self.allowance.verdict(press.requests, now - press.started, memory)
        if press.verdict:
            worker.kill()

    def _start(self, press: Press) -> None:
        press.started, press.runs = time.monotonic(), press.running
        for run in press.runs:
            run.update(status="starting")
        try:
            threading.Thread(target=self._see_through, args=(press,), daemon=True).start()
        except RuntimeError as error:  # the system has no room for another thread
            self.line.release(press)
            press.fail(failures.of_error(error))

    def _see_through(self, press: Press) -> None:
        """Follows one press to its end; runs in a thread of its own, without the lock."""
        try:
            worker = self._standby.take()
        except (OSError, RuntimeError) as reason:  # the system has no room for another process or thread
            error = failures.of_error(reason)
        else:
            error = self._listen(press, worker) if self._hand_over(press, worker) else ""
            error = self._part(press, worker, error)
        with self.lock:
            press.fail(error)
            self.pace.note(press, time.monotonic())
            self.line.release(press)
            self.start_next()

    def _hand_over(self, press: Press, worker: Worker) -> bool:
        """Sends a worker its requests; returns whether any are left."""
        with self.lock:
            for run in press.running:
                if run.kill_at is not None:
                    run.update(status="stopped")
            press.runs = press.running
            if press.runs:
                press.worker = worker
                worker.tell(wire.BETWEEN_REQUESTS.join(request.to_json() for request in press.requests))
            return bool(press.runs)

    def _listen(self, press: Press, worker: Worker) -> str:
        """Takes in a worker's messages until its runs end, or its output; returns what was wrong with them."""
        try:
            while press.running and (message := wire.read(worker.output)) is not None:
                run = press.runs[message.run]
                picture = messages.picture_of(message, run.view.picture)
                with self.lock:
                    if run.view.running:  # and not ended for its owner already
                        messages.apply(message, run, picture)
        except (ValueError, KeyError, TypeError, IndexError) as reason:
            return f"The worker sent nonsense: {reason}"
        return ""

    def _part(self, press: Press, worker: Worker, error: str) -> str:
        """Lets a worker whose runs ended well wait for the next ones, ends any other; returns why runs that go on have failed."""
        with self.lock:
            press.worker = None
            press.fail(error or press.verdict)
            well = self.prepared and not self.closed
        if well and all(run.view.status in COMPLETE for run in press.runs):
            self._standby.keep(worker)
            return ""
        code = worker.end(patience=STOP_SECONDS if press.running else 0.0)
        return failures.of_exit(code, press.memory)


def _tell_to_stop(run: Run) -> None:
    if run.press.worker is not None:
        run.press.worker.tell(f"stop {run.press.runs.index(run)}")
