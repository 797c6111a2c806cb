"""Compute tasks on a Dask cluster. Only this process, the client, writes to the run store."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from core.cluster import checked_address, connect
from core.jobs import failures
from core.sweep.engine import AbstractEngine, End, Failed, end_of, reply_to
from core.sweep.task import Task

POLL_SECONDS = 0.5
# Seconds to wait for a scheduler at the start, and after the connection to it was lost.
START_SECONDS, PATIENCE_SECONDS = 10.0, 60.0
LOST = "The worker of the cluster that computed this task was lost."


class Cluster(AbstractEngine):
    """The workers of a Dask cluster.

    Args:
        address: address of the scheduler; None to start a cluster on this machine.
        num_workers: number of workers of the cluster that this process starts.

    Raises:
        ValueError: the address is not allowed, or the scheduler cannot be reached.
    """

    def __init__(self, address: str | None = None, num_workers: int = 1) -> None:
        self._address = None if address is None else checked_address(address)
        self._own = None if self._address is not None else _local_cluster(num_workers)
        self._ended = queue.SimpleQueue[tuple[str, Any]]()
        self._client = self._connected(START_SECONDS)

    @property
    def num_workers(self) -> int:
        """Number of workers that the scheduler has now."""
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def run(self, tasks: Sequence[Task], stopped: threading.Event) -> Iterator[tuple[Task, End]]:
        left = list(tasks)
        while left and not stopped.is_set():
            lost = list[Task]()
            for task, end in self._round(left, stopped):
                if end is None:
                    lost.append(task)
                else:
                    yield task, end
            if lost and not stopped.is_set():
                self._client.close()
                self._client = self._connected(PATIENCE_SECONDS)
            left = lost

    def close(self) -> None:
        self._client.close()
        if self._own is not None:
            self._own.close()

    def _connected(self, seconds: float) -> Any:
        client = connect(self._own or self._address, seconds)
        client.subscribe_topic("all", self._note_loss)
        return client

    def _note_loss(self, event: tuple[float, Any]) -> None:
        """Report the tasks of a lost worker as failed. Dask would compute them again on another worker without reporting the loss."""
        news = event[1]
        if isinstance(news, dict) and news.get("action") == "remove-worker":
            for key in news.get("processing-tasks", ()):
                self._ended.put((key, None))

    def _round(self, tasks: Sequence[Task], stopped: threading.Event) -> Iterator[tuple[Task, End | None]]:
        """Submit tasks and yield each with how it ended; None for a task that was lost together with the scheduler."""
        waiting = {}
        for task in tasks:
            future = self._client.submit(reply_to, task.to_dict(), pure=False)
            waiting[future.key] = future, task
            future.add_done_callback(lambda done: self._ended.put((done.key, done)))
        try:
            while waiting and not stopped.is_set():
                try:
                    key, done = self._ended.get(timeout=POLL_SECONDS)
                except queue.Empty:
                    if self._client.status == "closed":
                        break
                    continue
                if key in waiting:  # otherwise it belongs to an earlier round, or to another client
                    future, task = waiting.pop(key)
                    if done is None:
                        future.cancel()
                    yield task, Failed(LOST, is_final=False) if done is None else _end(done)
            for _, task in waiting.values():
                yield task, None
        finally:
            self._client.cancel([future for future, _ in waiting.values()])


def _end(future: Any) -> End | None:
    """How a task ended; None if it was lost together with the scheduler."""
    if future.status in ("cancelled", "lost"):
        return None
    if future.status == "error":
        return Failed(_reason(future.exception()), is_final=False)
    try:
        return end_of(*future.result())
    except Exception as error:  # the worker that holds the result has just been lost
        return Failed(_reason(error), is_final=False)


def _reason(error: BaseException | None) -> str:
    if type(error).__name__ == "KilledWorker":
        return "The workers that tried this task were killed, one after another."
    return failures.of_error(error) if isinstance(error, Exception) else "The worker failed."


def _local_cluster(num_workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=num_workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        preload=["core.sweep.local_worker"],
        silence_logs=logging.CRITICAL,
    )
