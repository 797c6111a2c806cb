"""The child process of jobs: reads a request from its input, works, writes messages to its output, and waits for the next one.

A line `stop` ends the run early with a last picture. A process whose run did not end by itself ends with it. When the input
closes, the owner is gone and the process ends at once.
"""

from __future__ import annotations

import importlib
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from core.budget import Stopwatch
from core.evaluation import evaluate, exact_generator, sample_generator
from core.fields import AbstractField
from core.frames import Frames
from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_latent, build_target
from core.jobs import failures, wire
from core.jobs.request import Request
from core.jobs.view import COMPLETE
from core.metrics import report
from core.problem import Problem
from core.reference.errors import NoExactFieldError
from core.reference.solve import solve_learned
from core.render import FINE, LIVE, STILL, Detail, empirical_frames, grid_axes, render
from core.report import Report
from core.sampling.langevin import langevin
from core.sampling.samples import Samples
from core.training.loop import train
from core.training.recipe import recipe

NICENESS = 19
# Half of the processors, so that whoever serves the page keeps the others.
NUM_THREADS = max((os.cpu_count() or 2) // 2, 1)
# A new picture at most this often, and never for more than this share of the time.
PICTURE_SECONDS = 0.5
PICTURE_SHARE = 0.25
LIVE_SAMPLES = 500
# Chains are seen as histograms, which want wider bins than a density has grid points.
CHAINS = replace(FINE, line=81, plane=41)
MOST_CHAIN_STATES = 200
SHOWN_SAMPLES = 4000


@dataclass(frozen=True)
class State:
    """What a run tells at one moment, and how its picture is made.

    Attributes:
        facts: step, seconds, loss and the like, as plain values.
        progress: the used share of the budget.
        status: `training`, `finished`, `converged` or `diverged`.
        picture: makes frames, samples and their report, for a detail and a number of samples.
        exact: makes the frames of the velocity that exactly carries the learned densities, where only the run can tell it.
    """

    facts: dict[str, Any]
    progress: float
    status: str
    picture: Callable[[Detail, int], tuple[Frames, Samples, Report]]
    exact: Callable[[], Frames | None] | None = None


def training_states(request: Request) -> Iterator[State]:
    """The states of a training run."""
    problem = request.problem
    for snapshot in train(problem, request.budget):
        field = snapshot.field

        def picture(detail: Detail, num: int, field: AbstractField = field) -> tuple[Frames, Samples, Report]:
            # The same paths are scored and shown.
            result = evaluate(_quick(problem) if detail is LIVE else problem, field, num, detail.times)
            frames = render(problem, field, "learned", detail, result.flow.x.numpy())
            return frames, result.samples, result.report

        facts = {
            "step": snapshot.step,
            "seconds": snapshot.seconds,
            "loss": snapshot.loss,
            "energy_calls": snapshot.energy_calls,
            "reason": snapshot.reason,
            "start": recipe(field, problem.training)["start"],
        }
        exact = partial(_exact, problem, field) if problem.interpolation == "learned" else None
        yield State(facts, snapshot.progress, snapshot.status, picture, exact)


def _exact(problem: Problem, model: AbstractInterpolation) -> Frames | None:
    """The exact frames of a learned curve; None where they are not known."""
    try:
        return render(problem, solve_learned(model), "exact", STILL)
    except NoExactFieldError:
        return None


def _quick(problem: Problem) -> Problem:
    """The same problem, its samples carried with few steps where the steps are fixed."""
    if problem.sampling.solver != "rk4":
        return problem
    steps = min(problem.sampling.num_steps, LIVE.steps)
    return replace(problem, sampling=replace(problem.sampling, num_steps=steps))


def chain_states(request: Request) -> Iterator[State]:
    """The states of Langevin chains; the time of their frames is the share of the run so far."""
    problem = request.problem
    target, generator = build_target(problem), sample_generator(problem)
    start = build_latent(problem).sample(request.num_samples, generator)
    history: list[tuple[float, torch.Tensor]] = []
    for snapshot in langevin(target, start, request.budget, generator):
        history.append((snapshot.progress, snapshot.x))
        if len(history) > MOST_CHAIN_STATES:
            history = history[::2]

        def picture(
            detail: Detail, num: int, samples: Samples = snapshot.samples, past: Any = tuple(history)
        ) -> tuple[Frames, Samples, Report]:
            which = torch.linspace(0, len(past) - 1, min(len(past), detail.num_times)).round().int()
            kept = [past[i] for i in which.tolist()]
            times = np.array([progress for progress, _ in kept]) / max(kept[-1][0], 1e-9)
            paths = torch.stack([x for _, x in kept]).numpy()
            frames = empirical_frames("chains", times, grid_axes(problem, CHAINS), paths)
            return frames, samples, report(target, samples, exact_generator(problem))

        status = "finished" if snapshot.progress >= 1 else "training"
        facts = {
            "step": snapshot.step,
            "seconds": snapshot.seconds,
            "acceptance": snapshot.acceptance,
            "step_size": snapshot.step_size,
        }
        yield State(facts, snapshot.progress, status, picture)


def run(request: Request, send: Callable[[wire.Message], None], stopped: threading.Event) -> str:
    """Works through a request and sends what happens, `end` last; returns how it ended."""
    states = chain_states if request.method == "langevin" else training_states
    watch, drawn, cost = Stopwatch(), 0.0, 0.0
    status = "training"
    for state in states(request):
        status = "stopped" if stopped.is_set() else state.status
        facts = {**state.facts, "progress": state.progress, "status": status}
        send(wire.Message("progress", facts))
        if status != "training":
            # A stopped run is answered at once: a coarse picture takes a fraction of a second.
            detail, num = (LIVE, LIVE_SAMPLES) if status == "stopped" else (FINE, request.num_samples)
            send(_picture(state, facts, detail, num))
            if status in COMPLETE and state.exact is not None and (frames := state.exact()) is not None:
                send(wire.Message("exact", {}, frames.pack()))
            break
        if watch.read() - drawn > max(PICTURE_SECONDS, cost / PICTURE_SHARE):
            drawn = watch.read()
            send(_picture(state, facts, LIVE, LIVE_SAMPLES))
            cost = watch.read() - drawn
    send(wire.Message("end", {"status": status}))
    return status


def _picture(state: State, facts: dict[str, Any], detail: Detail, num: int) -> wire.Message:
    frames, samples, scores = state.picture(detail, num)
    seen = samples.x[:SHOWN_SAMPLES, : frames.dim].numpy()
    data = {**facts, "report": scores.to_dict()}
    return wire.Message("picture", data, replace(frames, samples=seen).pack())


class _Input:
    """What the owner says, read in a thread of its own: requests one after another, and `stop` for the one that was read last."""

    def __init__(self) -> None:
        self._requests = queue.SimpleQueue[tuple[str, threading.Event]]()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> tuple[str, threading.Event]:
        """The next request, and what tells that it is to stop."""
        return self._requests.get()

    def _read(self) -> None:
        stopped = threading.Event()
        for line in sys.stdin:
            if line.strip() == "stop":
                stopped.set()
            else:
                stopped = threading.Event()
                self._requests.put((line, stopped))
        os._exit(0)


def prepare() -> None:
    """Imports what metrics need only when there is a run: a worker that waits has the time."""
    importlib.import_module("arviz_stats.base.array")


def main() -> None:
    """The process: one run after another, until one does not end by itself."""
    os.nice(NICENESS)
    torch.set_num_threads(NUM_THREADS)
    output = sys.stdout.buffer
    prepare()
    told, status = _Input(), COMPLETE[0]
    while status in COMPLETE:
        line, stopped = told.next()
        try:
            status = run(Request.from_json(line), lambda message: wire.write(output, message), stopped)
        except Exception as error:  # whatever it is, the owner is told in one sentence
            status = "failed"
            wire.write(output, wire.Message("end", {"status": status, "error": failures.of_error(error)}))


if __name__ == "__main__":
    main()
