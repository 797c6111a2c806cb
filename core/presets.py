"""What is computed once and kept in files, so that a page can show it at once and the first picture needs no engine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from core.problem import INTERPOLATIONS, Problem, TargetSpec
from core.teleportation import EnergyGrid, Growth

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "presets"
# Two modes on the line: everything about them is known exactly, and as they part, the linear curve must teleport mass.
FIRST = Problem(TargetSpec.of("shifted_pair"))
GROWTH, ENERGIES = "growth.npz", "energies-{}.npz"
PROBLEMS = tuple(replace(FIRST, interpolation=name) for name in INTERPOLATIONS)


def path(problem: Problem) -> Path:
    """Where the exact frames of a problem would be kept; how it is trained and sampled does not count."""
    asked = {k: v for k, v in problem.to_dict().items() if k not in ("training", "sampling")}
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return FOLDER / f"{problem.target.name}-{problem.interpolation}-{digest[:8]}.npz"


def growth() -> Growth:
    """How the curves' energies grow with the distance of the Laplace pair's modes."""
    return Growth.unpack((FOLDER / GROWTH).read_bytes())


def energy_grid(target: str) -> EnergyGrid:
    """The energies over σ and mode separation of one of `PLANE_TARGETS`."""
    return EnergyGrid.unpack((FOLDER / ENERGIES.format(target)).read_bytes())


def write() -> list[Path]:
    """Computes and writes all presets, which takes a minute or two; returns their files."""
    from core import teleportation
    from core.render import STILL, exact_frames

    FOLDER.mkdir(parents=True, exist_ok=True)
    contents = {path(problem): exact_frames(problem, STILL).pack() for problem in PROBLEMS}
    contents[FOLDER / GROWTH] = teleportation.growth().pack()
    for name, target in teleportation.PLANE_TARGETS.items():
        contents[FOLDER / ENERGIES.format(name)] = teleportation.energy_grid(target).pack()
    for old in FOLDER.glob("*.npz"):
        old.unlink()
    for file, content in contents.items():
        file.write_bytes(content)
    return list(contents)
