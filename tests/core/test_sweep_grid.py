"""Grids: the tasks that they list, and the errors of invalid grids."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from core.problem import Problem, TargetSpec
from core.store.records import TRAINING
from core.sweep.grid import MOST_TASKS, from_json, parse
from core.sweep.task import Effort, Task
from core.targets.registry import TARGETS

BASE: dict[str, Any] = {"target": {"name": "two_modes", "dim": 1}}
GRID: dict[str, Any] = {
    "base": BASE,
    "grid": {"target.mode_separation": [3, 6], "sigma": [1, 2], "interpolation": ["learned", "mala"]},
    "seeds": [0, 7],
    "budget": {"seconds": 5, "energy_calls": 1000},
    "num_samples": 100,
}


def test_grid_lists_every_combination_and_seed_in_order() -> None:
    grid = from_json(parse(GRID).to_json())
    assert len(grid.tasks) == 16
    assert len({task.key for task in grid.tasks}) == 16
    first, last = grid.tasks[0], grid.tasks[-1]
    problem = Problem(TargetSpec.of("two_modes", dim=1, mode_separation=3), "learned")
    assert first == Task(problem, TRAINING, Effort(seconds=5), 100)
    assert last.problem == replace(
        problem,
        target=TargetSpec.of("two_modes", dim=1, mode_separation=6),
        interpolation="linear",
        sigma=2,
        seed=7,
    )
    assert (last.kind, last.effort) == ("mala", Effort(energy_calls=1000))
    assert last.parameters == {"target.mode_separation": 6, "sigma": 2, "interpolation": "mala"}
    assert last.label == "target.mode_separation = 6, sigma = 2, interpolation = mala, seed 7"
    assert Task.from_dict(last.to_dict()) == last
    assert math.isnan(grid.seconds)


def test_list_of_problems_keeps_their_seeds() -> None:
    problems = [{**BASE, "seed": 3}, {"target": {"name": "ring"}, "interpolation": "smc"}]
    grid = parse({"problems": problems, "budget": {"seconds": 2}})
    assert [(t.kind, t.problem.seed, t.parameters) for t in grid.tasks] == [
        (TRAINING, 3, {"problem": 0}),
        ("smc", 0, {"problem": 1}),
    ]
    assert grid.seconds == 4


def test_equal_tasks_of_different_grids_have_equal_keys() -> None:
    one = parse({"base": BASE, "grid": {"sigma": [2.0]}, "budget": {"steps": 10}})
    other = parse({"problems": [{**BASE, "sigma": 2}], "budget": {"steps": 10}})
    assert one.tasks[0].key == other.tasks[0].key


@pytest.mark.mistyped
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"grids": {}}, "A grid has no `grids`"),
        ({"budget": None}, "budget: `budget` must be an object"),
        ({"budget": {"minutes": 1}}, "budget: `budget` has no `minutes`"),
        ({"budget": {"seconds": 1e9}}, "budget: `seconds` must lie between 0.1 and 3600"),
        ({"budget": {"energy_calls": 10}}, "grid at .*interpolation = learned: A curve needs a budget"),
        ({"budget": {"steps": 10}}, "grid at .*interpolation = mala: A sampler needs a budget"),
        ({"base": 1}, "`base` must be a problem"),
        ({"base": {}, "grid": {}}, "base: A problem needs a `target`"),
        ({"grid": [1]}, "`grid` must be an object"),
        ({"grid": {"sigma": 1}}, "`grid.sigma` must be a list of values"),
        ({"grid": {"sigma": [1, 1.0]}}, r"`grid.sigma` lists 1.0 twice"),
        ({"grid": {"sigma": [1, -1]}}, "grid at sigma = −1: `sigma` must lie between"),
        ({"grid": {"target.sides": [1]}}, "grid at target.sides = 1: .*sides"),
        ({"grid": {"speed": [1]}}, "`grid` has no axis `speed`"),
        ({"grid": {"network.width": [1]}}, "`grid` has no axis `network.width`"),
        ({"grid": {"seed": [1]}}, "use `seeds`"),
        ({"grid": {"interpolation": ["corrected"]}}, "`corrected` needs a trained curve"),
        ({"grid": {"interpolation": ["transport"]}}, "Optimal transport cannot be trained"),
        ({"grid": {"interpolation": ["training"]}}, "`interpolation` must be one of"),
        ({"grid": {"sigma": list(range(1, 500)), "beta_min": [i / 1000 for i in range(1, 99)]}}, f"at most {MOST_TASKS} tasks"),
        ({"seeds": [0.5]}, r"`seeds\[0\]` must be a whole number"),
        ({"seeds": [1, 1]}, "Two tasks are equal"),
        ({"num_samples": 1}, "`num_samples` must lie between 10"),
        ({"action": 1}, "`action` must be true or false"),
        ({"problems": [BASE]}, "either `problems` or `base` and `grid`"),
    ],
)  # fmt: skip
def test_error_of_a_grid_names_the_place_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        parse({**GRID, **changes})
    assert "\n" not in str(caught.value)


def test_data_that_is_not_a_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="A grid needs a `budget`"):
        parse({"base": BASE})
    with pytest.raises(ValueError, match="not valid JSON"):
        from_json("{")
    with pytest.raises(ValueError, match=r"problems\[0\]: a problem must be an object"):
        parse({"problems": [3], "budget": {"steps": 1}})


def test_python_function_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other process could compute it, and the store could not keep it."""
    monkeypatch.setitem(TARGETS, "mine", replace(TARGETS["ring"], is_local=True))
    with pytest.raises(ValueError, match="`mine` is a Python function of this process"):
        parse({"base": {"target": {"name": "mine"}}, "budget": {"steps": 1}})
