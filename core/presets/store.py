"""Files of presets: exact frames as archives, and trained runs as archives with a JSON record beside them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from core.files import replace_file
from core.pictures.frames import Frames
from core.presets.sealed import log_absent, read_sealed, seal
from core.problem import Problem
from core.results.report import Report
from core.status import TrainingStatus

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "presets"


@dataclass(frozen=True, eq=False)
class Stored:
    """A saved training run.

    Attributes:
        problem: the problem it was trained for.
        frames: density, velocity, particles and samples of the trained curve.
        exact: frames of the exact velocity of a learned curve's densities; None for other curves.
        report: metrics and best possible scores at the end.
        status: `finished`, `converged` or `diverged`.
        step, seconds: steps and seconds of training.
        energy_calls: points at which training evaluated the energy.
        ess: (seconds, effective sample size as a fraction, number of samples) during training.
        date: ISO date of the training.
        processor: hardware it was trained on, such as `1 of 2 cores`.
    """

    problem: Problem
    frames: Frames
    exact: Frames | None
    report: Report
    status: TrainingStatus
    step: int
    seconds: float
    energy_calls: int
    ess: tuple[tuple[float, float, int], ...]
    date: str
    processor: str

    @property
    def badge(self) -> str:
        """Label shown beside its picture."""
        return f"saved result · {self.date}, trained for {self.seconds:.1f} s"

    @property
    def origin(self) -> str:
        """When, for how long and on what hardware it was trained, in one sentence."""
        steps = f"{self.step} step{'' if self.step == 1 else 's'}"
        return f"Trained on {self.date}: {steps} in {self.seconds:.1f} s on {self.processor}."

    def save(self) -> list[Path]:
        """Write its files; returns their paths."""
        stem = _stem(self.problem)
        files = {stem.with_suffix(".npz"): self.frames.pack()}
        if self.exact is not None:
            files[_exact_of(stem)] = self.exact.pack()
        record = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("frames", "exact")}
        record |= {"problem": self.problem.to_dict(), "report": self.report.to_dict()}
        record["digests"] = {file.name: _digest(content) for file, content in files.items()}
        record["digests"]["record"] = _record_digest(record)
        # Write the record last. An interrupted save leaves an older record, whose digests then do not match the new frames.
        files[stem.with_suffix(".json")] = (json.dumps(record, indent=1, sort_keys=True) + "\n").encode()
        for file, content in files.items():
            replace_file(file, partial(_write, content))
        return list(files)

    @classmethod
    def load(cls, stem: Path) -> Stored:
        """Read what `save` wrote.

        Args:
            stem: common path of the files, without a suffix.

        Raises:
            OSError: a file cannot be read.
            Exception: a file is damaged, or the files do not belong together; the type depends on the damage.
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
    """Path of the exact frames of a problem, which does not depend on training and sampling settings.

    The learned interpolation starts training from the linear curve, so both share a file.
    """
    if problem.interpolation == "learned":
        problem = replace(problem, interpolation="linear")
    digest = _digest(json.dumps(_content_key(problem), sort_keys=True).encode())
    return FOLDER / f"{problem.target.name}-{problem.interpolation}-{digest[:8]}.npz"


def save_exact(problem: Problem, frames: Frames) -> Path:
    """Write the exact frames of a problem; returns their file."""
    file = path(problem)
    replace_file(file, partial(_write, seal(frames.pack(), _content_key(problem))))
    return file


def exact(problem: Problem) -> Frames | None:
    """Read the exact frames of a problem; None if they are not saved, or if the file is damaged or has other content."""
    file = path(problem)
    try:
        return Frames.unpack(read_sealed(file, _content_key(problem))) if file.exists() else None
    except Exception as error:  # a damaged file can raise almost anything
        log_absent(file, str(error))
        return None


def learned(problem: Problem) -> Stored | None:
    """Read the saved run of exactly this problem, including its seed and settings.

    Returns:
        The run; None if there is none, or if its files are damaged or belong to another problem.
    """
    stem = _stem(problem)
    record = stem.with_suffix(".json")
    if not record.exists():
        return None
    try:
        stored = Stored.load(stem)
        if stored.problem != problem:
            raise ValueError("it belongs to another problem")
    except Exception as error:  # a damaged file can raise almost anything
        log_absent(record, str(error))
        return None
    return stored


def files(problem: Problem) -> list[Path]:
    """Paths of the files of a saved run."""
    stem = _stem(problem)
    own = [stem.with_suffix(".json"), stem.with_suffix(".npz")]
    return [*own, _exact_of(stem)] if problem.interpolation == "learned" else own


def _content_key(problem: Problem) -> dict[str, Any]:
    """The part of a problem that its exact frames depend on, as plain data."""
    name = "linear" if problem.interpolation == "learned" else problem.interpolation
    data = replace(problem, interpolation=name).to_dict()
    return {key: value for key, value in data.items() if key not in ("training", "sampling")}


def _frames(file: Path, digest: str) -> Frames:
    content = file.read_bytes()
    if _digest(content) != digest:
        raise ValueError(f"{file.name} is damaged")
    return Frames.unpack(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _record_digest(record: dict[str, Any]) -> str:
    """Digest of a record as written, including the `digests` of the frames."""
    return _digest(json.dumps(record, sort_keys=True).encode())


def _write(content: bytes, file: IO[bytes]) -> None:
    file.write(content)


def _stem(problem: Problem) -> Path:
    return FOLDER / f"{problem.target.name}-{problem.interpolation}-run-{problem.key[:8]}"


def _exact_of(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}-exact.npz")
