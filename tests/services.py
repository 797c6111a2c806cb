"""What the tests of the service ask of it, and scripts that stand in for its workers and take no time to start."""

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

SAY = (
    "import sys; from core.jobs import wire; request = sys.stdin.readline()\n"
    "def say(kind, **data): wire.write(sys.stdout.buffer, wire.Message(kind, data))\n"
)
SLEEPS = SAY + "import time; time.sleep(60)"
STUBBORN = SAY + (
    "say('progress', step=1, seconds=0.1, progress=0.1, loss=2.0, status='training')\n"
    "import time; time.sleep(60)"
)
WAITS = SAY + "sys.stdin.readline(); say('end', status='stopped')"
AGAIN = SAY + (
    "runs = 0\n"
    "while request:\n"
    "    runs += 1\n"
    "    say('progress', step=runs, seconds=0.1, progress=1.0, loss=2.0, status='finished')\n"
    "    say('end', status='finished')\n"
    "    request = sys.stdin.readline()\n"
)
# Works on the runs of one line after another, each for its budget.
WORKS = SAY + (
    "import json, time\n"
    "def end(i, seconds):\n"
    "    data = dict(step=1, seconds=seconds, progress=1.0, loss=2.0, status='finished')\n"
    "    for kind in ('progress', 'end'): wire.write(sys.stdout.buffer, wire.Message(kind, data, run=i))\n"
    "while request:\n"
    "    for i, text in enumerate(request.split(wire.BETWEEN_REQUESTS)):\n"
    "        seconds = json.loads(text)['budget']['seconds']\n"
    "        time.sleep(seconds)\n"
    "        end(i, seconds)\n"
    "    request = sys.stdin.readline()\n"
)
FAILS = SAY + "say('end', status='failed', error='There is no memory.')"
CONVERGED = SAY + (
    "say('progress', step=4, seconds=1.0, progress=0.2, loss=1e-9, status='converged', reason='Enough.')\n"
    "say('end', status='converged')"
)
KILLED = SAY + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
CRASHED = SAY + "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
LOST = "import sys; sys.stdin.readline(); sys.exit(3)"
DIVERGES = SAY + (
    "say('progress', step=4, seconds=1.0, progress=0.2, loss=float('nan'), status='diverged')\n"
    "say('end', status='diverged')"
)
DEAF = "import time; time.sleep(60)"  # never reads its input
SILENT = "import sys; sys.stdin.readline()"
NONSENSE = SAY + "print('hello'); say('end', status='finished')"
HALF = SAY + "say('progress', step=1)"


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def look(service: JobService, job_id: str) -> JobView:
    view = service.look(job_id)
    assert view is not None
    return view


def request(seed: int = 0, seconds: float = 100.0) -> Request:
    """A run that equals no other one of another seed."""
    return replace(LONG, problem=replace(LONG.problem, seed=seed), budget=Budget(seconds=seconds))


def waiting(service: JobService) -> Worker | None:
    """The worker that waits for a run."""
    return service._dispatcher._standby._waiting


def alive(service: JobService) -> list[Worker]:
    """The workers that are busy."""
    return [press.worker for press in working(service) if press.worker is not None]


def working(service: JobService) -> list[Press]:
    """The presses whose workers are busy, or starting, or ending."""
    return list(service._line.working)


def busy(service: JobService) -> Worker:
    """The one worker that is busy, once it has its requests."""
    assert until(lambda: bool(alive(service)))
    (worker,) = alive(service)
    return worker
