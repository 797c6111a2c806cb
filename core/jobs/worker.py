"""The worker process: reads requests from its input, computes their runs in turns, and writes messages to its output.

The requests of one line share the processor; each has a turn from one snapshot to the next. A line `stop 0` ends the first run early,
with a last picture. After a line, the process waits for the next one if all its runs completed, and exits otherwise. When the input
closes, the server is gone and the process exits at once.
"""

from __future__ import annotations

import importlib
import os
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
from core.jobs.lines import Lines
from core.jobs.request import Request
from core.jobs.sampler_states import sampler_states
from core.jobs.states import State, training_states
from core.pictures.render import FINE, LIVE, Detail
from core.status import COMPLETE, JobStatus
from core.targets.local.file import load_from_environment

NICENESS = 19
# When memory runs out, Linux first kills the process with the highest score: a worker, never the server.
OOM_SCORE = 1000
# Minimum number of seconds between two pictures, and largest fraction of the time spent on pictures.
PICTURE_SECONDS = 0.5
PICTURE_SHARE = 0.25
# Minimum number of seconds between two checkpoints, and largest fraction of the time spent on them.
CHECKPOINT_SECONDS = 1.0
CHECKPOINT_SHARE = 0.05
LIVE_SAMPLES = 500
SHOWN_SAMPLES = 4000
_ENDED = object()


def work(
    request: Request, send: Callable[[wire.Message], None], stopped: threading.Event, num_runs: int = 1
) -> Iterator[None]:
    """Compute one run and send its messages, the last of which is `end`; yields whenever another run may have its turn.

    Args:
        request: the run to compute.
        send: receives the messages.
        stopped: set by the reader of the input to end the run early.
        num_runs: number of runs that share the processor and the time for pictures.
    """
    states = training_states if request.kind == "train" else sampler_states
    watch, drawn, cost, checkpoints = Stopwatch(), 0.0, 0.0, Checkpoints()
    status: JobStatus = "training"
    for state in states(request):
        status = "stopped" if stopped.is_set() else state.status
        facts = {**state.facts, "progress": state.progress, "status": status}
        send(wire.Message("progress", facts))
        if status != "training":
            break
        if state.checkpoint is not None and checkpoints.is_due:
            _send_checkpoint(send, checkpoints.make(state.checkpoint), facts)
        if watch.read() - drawn > max(PICTURE_SECONDS, num_runs * cost / PICTURE_SHARE):
            drawn = watch.read()
            _send_picture(send, state, facts, LIVE, LIVE_SAMPLES)
            cost = watch.read() - drawn
        yield
    # A stopped run ends immediately, with a coarse picture that takes a fraction of a second. Otherwise, the full evaluation waits for the
    # run's turn.
    if status != "stopped":
        yield
    detail, num = (LIVE, LIVE_SAMPLES) if status == "stopped" else (FINE, request.num_samples)
    _send_picture(send, state, facts, detail, num)
    if state.checkpoint is not None:
        _send_checkpoint(send, state.checkpoint(), facts)
    if status in COMPLETE and state.exact is not None and (frames := state.exact()) is not None:
        send(wire.Message("exact", {}, frames.pack()))
    send(wire.Message("end", {"status": status}))


class Checkpoints:
    """Decides when a run sends a checkpoint: every CHECKPOINT_SECONDS, or less often where making one takes long."""

    def __init__(self) -> None:
        self._watch, self._due = Stopwatch(), CHECKPOINT_SECONDS

    @property
    def is_due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return self._watch.read() > self._due

    def make(self, content: Callable[[], bytes]) -> bytes:
        """Make a checkpoint; returns the content of its file."""
        start = self._watch.read()
        made = content()
        self._due = start + max(CHECKPOINT_SECONDS, (self._watch.read() - start) / CHECKPOINT_SHARE)
        return made


def _send_checkpoint(send: Callable[[wire.Message], None], content: bytes, facts: dict[str, Any]) -> None:
    """Send a checkpoint, unless it is too large for a message."""
    if len(content) <= wire.MOST_BYTES:
        send(wire.Message("checkpoint", facts, content))


def work_in_turns(
    lines: Sequence[str], send: Callable[[wire.Message], None], stops: Sequence[threading.Event]
) -> bool:
    """Compute several runs, which take turns.

    Args:
        lines: requests as JSON.
        send: receives the messages; `Message.run` is the index of the request.
        stops: one event for each request, set by the reader of the input to end its run early.

    Returns:
        Whether all runs completed, that is, finished or converged.
    """
    ended = list[JobStatus]()

    def turns(run: int) -> Iterator[None]:
        def send_of_run(message: wire.Message) -> None:
            send(replace(message, run=run))
            if message.kind == "end":
                ended.append(message.data["status"])

        try:
            yield from work(Request.from_json(lines[run]), send_of_run, stops[run], len(lines))
        except Exception as error:  # an error ends this run only, with one sentence for its owner
            send_of_run(wire.Message("end", {"status": "failed", "error": failures.of_error(error)}))

    waiting = deque(turns(run) for run in range(len(lines)))
    while waiting:
        run = waiting.popleft()
        if next(run, _ENDED) is not _ENDED:
            waiting.append(run)
    return all(status in COMPLETE for status in ended)


def _send_picture(
    send: Callable[[wire.Message], None], state: State, facts: dict[str, Any], detail: Detail, num: int
) -> None:
    """Send the picture of a state, if it has one."""
    if state.picture is None:
        return
    frames, samples, scores = state.picture(detail, num)
    kept = samples.first(SHOWN_SAMPLES)
    frames = replace(frames, samples=kept.x.numpy(), log_weight=kept.log_weight.numpy())
    send(wire.Message("picture", {**facts, "report": scores.to_dict()}, frames.pack()))


def prepare() -> None:
    """Import a module that the metrics need, so that the first run does not wait for it."""
    importlib.import_module("arviz_stats.base.array")


def yield_to_others() -> None:
    """Give this process the lowest priority for the processor, and make it the first to be killed when memory runs out."""
    os.nice(NICENESS)
    with suppress(OSError):  # exists on Linux only
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))


def main() -> None:
    """Process one line of requests after another, until a run does not complete."""
    yield_to_others()
    torch.set_num_threads(processes.NUM_THREADS)
    output = sys.stdout.buffer
    prepare()
    with suppress(ValueError):  # if loading fails, requests for this target fail with an error sentence
        load_from_environment()
    requests, completed = Lines(), True
    while completed:
        lines, stops = requests.next()
        completed = work_in_turns(lines, partial(wire.write, output), stops)


if __name__ == "__main__":
    main()
