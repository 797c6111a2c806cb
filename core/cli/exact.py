"""The command `python -m core exact`: solve a curve exactly."""

from __future__ import annotations

import json
import math
from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import checks
from core.cli.arguments import box_of, problem_of, times_of, writable
from core.cli.flags import Verbs, add_problem, json_value
from core.cli.printing import short
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

GRID_LIMITS = (16, 1024)


def add(verbs: Verbs) -> None:
    """Add the command with its flags."""
    parser = verbs.add_parser("exact", help="compute log Z_t, kinetic energy and action of a curve exactly")
    add_problem(parser)
    help = "solve the learned curve in this checkpoint, which contains its problem"
    parser.add_argument("--checkpoint", metavar="C.safetensors", help=help)
    help = "times as a list such as 0.5,1, or how many times from 0 to 1 (default: 11)"
    parser.add_argument("--times", default="11", help=help)
    help = "points per axis in --frames; if a curve in the plane needs a mesh, also its cells per axis"
    parser.add_argument("--grid", type=int, metavar="N", help=help)
    help = "solve on this box, as in --box=-9,9: lower,upper for all axes or for each axis in turn"
    parser.add_argument("--box", type=json_value, metavar="A,B", help=help)
    help = (
        "write t, x, log_density and velocity on a grid over --box (default: a box around latent and target)"
    )
    parser.add_argument("--frames", metavar="OUT.npz", help=help)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Solve a curve exactly, print its values at the requested times, and write it on a grid if `--frames` is given."""
    problem, state = _problem_and_state(arguments)
    times = times_of(arguments.times)
    least, most = GRID_LIMITS
    grid = None if arguments.grid is None else checks.integer("--grid", arguments.grid, least, most)
    box = box_of(arguments.box, problem.target.dim)
    if arguments.frames is not None and problem.target.dim > 2:
        raise ValueError(
            f"`--frames` needs a target in one or two dimensions; this one has {problem.target.dim}."
        )
    _check_size(problem, len(times), grid, arguments.frames is not None)
    path = writable(arguments.frames)
    import torch

    from core.interpolations.build import known_target
    from core.reference.accuracy import accuracy
    from core.reference.profile import profile
    from core.reference.transport import action, ends_distance

    field = _solve(problem, state, box, grid)
    t = torch.tensor(times, dtype=torch.float64)
    curve = profile(field, known_target(problem), t)
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
        # The action is left out in more than two dimensions: the kinetic energy is a Monte Carlo mean, and its integral would take minutes.
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
    """Format the action and its lower bound W₂². Values that seem to violate the bound are shown with their uncertainty.

    Args:
        found: the action; None if unknown.
        change: relative change of the kinetic energy when the resolution is halved.
        distance: W₂² with its uncertainty.
    """
    known = short(found)
    if distance.uncertainty is not None:
        return f"action {known}, W₂² ≈ {plus_minus(distance.value, distance.uncertainty)} (from samples)"
    if found is not None and found < distance.value:
        known = f"{known} ± {short(_known(found * change))} (from half the resolution)"
    return f"action {known}, W₂² {short(_known(distance.value))}"


def _check_size(problem: Problem, num_times: int, grid: int | None, is_written: bool) -> None:
    """Check that the computation is within the limits on memory and time.

    Raises:
        TooDearError: it exceeds a limit; the message is one sentence.
    """
    from core.pictures.render import FINE
    from core.reference.plane import CELLS

    points = (grid or {1: FINE.line, 2: FINE.plane}.get(problem.target.dim, 0)) ** problem.target.dim
    check_command(problem, num_times, grid or CELLS, points if is_written else 0)


def _problem_and_state(arguments: Namespace) -> tuple[Problem, State | None]:
    """The problem, and the trained state from `--checkpoint`. A learned curve requires such a state."""
    if arguments.checkpoint is None:
        problem = problem_of(arguments)
        if problem.interpolation == "learned":
            raise ValueError(
                "The exact velocity of a learned curve needs its trained ψ; use `--checkpoint` with a file from `train --checkpoint`."
            )
        return problem, None
    from core.training import checkpoint

    path = Path(arguments.checkpoint)
    made_for, state = checkpoint.read(path)
    problem = problem_of(arguments, made_for)
    if problem != made_for:
        raise ValueError(
            f"`{path}` contains its own problem, but the other flags describe a different one; leave them out."
        )
    if problem.interpolation != "learned":
        raise ValueError(
            f"`--checkpoint` is for learned curves only, but `{path}` contains a {problem.interpolation} curve. "
            "That curve is exact without training; give its problem instead."
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


def _write_frames(
    path: Path, problem: Problem, field: AbstractField, t: Tensor, grid: int | None, box: Box | None
) -> None:
    """Write the curve on a grid over `box`; if it is None, over a box around latent and target."""
    import numpy as np
    import torch

    from core.fields import grid_points
    from core.pictures.render import FINE, grid_axes

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
