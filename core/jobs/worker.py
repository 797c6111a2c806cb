"""The child process of jobs: reads requests from its input, works on them in turns, writes messages to its output, and waits for
the next ones.

The requests of one line share the processor: each has a turn from one snapshot to the next. A line `stop 0` ends the first of them
early with a last picture. A process with a run that did not end by itself ends once all of them have. When the input closes, the
owner is gone and the process ends at once.
"""

from __future__ import annotations

import importlib
import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from core.budget import Stopwatch
from core.jobs import failures, processes, wire
from core.jobs.request import Request
from core.jobs.states import State, chain_states, training_states
from core.jobs.view import COMPLETE
from core.render import FINE, LIVE, Detail

NICENESS = 19
# When memory runs out, Linux ends the process with the highest score first: a worker, never the server.
OOM_SCORE = 1000
# A new picture at most this often, and never for more than this share of the time.
PICTURE_SECONDS = 0.5
PICTURE_SHARE = 0.25
LIVE_SAMPLES = 500
SHOWN_SAMPLES = 4000
_ENDED = object()


def work(
    request: Request, send: Callable[[wire.Message], None], stopped: threading.Event, num_runs: int = 1
) -> Iterator[None]:
    """Works through a request and sends what happens, `end` last; pauses where another run may have its turn.

    Args:
        request: what is asked.
        send: takes the messages.
        stopped: set from outside to end the run early.
        num_runs: how many share the processor, and the time that pictures may take.
    """
    states = chain_states if request.method == "langevin" else training_states
    watch, drawn, cost = Stopwatch(), 0.0, 0.0
    status = "training"
    for state in states(request):
        status = "stopped" if stopped.is_set() else state.status
        facts = {**state.facts, "progress": state.progress, "status": status}
        send(wire.Message("progress", facts))
        if status != "training":
            break
        if watch.read() - drawn > max(PICTURE_SECONDS, num_runs * cost / PICTURE_SHARE):
            drawn = watch.read()
            send(_picture(state, facts, LIVE, LIVE_SAMPLES))
            cost = watch.read() - drawn
        yield
    # A stopped run is answered at once: a coarse picture takes a fraction of a second. What is measured well has time.
    if status != "stopped":
        yield
    detail, num = (LIVE, LIVE_SAMPLES) if status == "stopped" else (FINE, request.num_samples)
    send(_picture(state, facts, detail, num))
    if status in COMPLETE and state.exact is not None and (frames := state.exact()) is not None:
        send(wire.Message("exact", {}, frames.pack()))
    send(wire.Message("end", {"status": status}))


def work_in_turns(
    lines: Sequence[str], send: Callable[[wire.Message], None], stops: Sequence[threading.Event]
) -> bool:
    """Works on requests at the same time; returns whether all ended by themselves.

    Args:
        lines: the requests as JSON.
        send: takes the messages, which tell which run they are about.
        stops: one for each request, set from outside to end it early.
    """
    ended = list[str]()

    def turns(run: int) -> Iterator[None]:
        def tell(message: wire.Message) -> None:
            send(replace(message, run=run))
            if message.kind == "end":
                ended.append(message.data["status"])

        try:
            yield from work(Request.from_json(lines[run]), tell, stops[run], len(lines))
        except Exception as error:  # whatever it is, the owner is told in one sentence
            tell(wire.Message("end", {"status": "failed", "error": failures.of_error(error)}))

    waiting = deque(turns(run) for run in range(len(lines)))
    while waiting:
        run = waiting.popleft()
        if next(run, _ENDED) is not _ENDED:
            waiting.append(run)
    return all(status in COMPLETE for status in ended)


def _picture(state: State, facts: dict[str, Any], detail: Detail, num: int) -> wire.Message:
    frames, samples, scores = state.picture(detail, num)
    kept = samples.first(SHOWN_SAMPLES)
    frames = replace(frames, samples=kept.x.numpy(), log_weight=kept.log_weight.numpy())
    return wire.Message("picture", {**facts, "report": scores.to_dict()}, frames.pack())


class _Input:
    """What the owner says, read in a thread of its own: lines of requests, and `stop` for a run of the line that was read last."""

    def __init__(self) -> None:
        self._lines = queue.SimpleQueue[tuple[list[str], list[threading.Event]]]()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> tuple[list[str], list[threading.Event]]:
        """The next requests, and what tells each that it is to stop."""
        return self._lines.get()

    def _read(self) -> None:
        stops = list[threading.Event]()
        for line in sys.stdin:
            word, _, run = line.strip().partition(" ")
            if word == "stop":
                stops[int(run)].set()
            else:
                requests = line.split(wire.BETWEEN_REQUESTS)
                stops = [threading.Event() for _ in requests]
                self._lines.put((requests, stops))
        os._exit(0)


def prepare() -> None:
    """Imports what metrics need only when there is a run: a worker that waits has the time."""
    importlib.import_module("arviz_stats.base.array")


def yield_to_others() -> None:
    """Gives this process the last place for the processor, and the first when memory runs out."""
    os.nice(NICENESS)
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))


def main() -> None:
    """The process: one line of requests after another, until a run does not end by itself."""
    yield_to_others()
    torch.set_num_threads(processes.NUM_THREADS)
    output = sys.stdout.buffer
    prepare()
    told, well = _Input(), True
    while well:
        lines, stops = told.next()
        well = work_in_turns(lines, partial(wire.write, output), stops)


if __name__ == "__main__":
    main()
