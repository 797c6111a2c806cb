"""Trained runs of presets (saved results that ship with the app). Their folder is a run store, which the app opens read-only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.pictures.frames import Frames
from core.presets import frames as exact_frames
from core.presets.sealed import log_absent
from core.problem import Problem
from core.results.report import Report
from core.store.course import Course
from core.store.database import BUSY_SECONDS
from core.store.folder import EXACT, FRAMES
from core.store.records import Result, RunStatus
from core.store.store import Store

# The size limit of the run store in bytes: larger than all presets together, so that saving one never removes others.
MOST_BYTES = 10**9


@dataclass(frozen=True, eq=False)
class Stored:
    """A saved training run.

    Attributes:
        result: its problem, status, steps, seconds, energy calls and report.
        frames: density, velocity, particles and samples of the trained curve.
        exact: frames of the exact velocity of a learned curve's densities; None for other curves.
        ess: (seconds, effective sample size as a fraction, number of samples) during training.
        date: ISO date of the training.
        machine: hardware it was trained on, such as `Linux x86_64, 2 cores`.
    """

    result: Result
    frames: Frames
    exact: Frames | None
    ess: tuple[tuple[float, float, int], ...]
    date: str
    machine: str

    @property
    def problem(self) -> Problem:
        return self.result.problem

    @property
    def report(self) -> Report:
        """Metrics and best possible scores at the end."""
        assert self.result.report is not None
        return self.result.report

    @property
    def status(self) -> RunStatus:
        return self.result.status

    @property
    def step(self) -> int:
        """Number of training steps."""
        return self.result.steps

    @property
    def seconds(self) -> float:
        """Seconds of training."""
        return self.result.seconds

    @property
    def energy_calls(self) -> int | None:
        """Number of points at which training evaluated the energy; None if unknown."""
        return self.result.energy_calls

    @property
    def badge(self) -> str:
        """Label shown beside the run's picture."""
        return f"saved result · {self.date}, trained for {self.seconds:.1f} s"

    @property
    def origin(self) -> str:
        """When, for how long and on what hardware the curve was trained, in one sentence."""
        steps = f"{self.step} step{'' if self.step == 1 else 's'}"
        return f"Trained on {self.date}: {steps} in {self.seconds:.1f} s on {self.machine}."


def save(stored: Stored) -> list[Path]:
    """Write a run, replacing an older run of the same problem; returns its files.

    Raises:
        StoreError: the folder cannot be written.
    """
    run_id = id_of(stored.problem)
    packed = {FRAMES: stored.frames.pack()}
    if stored.exact is not None:
        packed[EXACT] = stored.exact.pack()
    with Store(exact_frames.FOLDER, MOST_BYTES, BUSY_SECONDS) as store:
        if store.has(run_id):
            store.delete(run_id, force=True)
        with store.begin(stored.result, run_id=run_id) as recording:
            recording.finish(stored.result, packed=packed, course=Course(ess=stored.ess).pack())
        store.settle()
    return files(stored.problem)


def keep_only(problems: set[Problem]) -> None:
    """Remove all runs except those of the given problems.

    Raises:
        StoreError: the folder cannot be written.
    """
    kept = {id_of(problem) for problem in problems}
    with Store(exact_frames.FOLDER, MOST_BYTES, BUSY_SECONDS) as store:
        for run in store.runs():
            if run.id not in kept:
                store.delete(run.id, force=True)
        store.settle()


def learned(problem: Problem) -> Stored | None:
    """Read the saved run of exactly this problem, including its seed and settings.

    Returns:
        The run; None if there is none, or if it is damaged or belongs to another problem.
    """
    folder, place = exact_frames.FOLDER, _folder_of(problem)
    if not place.is_dir():  # pages look up every problem, and this check is faster than opening the store
        return None
    try:
        with Store(folder, MOST_BYTES, BUSY_SECONDS, read_only=True) as store:
            return _read(store, id_of(problem), problem)
    except Exception as error:  # a damaged file can raise almost anything
        log_absent(place, str(error))
        return None


def _read(store: Store, run_id: str, problem: Problem) -> Stored:
    run, frames = store.run(run_id), store.frames(run_id)
    if run.result.problem != problem or frames is None or run.ended is None or run.result.report is None:
        raise ValueError("it belongs to another problem, or is incomplete")
    exact, course = store.picture(run_id, EXACT), store.course(run_id)
    if (exact is None) is (problem.interpolation == "learned"):
        raise ValueError("it is incomplete")
    return Stored(run.result, frames, exact, course.ess, run.ended[:10], run.machine)


def files(problem: Problem) -> list[Path]:
    """Paths of the files of a saved run."""
    return sorted(_folder_of(problem).iterdir())


def _folder_of(problem: Problem) -> Path:
    return exact_frames.FOLDER / "runs" / id_of(problem)


def id_of(problem: Problem) -> str:
    """The id of a problem's saved run."""
    return problem.key[:12]
