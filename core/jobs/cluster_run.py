"""The part of a page's run that a Dask worker computes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from core.jobs import wire

POLL_SECONDS = 0.5


def compute(token: str, lines: list[str]) -> None:
    """Compute the runs of several requests, which take turns. Runs in a Dask worker.

    Args:
        token: name of the Dask task, and of the topic, queue and event through which it talks to the relay.
        lines: requests as JSON.
    """
    from distributed import Queue, get_client, get_worker

    from core.jobs.worker import prepare, work_in_turns

    worker, client = get_worker(), get_client()
    bodies = Queue(token, client=client)
    stops, ended = [threading.Event() for _ in lines], threading.Event()

    def send(message: wire.Message) -> None:
        if not _is_wanted(worker, token):
            return
        if message.body:
            bodies.put(client.scatter(message.body, hash=False))
        head = {"kind": message.kind, "run": message.run, "data": message.data}
        worker.log_event(token, {**head, "has_body": bool(message.body)})

    worker.log_event(token, {"kind": "start", "worker": worker.address})
    watch = threading.Thread(target=_watch, args=(token, worker, client, stops, ended), daemon=True)
    watch.start()
    try:
        prepare()
        work_in_turns(lines, send, stops)
    finally:
        ended.set()
        if not _is_wanted(worker, token):  # otherwise the relay closes it
            bodies.close()


def _watch(
    token: str, worker: Any, client: Any, stops: Sequence[threading.Event], ended: threading.Event
) -> None:
    """Stop the runs that their owner stops; stop all runs once nobody waits for this task any more."""
    from distributed import Event, Variable

    stop, stopped = Event(token, client=client), Variable(token, client=client)
    while not ended.is_set():
        if stop.wait(timeout=POLL_SECONDS):
            stop.clear()
            for run in stopped.get(timeout=POLL_SECONDS):
                stops[run].set()
        if not _is_wanted(worker, token):
            for event in stops:
                event.set()


def _is_wanted(worker: Any, token: str) -> bool:
    """Whether somebody still waits for the task with this token."""
    task = worker.state.tasks.get(token)
    return task is not None and task.state == "executing"
