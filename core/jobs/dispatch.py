"""The dispatcher: assigns queued presses of the Train button to worker processes and follows each one to its end.

The dispatcher's lock guards records only. No thread holds it while a process starts or ends, or while a pipe is read or written. One
slow worker therefore cannot block the others.
"""

from __future__ import annotations

import math
import threading
import time

from core.jobs import failures, messages, wire
from core.jobs.condition import Condition, Working
from core.jobs.pace import Pace
from core.jobs.press_queue import PressQueue
from core.jobs.processes import Worker
from core.jobs.recorder import Recorder
from core.jobs.records import Press, Run
from core.jobs.standby import Standby
from core.jobs.watchdog import Allowance, resident_memory
from core.status import COMPLETE

# Seconds a worker may take to stop before it is killed.
STOP_SECONDS = 0.4


class Dispatcher:
    """Assigns each queued press to a worker, at most `most_running` at a time, and ends runs that are stopped or exceed a limit.

    Attributes:
        lock: guards the queue, its presses and their runs. Callers of a method hold it, unless the method's docstring states otherwise.
        prepared: whether to keep an idle worker ready while no run is in progress.

    Args:
        most_running: maximum number of workers at the same time.
        lease_seconds: if no viewer has looked at a waiting press for this long, other presses go first.
        allowance: time and memory limits of a worker.
        recorder: saves the runs; None to save none.
    """

    def __init__(
        self, most_running: int, lease_seconds: float, allowance: Allowance, recorder: Recorder | None = None
    ) -> None:
        self.recorder = recorder
        self.most_running, self.lease_seconds, self.allowance = most_running, lease_seconds, allowance
        self.lock = threading.Lock()
        self.queue, self.pace = PressQueue(), Pace()
        self.prepared = self.closed = False
        self._standby = Standby()

    def start_next(self) -> None:
        """Start waiting presses while fewer than `most_running` workers are busy."""
        while len(self.queue.working) < self.most_running and not self.closed:
            since = time.monotonic() - self.lease_seconds
            press = self.queue.start_next(lambda press, since=since: press.last_seen > since)
            if press is None:
                return
            self._start(press)

    def waits(self, now: float) -> list[float]:
        """Expected seconds until each waiting press starts, in queue order."""
        return self.pace.waits(self.queue.waiting, self.queue.working, self.most_running, now)

    def condition(self, now: float) -> Condition:
        """The condition of the service. Acquires the lock itself."""
        with self.lock:
            presses = (*self.queue.working, *self.queue.waiting)
            people = {ticket.owner for press in presses for run in press.running for ticket in run.tickets}
            working = tuple(_working(press, now) for press in self.queue.working)
            waiting = tuple(self.waits(now))
        error = "" if self.recorder is None else self.recorder.error
        standby = self._standby
        return Condition(
            working, self.most_running, waiting, len(people), standby.pid, standby.is_lost, error
        )

    def stop(self, run: Run) -> None:
        """Stop a run. Its worker gets STOP_SECONDS to send a last picture."""
        if run.press.started is None:
            run.update(status="stopped")
        elif run.kill_at is None:
            run.kill_at = time.monotonic() + STOP_SECONDS
            _request_stop(run)

    def stop_at_once(self, run: Run) -> None:
        """Stop a run without a last picture; a worker with no other run is killed."""
        run.update(status="stopped")
        if run.press.running:
            _request_stop(run)
        elif run.press.worker is not None:
            run.press.worker.kill()

    def end_overdue(self, now: float) -> None:
        """End stopped runs whose worker has not finished within STOP_SECONDS."""
        for run in list(self.queue.runs()):
            if run.kill_at is not None and now > run.kill_at:
                self.stop_at_once(run)

    def watch(self, now: float) -> None:
        """Kill workers that hang or exceed their memory limit, and prepare an idle worker. Acquires the lock itself."""
        with self.lock:
            busy = [(press, press.worker) for press in self.queue.working if press.worker is not None]
            idle = not self.queue.working
        for press, worker in busy:
            memory = resident_memory(worker.pid)
            with self.lock:
                if press.worker is worker:  # the worker may have finished in the meantime
                    self._check_limits(press, worker, now, memory)
        # Only while no run is in progress: a new worker imports the engine, which would take processor time from the run. After a run,
        # its worker is kept as the idle one.
        if idle and self.prepared and not self.closed:
            self._standby.prepare()

    def close(self) -> None:
        """End all workers and start no more. Acquires the lock itself, and blocks until an idle worker is gone."""
        with self.lock:
            self.closed = True
            for press in self.queue.working:
                if press.worker is not None:
                    press.worker.kill()
            for run in list(self.queue.runs()):
                run.update(status="stopped")
        self._standby.dismiss()

    def _check_limits(self, press: Press, worker: Worker, now: float, memory: float) -> None:
        if not math.isnan(memory):  # NaN means that the process has just ended: keep the last value
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
            threading.Thread(target=self._run_press, args=(press,), daemon=True).start()
        except RuntimeError as error:  # the system cannot start another thread
            self.queue.release(press)
            press.fail(failures.of_error(error))

    def _run_press(self, press: Press) -> None:
        """Run one press from start to end, in its own thread, without the lock."""
        try:
            worker = self._standby.take()
        except (OSError, RuntimeError) as reason:  # the system cannot start another process or thread
            error = failures.of_error(reason)
        else:
            error = self._receive(press, worker) if self._send_requests(press, worker) else ""
            error = self._dismiss(press, worker, error)
        with self.lock:
            press.fail(error)
            self.pace.note(press, time.monotonic())
            self.queue.release(press)
            self.start_next()
        if self.recorder is not None:
            for run in press.runs:
                self.recorder.end(run)

    def _send_requests(self, press: Press, worker: Worker) -> bool:
        """Send a worker the requests of all runs that have not been stopped; returns whether there are any."""
        with self.lock:
            for run in press.running:
                if run.kill_at is not None:
                    run.update(status="stopped")
            press.runs = press.running
            if press.runs:
                press.worker = worker
                worker.send(wire.REQUEST_SEPARATOR.join(run.order.to_json() for run in press.runs))
            return bool(press.runs)

    def _receive(self, press: Press, worker: Worker) -> str:
        """Apply a worker's messages until its runs have ended or its output closes; returns an error sentence, or an empty string."""
        try:
            while press.running and (message := wire.read(worker.output)) is not None:
                run = press.runs[message.run]
                picture = messages.picture_of(message, run.view.picture)
                with self.lock:
                    is_running = run.view.running  # false if the run was stopped meanwhile
                    if is_running:
                        messages.apply(message, run, picture)
                if is_running and self.recorder is not None:
                    self.recorder.note(run, message)
        except (ValueError, KeyError, TypeError, IndexError) as reason:
            return f"The worker sent an invalid message: {reason}"
        return ""

    def _dismiss(self, press: Press, worker: Worker, error: str) -> str:
        """Keep the worker if all its runs completed, otherwise end it; returns why its unfinished runs have failed."""
        with self.lock:
            press.worker = None
            press.fail(error or press.verdict)
            well = self.prepared and not self.closed
        if well and all(run.view.status in COMPLETE for run in press.runs):
            self._standby.keep(worker)
            return ""
        code = worker.end(patience=STOP_SECONDS if press.running else 0.0)
        return failures.of_exit(code, press.memory)


def _working(press: Press, now: float) -> Working:
    assert press.started is not None
    pid = None if press.worker is None else press.worker.pid
    return Working(pid, tuple(run.title for run in press.running), now - press.started, press.memory)


def _request_stop(run: Run) -> None:
    if run.press.worker is not None:
        run.press.worker.send(f"stop {run.press.runs.index(run)}")
