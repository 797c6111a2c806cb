"""Compute tasks in several worker processes of this machine. If a worker crashes, only its own task is lost."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator, Sequence

from core.jobs import failures, wire
from core.jobs.processes import Worker, start
from core.machine import usable_cores
from core.sweep.engine import AbstractEngine, End, Failed, end_of
from core.sweep.task import Task

# Seconds that a task may take besides its budget: to import the engine, score the samples and compute the exact action.
OTHER_SECONDS = 300.0
# How many times its budget a task may take, apart from OTHER_SECONDS: setup and pictures take time in proportion to the budget, and
# several workers may share a core.
FACTOR = 4.0
POLL_SECONDS = 0.2


class TaskWorker:
    """A worker process that computes one task at a time.

    Args:
        num_threads: number of its compute threads.

    Raises:
        OSError, RuntimeError: the system cannot start another process or thread.
    """

    def __init__(self, num_threads: int) -> None:
        self._worker = Worker(start("core.sweep.worker", str(num_threads)))

    def compute(self, task: Task) -> End | None:
        """Compute a task; None if the process ended without a result, or was killed because it took too long."""
        seconds = task.effort.seconds
        limit = threading.Timer(FACTOR * (seconds or 0.0) + OTHER_SECONDS, self._worker.kill)
        limit.daemon = True
        if seconds is not None:
            limit.start()
        self._worker.send(json.dumps(task.to_dict()))
        try:
            return self._answer()
        except (ValueError, KeyError, TypeError) as error:
            return Failed(f"The worker sent an invalid message: {error}", is_final=False)
        finally:
            limit.cancel()

    def _answer(self) -> End | None:
        contents = dict[str, bytes]()
        while (message := wire.read(self._worker.output)) is not None:
            if message.kind == "end":
                return end_of(message.data, contents)
            contents[str(message.data["name"])] = message.body
        return None

    def kill(self) -> None:
        """Kill the process, without waiting for its end."""
        self._worker.kill()

    def end(self) -> str:
        """End the process; returns a sentence about how it ended."""
        return failures.of_exit(self._worker.end())


class Processes(AbstractEngine):
    """Worker processes, each with one task at a time. They run at low priority and share the cores.

    Args:
        num_workers: number of processes.
    """

    def __init__(self, num_workers: int) -> None:
        self._num_workers = num_workers
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._workers = set[TaskWorker]()

    def run(self, tasks: Sequence[Task], stopped: threading.Event) -> Iterator[tuple[Task, End]]:
        left, ends = queue.SimpleQueue[Task](), queue.SimpleQueue[tuple[Task, End] | None]()
        for task in tasks:
            left.put(task)
        running = min(self._num_workers, len(tasks))
        for _ in range(running):
            threading.Thread(target=self._work, args=(left, ends), daemon=True).start()
        while running and not stopped.is_set():
            try:
                end = ends.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if end is None:
                running -= 1
            else:
                yield end

    def close(self) -> None:
        with self._lock:
            self._closed.set()
            for worker in self._workers:
                worker.kill()

    def _work(self, left: queue.SimpleQueue[Task], ends: queue.SimpleQueue[tuple[Task, End] | None]) -> None:
        """Compute one task after another, in a thread of its own."""
        worker: TaskWorker | None = None
        while not self._closed.is_set():
            try:
                task = left.get_nowait()
                worker = worker or self._started()
            except queue.Empty:
                break
            except (OSError, RuntimeError) as error:
                ends.put((task, Failed(failures.of_error(error), is_final=False)))
                continue
            end = worker.compute(task)
            if end is None:
                end, worker = Failed(self._ended(worker), is_final=False), None
            ends.put((task, end))
        if worker is not None:
            worker.kill()
            self._ended(worker)
        ends.put(None)

    def _started(self) -> TaskWorker:
        with self._lock:
            if self._closed.is_set():
                raise RuntimeError("the sweep was stopped")
            worker = TaskWorker(max(usable_cores() // self._num_workers, 1))
            self._workers.add(worker)
            return worker

    def _ended(self, worker: TaskWorker) -> str:
        with self._lock:
            self._workers.discard(worker)
        return worker.end()
