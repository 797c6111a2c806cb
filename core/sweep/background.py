"""Studies that run in the background of a server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace

from core.jobs.service import JobService
from core.store.errors import StoreError
from core.store.store import Store
from core.sweep import execution
from core.sweep.grid import Grid
from core.sweep.service_engine import ServiceEngine
from core.sweep.task import Task

MOST_RUNNING = 4
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """The progress of a study at one moment.

    Attributes:
        name: name of the study.
        owner: who started the study; only they may stop it.
        total, ended, failed: number of all runs, of runs that have ended, and of runs that failed.
        task: a run in progress; None if there is none.
        share: fraction of the study that is done, from 0 to 1.
        position: place of `task` in the server's queue; 0 once it trains.
        seconds: seconds since the study was started or continued.
        running: whether the study is in progress.
        error: why the study ended early, in one sentence; empty otherwise.
    """

    name: str
    owner: str
    total: int
    ended: int = 0
    failed: int = 0
    task: Task | None = None
    share: float = 0.0
    position: int = 0
    seconds: float = 0.0
    running: bool = True
    error: str = ""


@dataclass(eq=False)
class _Study:
    progress: Progress
    engine: ServiceEngine
    grid: Grid
    stopped: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)


class Studies:
    """Runs studies in threads, at most one at a time for each owner. A study goes on while nobody looks at it. All methods are thread-safe.

    Args:
        service: computes the runs.
        open_store: opens the store and returns it; raises a StoreError if that fails.
    """

    def __init__(self, service: JobService, open_store: Callable[[], Store]) -> None:
        self._service, self._open = service, open_store
        self._studies: dict[str, _Study] = {}
        self._lock = threading.Lock()

    def start(self, name: str, grid: Grid, owner: str) -> None:
        """Start a study that is in the store, or continue it. Tasks that have a result are not repeated.

        Raises:
            ValueError: the study is running, its owner has another running study, or too many are running.
        """
        with self._lock:
            running = [study.progress for study in self._studies.values() if study.progress.running]
            if any(progress.name == name for progress in running):
                raise ValueError(f"The study “{name}” is already running.")
            if any(progress.owner == owner for progress in running):
                raise ValueError("One of your studies is already running; stop it, or wait until it ends.")
            if len(running) >= MOST_RUNNING:
                raise ValueError(
                    f"{MOST_RUNNING} studies are already running on this server; try again later."
                )
            study = _Study(Progress(name, owner, len(grid.tasks)), ServiceEngine(self._service), grid)
            self._studies[name] = study
        threading.Thread(target=self._work, args=(study,), daemon=True).start()

    def look(self, name: str) -> Progress | None:
        """The progress of a study; None if the study has not run since this server started."""
        with self._lock:
            study = self._studies.get(name)
        if study is None:
            return None
        progress, jobs = study.progress, study.engine.jobs
        if not progress.running or not jobs:
            return progress
        # If several runs are in progress, show one that trains, not one that waits.
        shown = min(jobs, key=lambda job: job.position)
        return replace(
            progress,
            task=shown.task,
            share=(progress.ended + sum(job.progress for job in jobs)) / progress.total,
            position=shown.position,
            seconds=time.monotonic() - study.started,
        )

    def stop(self, name: str, owner: str) -> None:
        """Stop a study, and wait up to a second for its end. Does nothing if the study has ended or belongs to someone else."""
        with self._lock:
            study = self._studies.get(name)
        if study is not None and study.progress.owner == owner:
            study.stopped.set()
            deadline = time.monotonic() + 1.0
            while study.progress.running and time.monotonic() < deadline:
                time.sleep(0.02)

    def stop_all(self) -> None:
        """Stop all studies."""
        for study in list(self._studies.values()):
            self.stop(study.progress.name, study.progress.owner)

    def _work(self, study: _Study) -> None:
        error = ""
        try:
            self._run(study)
        except StoreError as failure:
            error = str(failure)
        except Exception:
            _logger.exception("A study failed.")
            error = "The study ended because of an internal error; see the server's log."
        ended = study.progress
        study.progress = replace(ended, running=False, error=error, seconds=time.monotonic() - study.started)

    def _run(self, study: _Study) -> None:
        store, name = self._open(), study.progress.name
        done = study.progress.total - len(execution.open_tasks(store, name, study.grid))
        study.progress = replace(study.progress, ended=done, share=done / study.progress.total)
        with (
            study.engine,
            closing(execution.run(store, name, study.grid, study.engine, study.stopped)) as events,
        ):
            for event in events:
                self._note(study, event.status)

    def _note(self, study: _Study, status: str) -> None:
        if status == "retry":
            return
        was = study.progress
        ended = was.ended + 1
        study.progress = replace(
            was, ended=ended, failed=was.failed + (status == "failed"), share=ended / was.total
        )
