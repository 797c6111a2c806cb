"""Grids: all combinations of the values on several axes, as a list of tasks. A grid as JSON:

    {"base": {"target": {"name": "ring"}},
     "grid": {"sigma": [1, 3], "interpolation": ["linear", "mala"], "target.num_modes": [4, 8]},
     "seeds": [0, 1],
     "budget": {"seconds": 5}}

A list `problems` can replace `base` and `grid`.
"""

from __future__ import annotations

import copy
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from core import checks
from core.problem import Problem
from core.sampling.methods import METHODS
from core.store.records import TRAINING
from core.sweep.task import KINDS, Task, effort_of, short

MOST_TASKS, MOST_SEEDS, MOST_AXES = 10_000, 1000, 10
MOST_SEED = 2**31 - 1
DEFAULT_SAMPLES = 2000
# The axis that can list curves and samplers side by side.
CURVE = "interpolation"
_KEYS = ("name", "base", "grid", "problems", "seeds", "budget", "num_samples", "action")
_OF_PROBLEM = tuple(f.name for f in fields(Problem) if f.name != "seed")
_GROUPS = ("target", "training", "sampling")
_MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Grid:
    """The tasks of a sweep.

    Attributes:
        definition: the plain data that `parse` read, without the name.
        tasks: one for each combination and seed, in the order of the axes; the seeds vary fastest.
        axes: the values of each axis by name; empty for a list of problems.
        name: name for the study; empty if the data has none.
    """

    definition: Mapping[str, Any]
    tasks: tuple[Task, ...]
    axes: Mapping[str, tuple[Any, ...]]
    name: str = ""

    @property
    def seconds(self) -> float:
        """The budgets of all tasks together, in seconds; NaN if a budget counts steps or energy calls."""
        return sum(math.nan if task.effort.seconds is None else task.effort.seconds for task in self.tasks)

    def to_json(self) -> str:
        """The definition as JSON."""
        return json.dumps(self.definition)


def from_json(text: str) -> Grid:
    """Read a grid from JSON.

    Raises:
        ValueError: the text is not JSON, or not a valid grid.
    """
    if len(text) > _MOST_BYTES:
        raise ValueError(f"A grid has at most {_MOST_BYTES} characters; this one has {len(text)}.")
    try:
        return parse(json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"The grid is not valid JSON: {error}.") from error


def parse(data: Any) -> Grid:
    """Read a grid from plain data.

    Raises:
        ValueError: a key or a value is wrong. The message names its place in the data.
    """
    data = checks.known_keys("A grid", data, _KEYS)
    if "budget" not in data:
        raise ValueError('A grid needs a `budget`, such as {"seconds": 5}.')
    common = {
        "effort": _at("budget", lambda: effort_of(data["budget"])),
        "num_samples": data.get("num_samples", DEFAULT_SAMPLES),
        "with_action": data.get("action", True),
    }
    axes = _axes(data)
    seeds = _seeds(data)
    points = list(_problems(data) if "problems" in data else _points(data.get("base"), axes))
    _check_number(len(points) * max(len(seeds), 1))
    tasks = [task for point in points for task in _tasks(*point, seeds, common)]
    _check_distinct(tasks)
    definition = {key: copy.deepcopy(value) for key, value in data.items() if key != "name"}
    return Grid(definition, tuple(tasks), axes, _name(data))


def _at(place: str, read: Any) -> Any:
    """Call `read`; if it fails, put `place` in front of the error message."""
    try:
        return read()
    except (ValueError, TypeError) as error:
        raise ValueError(f"{place}: {error}") from error


def _name(data: Mapping[str, Any]) -> str:
    name = data.get("name", "")
    if not isinstance(name, str):
        raise ValueError(f"`name` must be a text; got {checks.brief(name)}.")
    return name


def _seeds(data: Mapping[str, Any]) -> tuple[int, ...]:
    """The seeds; empty if each problem keeps its own seed."""
    if "seeds" not in data:
        return ()
    seeds = checks.numbers("seeds", data["seeds"], 0, MOST_SEED, MOST_SEEDS)
    return tuple(checks.integer(f"seeds[{i}]", seed, 0, MOST_SEED) for i, seed in enumerate(seeds))


