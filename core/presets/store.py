"""Where presets are kept and how they are read: exact frames as archives, and learned ones with a record of their run beside them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import IO, Any, Self

from core.files import replace_file
from core.frames import Frames
from core.presets.sealed import log_absent, read_sealed, seal
from core.problem import Problem
from core.report import Report

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "presets"


@dataclass(frozen=True, eq=False)
class Stored:
    """A run that was trained earlier.

    Attributes:
        problem: what it answers.
        frames: density, velocity, particles and samples of the learned field.
        exact: of a learned curve, the frames of the velocity that exactly carries its densities; None elsewhere.
        report: metrics and floors at its end.
        status: how it ended, `finished`, `converged` or `diverged`.
        step, seconds: of training.
        energy_calls: points at which training has evaluated the energy.
        ess: (seconds, effective sample size as a share, number of samples) over its course.
        date: of the training, as 2026-11-24.
        processor: what it was trained on, such as `1 of 2 cores`.
    """

    problem: Problem
    frames: Frames
    exact: Frames | None
    report: Report
    status: str
    step: int
    seconds: float
    energy_calls: int
    ess: tuple[tuple[float, float, int], ...]
    date: str
    processor: str

    @property
    def badge(self) -> str:
        """What stands beside its picture."""
        return f"saved result · {self.date}, {self.seconds:.1f} s"

    @property
    def origin(self) -> str:
        """When it was trained, for how long and on what: a sentence."""
        steps = f"{self.step} step{'' if self.step == 1 else 's'}"
        return f"Trained on {self.date}: {steps} in {self.seconds:.1f} s on {self.processor}."

    def save(self) -> list[Path]:
        """Writes its files; returns them."""
        stem = _stem(self.problem)
        files = {stem.with_suffix(".npz"): self.frames.pack()}
        if self.exact is not None:
            files[_exact_of(stem)] = self.exact.pack()
        record = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("frames", "exact")}
        record |= {"problem": self.problem.to_dict(), "report": self.report.to_dict()}
        record["digests"] = {file.name: _digest(content) for file, content in files.items()}
        record["digests"]["record"] = _record_digest(record)
        # The record comes last: until it is there, the older one does not fit the new frames.
        files[stem.with_suffix(".json")] = (json.dumps(record, indent=1, sort_keys=True) + "\n").encode()
        for file, content in files.items():
            replace_file(file, partial(_write, content))
        return list(files)

    @classmethod
    def load(cls, stem: Path) -> Self:
        """The inverse of `save`.

        Args:
            stem: the files' common path, without a suffix.

        Raises:
            OSError: a file cannot be read.
            Exception: a file is damaged, or the files do not belong together; what is raised depends on the damage.
        """
        record: dict[str, Any] = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
        digests: dict[str, str] = record["digests"]
        if digests.pop("record") != _record_digest(record):
            raise ValueError("the record is damaged")
        frames = {name: _frames(stem.with_name(name), digest) for name, digest in digests.items()}
        del record["digests"]
        record["problem"] = Problem.from_dict(record["problem"])
        record["report"] = Report.from_dict(record["report"])
        record["ess"] = tuple((seconds, share, int(count)) for seconds, share, count in record["ess"])
        exact = frames.get(_exact_of(stem).name)
        return cls(frames=frames[stem.with_suffix(".npz").name], exact=exact, **record)


def path(problem: Problem) -> Path:
    """Where the exact frames of a problem would be kept; how it is trained and sampled does not count.

    What is exact of a learned curve before training is the linear one.
    """
    if problem.interpolation == "learned":
        problem = replace(problem, interpolation="linear")
    digest = _digest(json.dumps(_asked(problem), sort_keys=True).encode())
    return FOLDER / f"{problem.target.name}-{problem.interpolation}-{digest[:8]}.npz"


def save_exact(problem: Problem, frames: Frames) -> Path:
    """Writes the exact frames of a problem; returns their file."""
    file = path(problem)
    replace_file(file, partial(_write, seal(frames.pack(), _asked(problem))))
    return file


def exact(problem: Problem) -> Frames | None:
    """The exact frames of a problem; None where they are not kept, or the file is damaged or holds something else."""
    file = path(problem)
    try:
        return Frames.unpack(read_sealed(file, _asked(problem))) if file.exists() else None
    except Exception as error:  # damage shows in many ways
        log_absent(file, str(error))
        return None


def learned(problem: Problem) -> Stored | None:
    """The run that was trained earlier for exactly this problem, its seed and settings included.

    None where there is none, or where its files are damaged or belong to another problem.
    """
    stem = _stem(problem)
    record = stem.with_suffix(".json")
    if not record.exists():
        return None
    try:
        stored = Stored.load(stem)
        if stored.problem != problem:
            raise ValueError("it belongs to another problem")
    except Exception as error:  # damage shows in many ways
        log_absent(record, str(error))
        return None
    return stored


def files(problem: Problem) -> list[Path]:
    """The files that a run that was trained earlier is kept in."""
    stem = _stem(problem)
    own = [stem.with_suffix(".json"), stem.with_suffix(".npz")]
    return [*own, _exact_of(stem)] if problem.interpolation == "learned" else own


def _asked(problem: Problem) -> dict[str, Any]:
    """What exact frames depend on."""
    name = "linear" if problem.interpolation == "learned" else problem.interpolation
    asked = replace(problem, interpolation=name).to_dict()
    return {key: value for key, value in asked.items() if key not in ("training", "sampling")}


def _frames(file: Path, digest: str) -> Frames:
    content = file.read_bytes()
    if _digest(content) != digest:
        raise ValueError(f"{file.name} is damaged")
    return Frames.unpack(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _record_digest(record: dict[str, Any]) -> str:
    """Of a record as it is written, `digests` of the frames included."""
    return _digest(json.dumps(record, sort_keys=True).encode())


def _write(content: bytes, file: IO[bytes]) -> None:
    file.write(content)


def _stem(problem: Problem) -> Path:
    return FOLDER / f"{problem.target.name}-{problem.interpolation}-run-{problem.key[:8]}"


def _exact_of(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}-exact.npz")
