"""Arguments of the commands, checked before any long computation."""

from __future__ import annotations

import math
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import checks
from core.budget import Budget
from core.files import check_writable, replace_file
from core.problem import Problem

if TYPE_CHECKING:
    from core.sampling.samples import Samples
    from core.store.records import StoredRun
    from core.types import Box

DEFAULT_SECONDS = 20.0
MOST_SAMPLES = 1_000_000
MOST_TIMES = 10_001


def problem_of(arguments: Namespace, base: Problem | None = None) -> Problem:
    """Build the problem from the file in `--problem` and the other flags; flags override the file.

    Args:
        arguments: the parsed arguments.
        base: problem to start from, if there is no file.

    Raises:
        ValueError: no target is given, or a value is outside its limits.
        OSError: the file cannot be read.
    """
    given = {key: value for key, value in vars(arguments).items() if value is not None}
    data: dict[str, Any] = {} if base is None else base.to_dict()
    if "problem" in given:
        data = Problem.from_json(Path(given["problem"]).read_text(encoding="utf-8")).to_dict()
    if "target_file" in given:
        from core.targets.local.file import load

        given["target"] = load(given["target_file"], given.pop("target.dim", None))
    if "standardise" in given and "points_file" not in given:
        raise ValueError("`--standardise` applies to the file in `--points`; add --points FILE.csv.")
    if "points_file" in given:
        given = _with_points(given)
    if "target" in given and given["target"] != data.get("target", {}).get("name"):
        data["target"] = {"name": given["target"]}
    if "target" not in data:
        raise ValueError(
            "A target is required: use --target NAME, --target-file FILE.py:NAME, --points FILE.csv or --problem P.json."
        )
    for key, value in given.items():
        group, _, name = key.rpartition(".")
        if group:
            data.setdefault(group, {})[name] = value
        elif key in ("interpolation", "sigma", "center", "beta_min", "beta_max", "seed"):
            data[key] = value
    return Problem.from_dict(data)


def _with_points(given: dict[str, Any]) -> dict[str, Any]:
    """Replace the file name in `--points` by the points in that file. Add a suitable σ and centre, unless flags give them.

    Notes about the file, for example on rows that were left out, are printed on standard error.

    Raises:
        ValueError: the file is not a table of points, or another target is given.
        OSError: the file cannot be read.
    """
    from core.targets.points import packed, read, scales

    if given.get("target", "points") != "points":
        raise ValueError("`--points` is a target of its own; leave out --target and --target-file.")
    with Path(given["points_file"]).open("rb") as file:
        table = read.read(file.read(read.MOST_BYTES + 1))
    rows = scales.standardised(table.rows) if given.get("standardise") else table.rows
    hint = () if given.get("standardise") or not scales.needs_standardising(rows) else (scales.HINT,)
    for note in (*table.notes, *hint):
        print(note, file=sys.stderr)
    suited = {"sigma": scales.suggested_sigma(rows), "center": "target"}
    return {**suited, **given, "target": "points", "target.points": packed.packed(rows)}


def budget_of(arguments: Namespace, saved: StoredRun | None = None) -> Budget:
    """The budget from `--seconds` or `--steps`; without these flags, the saved run's budget, or the default."""
    if arguments.seconds is None and arguments.steps is None:
        given = (None, None) if saved is None else (saved.result.budget_seconds, saved.result.budget_steps)
        return Budget(seconds=DEFAULT_SECONDS) if given == (None, None) else Budget(*given)
    return Budget(arguments.seconds, arguments.steps)


def checked_run(
    arguments: Namespace, saved: StoredRun | None = None
) -> tuple[Problem, Budget, Callable[[Samples], None]]:
    """Check all input before any long computation, including that output files can be written.

    Args:
        arguments: the parsed arguments.
        saved: a saved run to continue, whose problem and budget are the defaults.

    Returns:
        The problem, the budget and a function that writes the samples to the requested file, if any.
    """
    problem = problem_of(arguments, None if saved is None else saved.result.problem)
    if saved is not None and problem != saved.result.problem:
        raise ValueError(
            f"Run {saved.id} has its own problem, but the other flags describe a different one; leave them out."
        )
    return problem, budget_of(arguments, saved), checked_samples(arguments)


def checked_samples(arguments: Namespace) -> Callable[[Samples], None]:
    """Check the number of samples, and that the file for them can be written; returns a function that writes them."""
    checks.integer("num_samples", arguments.num_samples, 2, MOST_SAMPLES)
    path = writable(arguments.samples)
    return (lambda samples: None) if path is None else (lambda samples: _write(path, samples))


def writable(name: str | None) -> Path | None:
    """Check that an output file can be written; returns its path, or None if no file is requested.

    Raises:
        OSError: the file cannot be written.
    """
    if name is None:
        return None
    path = Path(name)
    check_writable(path)
    return path


def _write(path: Path, samples: Samples) -> None:
    from core.sampling import samples_file

    content = samples_file.encode(path.name, samples.x.numpy(), samples.log_weight.numpy())
    replace_file(path, lambda file: file.write(content))


def box_of(values: Any, dim: int) -> Box | None:
    """Parse `--box`: one pair (lower, upper) for all axes, or one pair for each axis."""
    if values is None:
        return None
    numbers = checks.numbers("--box", values, -1e8, 1e8, 2 * dim)
    if len(numbers) not in (2, 2 * dim):
        raise ValueError(f"`--box` needs 2 or {2 * dim} numbers; got {len(numbers)}.")
    pairs = [numbers[i : i + 2] for i in range(0, len(numbers), 2)] * (dim if len(numbers) == 2 else 1)
    if any(low >= high for low, high in pairs[:dim]):
        raise ValueError("`--box` needs the lower end of each axis before its upper end.")
    import torch

    from core.types import Box

    lower, upper = torch.tensor(pairs[:dim], dtype=torch.float64).T
    return Box(lower, upper)


def times_of(text: str) -> list[float]:
    """Parse `--times`: a list of times in [0, 1], or a number of evenly spaced times."""
    parts = text.split(",")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        raise ValueError(f"`--times` needs numbers such as 0.5,1; got {text!r}.") from None
    if len(values) == 1 and values[0] >= 2:
        count = checks.integer("--times", values[0], 2, MOST_TIMES)
        return [i / (count - 1) for i in range(count)]
    if any(not math.isfinite(value) or not 0 <= value <= 1 for value in values):
        raise ValueError(f"`--times` must lie between 0 and 1; got {text!r}.")
    if len(values) > MOST_TIMES:
        raise ValueError(f"`--times` allows at most {MOST_TIMES} times; got {len(values)}.")
    return values
