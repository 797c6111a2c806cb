"""Exact frames that are kept in a file, so that the first picture needs no engine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from core.problem import INTERPOLATIONS, Problem, TargetSpec

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "presets"
# Two modes on the line: everything about them is known exactly, and as they part, the linear curve must teleport mass.
FIRST = Problem(TargetSpec.of("shifted_pair"))
PROBLEMS = tuple(replace(FIRST, interpolation=name) for name in INTERPOLATIONS)


def path(problem: Problem) -> Path:
    """Where the exact frames of a problem would be kept; how it is trained and sampled does not count."""
    asked = {k: v for k, v in problem.to_dict().items() if k not in ("training", "sampling")}
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return FOLDER / f"{problem.target.name}-{problem.interpolation}-{digest[:8]}.npz"


def write() -> list[Path]:
    """Computes and writes all presets; returns their files."""
    from core.render import STILL, exact_frames

    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.npz"):
        old.unlink()
    for problem in PROBLEMS:
        path(problem).write_bytes(exact_frames(problem, STILL).pack())
    return [path(problem) for problem in PROBLEMS]
