"""The verb `exact` of the command line: what is known exactly of a curve."""

from __future__ import annotations

import json
import math
from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import checks
from core.commands import problem_of, short, writable
from core.facts import plus_minus
from core.files import replace_file
from core.limits import check_command
from core.problem import Problem

if TYPE_CHECKING:
    from torch import Tensor

    from core.fields import AbstractField
    from core.reference.base import AbstractExactField
    from core.reference.wasserstein import SquaredDistance
    from core.training.checkpoint import State
    from core.types import Box

MOST_TIMES = 10_001
GRID_LIMITS = (16, 1024)


def exact(arguments: Namespace) -> None:
    """Prints what is known exactly of a curve, and writes it on a grid."""
    problem, state = _asked(arguments)
    times = _times(arguments.times)
    least, most = GRID_LIMITS
    grid = None if arguments.grid is None else checks.integer("--grid", arguments.grid, least, most)
    box = _box(arguments.box, problem.target.dim)
    if arguments.frames is not None and problem.target.dim > 2:
        raise ValueError(
            f"`--frames` are written on the line and in the plane; the target has {problem.target.dim} dimensions."
        )
    _check_size(problem, len(times), grid, arguments.frames is not None)
    path = writable(arguments.frames)
    import torch

    from core.interpolations.build import build_target
    from core.reference.accuracy import accuracy
    from core.reference.profile import profile
    from core.reference.transport import action, ends_distance

    field = _solve(problem, state, box, grid)
    t = torch.tensor(times, dtype=torch.float64)
    curve = profile(field, build_target(problem), t)
    error, distance = accuracy(field, t), ends_distance(problem)
    columns = {
        "log_z": curve.log_z,
        "rate": curve.rate,
        "kinetic_energy": curve.kinetic_energy,
        "max_speed": curve.max_speed,
        "overlap": curve.overlap,
    }
    result: dict[str, Any] = {
        "method": field.solver,
        "box": [field.box.lower.tolist(), field.box.upper.tolist()],
        "times": times,
        **{name: [_known(value) for value in column.tolist()] for name, column in columns.items()},
        "mode_mass": curve.mode_mass.tolist(),
        # In more than two dimensions the kinetic energy is a Monte Carlo mean, and its integral would take minutes.
        "action": _known(action(field)) if field.dim <= 2 else None,
        "w2_squared": _known(distance.value),
        "w2_uncertainty": distance.uncertainty,
        "change_at_half_resolution": {name: _known(value) for name, value in asdict(error).items()},
        "problem": problem.to_dict(),
    }
    if path is not None:
        _write_frames(path, problem, field, t, grid, box)
    if arguments.json:
        print(json.dumps(result, allow_nan=False))
        return
    print(field.solver)
    print(" ".join(f"{name:>14}" for name in ("t", *columns)))
    for row in zip(times, *(result[name] for name in columns), strict=True):
        print(" ".join(f"{short(value):>14}" for value in row))
    print(_bound(result["action"], error.kinetic_energy, distance))
    print(
        f"at half the resolution, ‖v‖² changes by {error.kinetic_energy:.1e} (relative), log Z by {error.log_z:.1e}"
    )


def _bound(found: float | None, change: float, distance: SquaredDistance) -> str:
    """The action and W₂², its lower bound. What may contradict that never stands without its uncertainty.

    Args:
        found: the action; None where it is not known.
        change: of the kinetic energy at half the resolution, relative.
        distance: W₂².
    """
    known = short(found)
    if distance.uncertainty is not None:
        return f"action {known}, W₂² ≈ {plus_minus(distance.value, distance.uncertainty)} (from samples)"
    if found is not None and found < distance.value:
        known = f"{known} ± {short(_known(found * change))} (from half the resolution)"
    return f"action {known}, W₂² {short(_known(distance.value))}"


def _check_size(problem: Problem, num_times: int, grid: int | None, is_written: bool) -> None:
    """Refuses what would take too much memory or time.

    Raises:
        TooDearError: in one sentence.
    """
    from core.reference.plane import CELLS
    from core.render import FINE

    points = (grid or {1: FINE.line, 2: FINE.plane}.get(problem.target.dim, 0)) ** problem.target.dim
    check_command(problem, num_times, grid or CELLS, points if is_written else 0)


