"""Read and write the exact frames of presets (saved results that ship with the app): one archive for each problem."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from core.files import replace_file
from core.pictures.frames import Frames
from core.presets.sealed import log_absent, read_sealed, seal
from core.problem import Problem

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "presets"


def path(problem: Problem) -> Path:
    """Path of the exact frames of a problem. It does not depend on the problem's training and sampling settings.

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
    """Read the exact frames of a problem; None if they are not saved, or if the file is damaged or was computed for another problem."""
    file = path(problem)
    try:
        return Frames.unpack(read_sealed(file, _content_key(problem))) if file.exists() else None
    except Exception as error:  # a damaged file can raise almost anything
        log_absent(file, str(error))
        return None


def _content_key(problem: Problem) -> dict[str, Any]:
    """The part of a problem that its exact frames depend on, as plain data."""
    name = "linear" if problem.interpolation == "learned" else problem.interpolation
    data = replace(problem, interpolation=name).to_dict()
    return {key: value for key, value in data.items() if key not in ("training", "sampling")}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(content: bytes, file: IO[bytes]) -> None:
    file.write(content)
