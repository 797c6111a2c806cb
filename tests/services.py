"""Helpers for tests of the job service, and short scripts that replace its workers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from core.budget import Budget
from core.jobs.processes import Worker
from core.jobs.records import Press
from core.jobs.request import Request
from core.jobs.service import JobService
from core.jobs.view import JobView
from tests.workers import LONG

PREAMBLE = (
    "import sys; from core.jobs import wire; request = sys.stdin.readline()\n"
    "def send(kind, **data): wire.write(sys.stdout.buffer, wire.Message(kind, data))\n"
)
SLEEPS = PREAMBLE + "import time; time.sleep(60)"
STUBBORN = PREAMBLE + (
    "send('progress', step=1, seconds=0.1, progress=0.1, loss=2.0, status='training')\n"
    "import time; time.sleep(60)"
)
WAITS = PREAMBLE + "sys.stdin.readline(); send('end', status='stopped')"
AGAIN = PREAMBLE + (
    "runs = 0\n"
    "while request:\n"
    "    runs += 1\n"
    "    send('progress', step=runs, seconds=0.1, progress=1.0, loss=2.0, status='finished')\n"
    "    send('end', status='finished')\n"
    "    request = sys.stdin.readline()\n"
)
# A worker that takes the runs of a line one after another, and sleeps through the budget of each.
WORKS = PREAMBLE + (
    "import json, time\n"
    "def end(i, seconds):\n"
    "    data = dict(step=1, seconds=seconds, progress=1.0, loss=2.0, status='finished')\n"
    "    for kind in ('progress', 'end'): wire.write(sys.stdout.buffer, wire.Message(kind, data, run=i))\n"
    "while request:\n"
    "    for i, text in enumerate(request.split(wire.REQUEST_SEPARATOR)):\n"
    "        seconds = json.loads(text)['budget']['seconds']\n"
    "        time.sleep(seconds)\n"
    "        end(i, seconds)\n"
    "    request = sys.stdin.readline()\n"
)
FAILS = PREAMBLE + "send('end', status='failed', error='There is no memory.')"
CONVERGED = PREAMBLE + (
    "send('progress', step=4, seconds=1.0, progress=0.2, loss=1e-9, status='converged', reason='Enough.')\n"
    "send('end', status='converged')"
)
KILLED = PREAMBLE + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
CRASHED = PREAMBLE + "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
LOST = "import sys; sys.stdin.readline(); sys.exit(3)"
DIVERGES = PREAMBLE + (
    "send('progress', step=4, seconds=1.0, progress=0.2, loss=float('nan'), status='diverged')\n"
    "send('end', status='diverged')"
)
DEAF = "import time; time.sleep(60)"  # never reads its input
SILENT = "import sys; sys.stdin.readline()"
NONSENSE = PREAMBLE + "print('hello'); send('end', status='finished')"
HALF = PREAMBLE + "send('progress', step=1)"


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Wait until the condition holds; returns False if it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def look(service: JobService, job_id: str) -> JobView:
    """The view of a job that must exist."""
    view = service.look(job_id)
    assert view is not None
    return view


def request(seed: int = 0, seconds: float = 100.0) -> Request:
    """A request; requests with different seeds are never equal."""
    return replace(LONG, problem=replace(LONG.problem, seed=seed), budget=Budget(seconds=seconds))


def waiting(service: JobService) -> Worker | None:
    """The idle worker, if any."""
    return service._dispatcher._standby._waiting


def alive(service: JobService) -> list[Worker]:
    """Workers with a run."""
    return [press.worker for press in working(service) if press.worker is not None]


def working(service: JobService) -> list[Press]:
    """Presses whose workers are starting, busy or ending."""
    return list(service._queue.working)


def busy(service: JobService) -> Worker:
    """Wait until exactly one worker is busy, and return it."""
    assert until(lambda: bool(alive(service)))
    (worker,) = alive(service)
    return worker