def _asked(arguments: Namespace) -> tuple[Problem, State | None]:
    """The problem, and the state of its training where a checkpoint is given, as a learned curve needs."""
    if arguments.checkpoint is None:
        problem = problem_of(arguments)
        if problem.interpolation == "learned":
            raise ValueError(
                "A learned curve is known once its ψ is; give `--checkpoint`, as `train --checkpoint` writes it."
            )
        return problem, None
    from core.training import checkpoint

    path = Path(arguments.checkpoint)
    made_for, state = checkpoint.read(path)
    problem = problem_of(arguments, made_for)
    if problem != made_for:
        raise ValueError(
            f"`{path}` brings its own problem, and the other flags ask for another one; leave them out."
        )
    if problem.interpolation != "learned":
        raise ValueError(
            f"`--checkpoint` is for the ψ of learned curves, and `{path}` holds a {problem.interpolation} one, "
            "which is known without it; give its problem instead."
        )
    return problem, state


def _solve(problem: Problem, state: State | None, box: Box | None, grid: int | None) -> AbstractExactField:
    from core.reference.plane import CELLS
    from core.reference.solve import LEARNED_CELLS, solve, solve_learned
    from core.training.loop import restore

    if state is None:
        return solve(problem, box, grid or CELLS)
    return solve_learned(restore(problem, state), box, grid or LEARNED_CELLS)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _box(values: Any, dim: int) -> Box | None:
    """The box of `--box`: lower and upper end for all axes, or for each in turn."""
    if values is None:
        return None
    numbers = checks.numbers("--box", values, -1e8, 1e8, 2 * dim)
    if len(numbers) not in (2, 2 * dim):
        raise ValueError(f"`--box` takes 2 numbers or {2 * dim}; got {len(numbers)}.")
    pairs = [numbers[i : i + 2] for i in range(0, len(numbers), 2)] * (dim if len(numbers) == 2 else 1)
    if any(low >= high for low, high in pairs[:dim]):
        raise ValueError("`--box` takes the lower end of an axis before its upper end.")
    import torch

    from core.types import Box

    lower, upper = torch.tensor(pairs[:dim], dtype=torch.float64).T
    return Box(lower, upper)


def _write_frames(
    path: Path, problem: Problem, field: AbstractField, t: Tensor, grid: int | None, box: Box | None
) -> None:
    """Over the box that was given, else over the hull of both ends."""
    import numpy as np
    import torch

    from core.fields import grid_points
    from core.render import FINE, grid_axes

    detail = FINE if grid is None else replace(FINE, line=grid, plane=grid)
    axes = tuple(torch.from_numpy(axis) for axis in grid_axes(problem, detail))
    if box is not None:
        sides = zip(box.lower.tolist(), box.upper.tolist(), axes, strict=True)
        axes = tuple(torch.linspace(low, high, len(axis), dtype=torch.float64) for low, high, axis in sides)
    value = field.on_grid(t, axes)
    x = grid_points(axes).reshape(*(len(axis) for axis in axes), len(axes))
    arrays: dict[str, Any] = {
        "t": t,
        "x": x,
        "log_density": value.log_density,
        "velocity": value.velocity,
        "log_z": field.log_z(t),
    }
    replace_file(path, lambda file: np.savez(file, **arrays))


def _times(text: str) -> list[float]:
    """A list of times in [0, 1], or how many of them there shall be."""
    parts = text.split(",")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        raise ValueError(f"`--times` takes numbers such as 0.5,1; got {text!r}.") from None
    if len(values) == 1 and values[0] >= 2:
        count = checks.integer("--times", values[0], 2, MOST_TIMES)
        return [i / (count - 1) for i in range(count)]
    if any(not math.isfinite(value) or not 0 <= value <= 1 for value in values):
        raise ValueError(f"`--times` must lie between 0 and 1; got {text!r}.")
    if len(values) > MOST_TIMES:
        raise ValueError(f"`--times` takes at most {MOST_TIMES} times; got {len(values)}.")
    return values
