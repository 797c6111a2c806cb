"""Worker processes and requests for tests of jobs and of pages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from core.budget import Budget
from core.jobs import wire
from core.jobs.request import Request
from core.problem import Problem, TargetSpec, TrainingSettings

ROOT = Path(__file__).resolve().parents[1]
TINY = TrainingSettings(width=8, depth=1, batch_size=32)
LINE = Problem(TargetSpec.of("two_modes", dim=1, mode_separation=2.0), training=TINY)
SHORT = Request(LINE, budget=Budget(seconds=0.3), num_samples=50)
LONG = Request(LINE, budget=Budget(seconds=100.0), num_samples=50)

REAL = "import core.jobs.worker as w; w.main()"
# The real worker, except that its last pictures have few times, grid points and particles.
COARSE = """
import core.jobs.states as states, core.jobs.worker as w
from core.pictures.render import Detail
w.FINE = states.STILL = Detail(num_times=11, line=101, plane=31, particles=100, steps=10, residual=True)
w.main()
"""
# The real worker, except that training reports convergence at its first step.
CONVERGES = """
import types, core.jobs.states as states, core.jobs.worker as w
train = states.train
def converging(problem, budget, resumed=None):
    for i, snapshot in enumerate(train(problem, budget)):
        end = {"status": "converged", "reason": "The loss stands still."} if i else {}
        yield types.SimpleNamespace(**{**vars(snapshot), **end})
        if i: return
states.train = converging; w.main()
"""


def fails_late(how: str) -> str:
    """Code of a worker whose training executes the statement `how` once a picture and a checkpoint have been sent."""
    return f"""
import core.jobs.states as states, core.jobs.worker as w
train, w.PICTURE_SECONDS, w.CHECKPOINT_SECONDS = states.train, 0.0, 0.0
def failing(problem, budget, resumed=None):
    for i, snapshot in enumerate(train(problem, budget)):
        if i > 1: {how}
        yield snapshot
states.train = failing; w.main()
"""


def start(*, code: str = REAL) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )


def send_line(worker: subprocess.Popen[bytes], line: str) -> None:
    """Send a line to a worker's input."""
    assert worker.stdin is not None
    worker.stdin.write(line.encode() + b"\n")
    worker.stdin.flush()


def messages(worker: subprocess.Popen[bytes]) -> Iterator[wire.Message]:
    """The messages of a worker up to the first `end`."""
    assert worker.stdout is not None
    while (message := wire.read(worker.stdout)) is not None:
        yield message
        if message.kind == "end":
            return