def _axes(data: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The values of each axis, with the names checked."""
    if "problems" in data:
        if wrong := [key for key in ("base", "grid") if key in data]:
            raise ValueError(f"A grid has either `problems` or `base` and `grid`; leave out `{wrong[0]}`.")
        return {}
    grid = data.get("grid", {})
    if not isinstance(grid, Mapping):
        raise ValueError(
            f"`grid` must be an object with a list of values for each axis; got {checks.brief(grid)}."
        )
    if len(grid) > MOST_AXES:
        raise ValueError(f"`grid` has at most {MOST_AXES} axes; this one has {len(grid)}.")
    axes = {name: _values(name, values) for name, values in grid.items()}
    _check_number(math.prod(len(values) for values in axes.values()))
    return axes


def _values(name: str, values: Any) -> tuple[Any, ...]:
    group, dot, rest = name.partition(".")
    if name == "seed":
        raise ValueError("`grid.seed` is not an axis; use `seeds`.")
    if not (group in _GROUPS and rest if dot else name in _OF_PROBLEM):
        known = ", ".join((*_OF_PROBLEM, *(f"{group}.NAME" for group in _GROUPS)))
        raise ValueError(f"`grid` has no axis `{name[:60]}`; it takes: {known}.")
    if not isinstance(values, list) or not values:
        raise ValueError(f"`grid.{name}` must be a list of values; got {checks.brief(values)}.")
    for i, value in enumerate(values):
        if value in values[:i]:
            raise ValueError(f"`grid.{name}` lists {checks.brief(value)} twice.")
    return tuple(values)


Point = tuple[str, Any, dict[str, Any]]


def _points(base: Any, axes: Mapping[str, tuple[Any, ...]]) -> Iterator[Point]:
    """For each combination: its place for error messages, its problem as plain data, and its parameters."""
    if not isinstance(base, Mapping):
        raise ValueError(
            f'`base` must be a problem, such as {{"target": {{"name": "ring"}}}}; got {checks.brief(base)}.'
        )
    for values in itertools.product(*axes.values()):
        parameters = dict(zip(axes, values, strict=True))
        problem = copy.deepcopy(dict(base))
        # Set a whole group, such as `target`, before its parts, such as `target.dim`.
        for name in sorted(parameters, key=lambda name: "." in name):
            _set(problem, name, parameters[name])
        place = ", ".join(f"{name} = {short(value)}" for name, value in parameters.items())
        yield f"grid at {place}" if place else "base", problem, parameters


def _set(problem: dict[str, Any], name: str, value: Any) -> None:
    group, dot, rest = name.partition(".")
    if not dot:
        problem[name] = (
            {"name": value} if name == "target" and isinstance(value, str) else copy.deepcopy(value)
        )
        return
    part = problem.setdefault(group, {})
    if not isinstance(part, dict):
        raise ValueError(f"base: `{group}` must be an object with keys; got {checks.brief(part)}.")
    part[rest] = copy.deepcopy(value)


def _problems(data: Mapping[str, Any]) -> Iterator[Point]:
    problems = data["problems"]
    if not isinstance(problems, list) or not problems:
        raise ValueError(f"`problems` must be a list of problems; got {checks.brief(problems)}.")
    for i, problem in enumerate(problems):
        if not isinstance(problem, Mapping):
            raise ValueError(
                f"problems[{i}]: a problem must be an object with keys; got {checks.brief(problem)}."
            )
        yield f"problems[{i}]", dict(problem), {"problem": i}


def _tasks(
    place: str,
    problem: dict[str, Any],
    parameters: dict[str, Any],
    seeds: tuple[int, ...],
    common: Mapping[str, Any],
) -> Iterator[Task]:
    """The tasks of one problem, one for each seed."""
    kind = problem.get(CURVE, TRAINING)
    if isinstance(kind, str) and kind in METHODS and kind in KINDS:
        problem = {key: value for key, value in problem.items() if key != CURVE}
    elif kind == "corrected":
        raise ValueError(f"{place}: `corrected` needs a trained curve, so a sweep cannot run it.")
    else:
        kind = TRAINING
    for seed in seeds or (problem.get("seed", 0),):
        own = {**problem, "seed": seed}
        yield _at(place, lambda own=own: Task(Problem.from_dict(own), kind, parameters=parameters, **common))


def _check_number(count: int) -> None:
    if count > MOST_TASKS:
        raise ValueError(f"A sweep has at most {MOST_TASKS} tasks; this one has {count}.")


def _check_distinct(tasks: list[Task]) -> None:
    seen = dict[str, Task]()
    for task in tasks:
        if (other := seen.setdefault(task.key, task)) is not task:
            raise ValueError(f"Two tasks are equal: {other.label}; and {task.label}.")
