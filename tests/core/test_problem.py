"""Problems: their text form, their keys, and the errors for invalid values."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from typing import Any, get_args

import pytest

from core import problem as words
from core.problem import INTERPOLATIONS, Problem, SamplingSettings, TargetSpec, TrainingSettings
from core.targets.parameters import Integer, Number
from core.targets.registry import TARGETS

RING = Problem(TargetSpec.of("ring"))
UNUSUAL = Problem(
    TargetSpec.of("mixture", means=[[0, 1.5, -2], [3, 4, 5]], std=[0.5, 1], weights=[1, 3]),
    interpolation="gradient_flow",
    sigma=2.5,
    center="target",
    beta_min=0.2,
    beta_max=12.0,
    seed=7,
    training=TrainingSettings(16, 2, 64, "adam", 0.003, "box"),
    sampling=SamplingSettings("tsit5", 20),
)
ALL = [Problem(TargetSpec.of(name), interpolation) for name in TARGETS for interpolation in INTERPOLATIONS]


def unnamed(problem: Problem) -> str:
    return f"{problem.target.name}-{problem.interpolation}"


@pytest.mark.parametrize("problem", [*ALL, UNUSUAL], ids=unnamed)
def test_problem_round_trips_through_json(problem: Problem) -> None:
    again = Problem.from_json(problem.to_json())
    assert again == problem
    assert hash(again) == hash(problem)
    assert again.key == problem.key


@pytest.mark.parametrize("problem", [RING, UNUSUAL], ids=unnamed)
def test_to_dict_is_plain_data(problem: Problem) -> None:
    assert Problem.from_dict(json.loads(json.dumps(problem.to_dict()))) == problem


def test_problems_of_all_targets_have_distinct_keys() -> None:
    assert len({problem.key for problem in ALL}) == len(set(ALL)) == len(ALL)


@pytest.mark.parametrize(
    "change",
    [
        {"interpolation": "learned"},
        {"sigma": 1.5},
        {"center": "target"},
        {"beta_min": 0.2},
        {"beta_max": 19.0},
        {"seed": 1},
        {"target": TargetSpec.of("ring", num_modes=7)},
        {"training": TrainingSettings(width=41)},
        {"sampling": SamplingSettings(num_steps=51)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_change_changes_the_key(change: dict[str, Any]) -> None:
    changed = replace(RING, **change)
    assert changed != RING
    assert changed.key != RING.key


def test_explicit_default_gives_an_equal_problem() -> None:
    explicit = Problem(TargetSpec.of("ring", num_modes=8.0, mode_separation=4), sigma=1)
    assert (explicit, explicit.key) == (RING, RING.key)


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("training", {"width": 40.0}),
        ("training", {"depth": 3.0}),
        ("training", {"batch_size": 1000.0}),
        ("sampling", {"num_steps": 200.0}),
    ],
    ids=str,
)
@pytest.mark.mistyped
def test_integral_floats_equal_integers(group: str, values: dict[str, float]) -> None:
    problem = Problem.from_dict({"target": {"name": "ring"}, group: values})
    ((name, value),) = values.items()
    same = Problem.from_dict({"target": {"name": "ring"}, group: {name: int(value)}})
    assert (problem, problem.key) == (same, same.key)
    assert type(getattr(getattr(problem, group), name)) is int


@pytest.mark.parametrize(("target", "points"), [("shifted_pair", 400), ("ring", 1000), ("many_well", 1000)])
def test_default_batch_size_depends_on_the_dimension(target: str, points: int) -> None:
    problem = Problem(TargetSpec.of(target))
    assert problem.training.num_points(problem.target.dim) == points
    assert replace(problem.training, batch_size=64).num_points(problem.target.dim) == 64


def test_integer_learning_rate_equals_the_float() -> None:
    whole, real = (replace(RING, training=TrainingSettings(learning_rate=rate)) for rate in (1, 1.0))
    assert (whole, whole.key) == (real, real.key)


def test_problems_are_frozen_and_hashable() -> None:
    assert {RING: 1}[Problem(TargetSpec.of("ring"))] == 1
    with pytest.raises(FrozenInstanceError):
        RING.sigma = 2.0  # type: ignore[misc]


@pytest.mark.parametrize("name", TARGETS)
def test_target_spec_has_all_parameters_in_registry_order(name: str) -> None:
    spec = TargetSpec.of(name)
    assert list(spec.values) == list(TARGETS[name].parameters)
    assert TargetSpec.from_dict(spec.to_dict()) == spec


@pytest.mark.parametrize("name", TARGETS)
def test_gradient_flow_has_a_gaussian_latent_for_every_target(name: str) -> None:
    assert Problem(TargetSpec.of(name), "gradient_flow").latent == "gaussian"
    assert Problem(TargetSpec.of(name), "linear").latent == TARGETS[name].latent


BAD_PROBLEMS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"sigma": 0}, ("`sigma`", "0.01", "1000", "got 0")),
    ({"sigma": float("nan")}, ("`sigma`", "0.01", "nan")),
    ({"sigma": "wide"}, ("`sigma`", "number", "'wide'")),
    ({"beta_min": 11}, ("`beta_min`", "0.001", "10", "got 11")),
    ({"beta_max": 0.5}, ("`beta_max`", "1", "100", "got 0.5")),
    ({"beta_min": 5, "beta_max": 4}, ("`beta_max`", "`beta_min` = 5", "got 4")),
    ({"seed": -1}, ("`seed`", "between 0", "got -1")),
    ({"seed": 2**31}, ("`seed`", str(2**31 - 1), str(2**31))),
    ({"seed": 0.5}, ("`seed`", "whole", "0.5")),
    ({"interpolation": "cubic"}, ("`interpolation`", "linear, learned, gradient_flow", "'cubic'")),
    ({"colour": 1}, ("`colour`", "sigma")),
    ({"target": {"name": "square"}}, ("`target`", "ring", "'square'")),
    ({"target": "ring"}, ("`target`", "name", "'ring'")),
    ({"target": {}}, ("`target`", "name")),
    ({"target": {"name": "ring", "radius": 2}}, ("`ring`", "`radius`", "num_modes")),
    ({"target": {"name": "gmm40", "std": 1}}, ("`gmm40`", "`std`", "none")),
    ({"target": {"name": "ring", "num_modes": 1}}, ("`num_modes`", "2", "64", "got 1")),
    ({"target": {"name": "ring", "num_modes": 3.5}}, ("`num_modes`", "whole", "3.5")),
    ({"target": {"name": "ring", "weights": [1, 2]}}, ("`weights`", "8 numbers", "got 2")),
    ({"target": {"name": "two_modes", "weights": [1, 0]}}, ("`weights[1]`", "10⁻⁶", "got 0")),
    ({"target": {"name": "mixture", "means": []}}, ("`means`", "1 to", "got 0")),
    ({"target": {"name": "mixture", "means": 3}}, ("`means`", "list of points", "got 3")),
    ({"target": {"name": "mixture", "means": [[0], [0, 1]]}}, ("`means`", "same dimension", "got 1, 2")),
    ({"target": {"name": "mixture", "means": [[0, "x"]]}}, ("`means[0][1]`", "number", "'x'")),
    ({"target": {"name": "mixture", "std": [1, 2, 3]}}, ("`std`", "2 numbers", "got 3")),
    ({"training": {"width": 3}}, ("`width`", "4", "512", "got 3")),
    ({"training": {"depth": 9}}, ("`depth`", "1", "8", "got 9")),
    ({"training": {"batch_size": 8}}, ("`batch_size`", "16", "8192", "got 8")),
    ({"training": {"optimiser": "sgd"}}, ("`optimiser`", "gauss_newton, adam", "'sgd'")),
    ({"training": {"learning_rate": 2}}, ("`learning_rate`", "1", "got 2")),
    ({"training": {"collocation": "none"}}, ("`collocation`", "mixed, box, trajectories", "'none'")),
    ({"training": {"speed": 1}}, ("`training`", "`speed`", "width")),
    ({"training": 3}, ("`training`", "object", "3")),
    ({"sampling": {"solver": "euler"}}, ("`solver`", "rk4", "tsit5", "'euler'")),
    ({"sampling": {"num_steps": 1}}, ("`num_steps`", "2", "10000", "got 1")),
]


@pytest.mark.parametrize(("change", "parts"), BAD_PROBLEMS, ids=lambda item: str(item)[:60])
@pytest.mark.mistyped
def test_error_names_the_value_and_the_allowed_range(change: dict[str, Any], parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is read below)
        Problem.from_dict({"target": {"name": "ring"}, **change})
    message = str(caught.value)
    assert all(part in message for part in parts), message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", "{}", "[" * 100_000])
def test_invalid_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="problem"):
        Problem.from_json(text)


def numeric_parameters() -> list[Any]:
    return [
        pytest.param(name, key, parameter, id=f"{name}-{key}")
        for name, entry in TARGETS.items()
        for key, parameter in entry.parameters.items()
        # `expression` is left out: its default formula has two coordinates, so it is invalid in one dimension.
        if isinstance(parameter, Number | Integer) and name != "expression"
    ]


@pytest.mark.parametrize(("name", "key", "parameter"), numeric_parameters())
def test_target_parameters_are_limited(name: str, key: str, parameter: Number | Integer) -> None:
    for good in (parameter.minimum, parameter.maximum):
        assert TargetSpec.of(name, **{key: good}).values[key] == good
    for bad in (parameter.minimum - 1, parameter.maximum + 1):
        with pytest.raises(ValueError, match=key):
            TargetSpec.of(name, **{key: bad})


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (words.Interpolation, words.INTERPOLATIONS),
        (words.Curve, words.CURVES),
        (words.Center, words.CENTERS),
        (words.Collocation, words.COLLOCATIONS),
        (words.Start, words.STARTS),
        (words.Device, words.DEVICES),
        (words.Optimiser, words.OPTIMISERS),
        (words.Solver, words.SOLVERS),
    ],
)
def test_literals_of_a_type_are_the_keys_of_its_table(kind: Any, table: Any) -> None:
    assert get_args(kind) == tuple(table)
