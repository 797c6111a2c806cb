"""Exact frames that are kept in a file, so that the first picture needs no engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.problem import INTERPOLATIONS, Problem, TargetSpec

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "presets"
# Two modes on the line: everything about them is known exactly, and as they part, the linear curve must teleport mass.
FIRST = Problem(TargetSpec.of("shifted_pair"))
PROBLEMS = tuple(replace(FIRST, interpolation=name) for name in INTERPOLATIONS)


def path(problem: Problem) -> Path:
    """Where the frames of a problem would be kept."""
    return FOLDER / f"{problem.key}.npz"


def write() -> list[Path]:
    """Computes and writes all presets; returns their files."""
    from core.render import STILL, exact_frames

    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.npz"):
        old.unlink()
    for problem in PROBLEMS:
        path(problem).write_bytes(exact_frames(problem, STILL).pack())
    return [path(problem) for problem in PROBLEMS]
