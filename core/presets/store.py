"""Where presets are kept and how they are read: exact frames as archives, and learned ones with a record of their run beside them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from core.frames import Frames
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
        record = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("frames", "exact")}
        record |= {"problem": self.problem.to_dict(), "report": self.report.to_dict()}
        files = {
            stem.with_suffix(".json"): (json.dumps(record, indent=1, sort_keys=True) + "\n").encode(),
            stem.with_suffix(".npz"): self.frames.pack(),
        }
        if self.exact is not None:
            files[_exact_of(stem)] = self.exact.pack()
        for file, content in files.items():
            file.write_bytes(content)
        return list(files)

    @classmethod
    def load(cls, stem: Path) -> Self:
        """The inverse of `save`.

        Args:
            stem: the files' common path, without a suffix.
        """
        record: dict[str, Any] = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
        record["problem"] = Problem.from_dict(record["problem"])
        record["report"] = Report.from_dict(record["report"])
        record["ess"] = tuple((seconds, share, int(count)) for seconds, share, count in record["ess"])
        exact = _exact_of(stem)
        known = Frames.load(exact) if exact.exists() else None
        return cls(frames=Frames.load(stem.with_suffix(".npz")), exact=known, **record)


def path(problem: Problem) -> Path:
    """Where the exact frames of a problem would be kept; how it is trained and sampled does not count.

    What is exact of a learned curve before training is the linear one.
    """
    if problem.interpolation == "learned":
        problem = replace(problem, interpolation="linear")
    asked = {k: v for k, v in problem.to_dict().items() if k not in ("training", "sampling")}
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return FOLDER / f"{problem.target.name}-{problem.interpolation}-{digest[:8]}.npz"


def exact(problem: Problem) -> Frames | None:
    """The exact frames of a problem, where they are kept."""
    file = path(problem)
    return Frames.load(file) if file.exists() else None


def learned(problem: Problem) -> Stored | None:
    """The run that was trained earlier for exactly this problem, its seed and settings included; None where there is none."""
    stem = _stem(problem)
    return Stored.load(stem) if stem.with_suffix(".json").exists() else None


def files(problem: Problem) -> list[Path]:
    """The files that a run that was trained earlier is kept in."""
    stem = _stem(problem)
    own = [stem.with_suffix(".json"), stem.with_suffix(".npz")]
    return [*own, _exact_of(stem)] if problem.interpolation == "learned" else own


def _stem(problem: Problem) -> Path:
    return FOLDER / f"{problem.target.name}-{problem.interpolation}-run-{problem.key[:8]}"


def _exact_of(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}-exact.npz")
