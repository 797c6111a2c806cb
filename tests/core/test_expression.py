"""The target `expression`: what is computed about a typed energy agrees with the built-in targets that have the same energy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from core.__main__ import main
from core.problem import Problem, TargetSpec
from core.targets import registry
from core.targets.base import AbstractTarget, energy_derivatives, heavy_tails
from core.targets.computed.basins import basins
from core.targets.computed.on_grid import GridTarget
from core.targets.expression.target import expression
from core.targets.mistakes import UnusableEnergyError
from tests.core.command_line import json_output


def build(spec: TargetSpec) -> AbstractTarget:
    return registry.build(spec.name, spec.values)


# Built-in targets; the same energies as formulas, up to a constant; the parameters; and the constant.
PAIR = "-logsumexp(log(w) - ((x1 - m)**2 + x2**2)/(2*s**2), log(1 - w) - ((x1 + m)**2 + x2**2)/(2*s**2))"
SAME = [
    (TargetSpec.of("double_well"), "(x**2 - a**2/4)**2", {"a": 2.828427125}, 0.0),
    (TargetSpec.of("laplace"), "2*min(abs(x), abs(x - m))", {"m": 5}, 0.0),
    (
        TargetSpec.of("two_modes", weights=(1, 3)),
        PAIR,
        {"m": 2, "s": 0.7, "w": 0.75},
        math.log(2 * math.pi * 0.49),
    ),
    (
        TargetSpec.of("two_moons"),
        "((sqrt(x1**2 + x2**2 + 1e-12) - 2)/0.2)**2/2 - logsumexp(-((x1 + 2)/0.3)**2/2, -((x1 - 2)/0.3)**2/2)",
        {},
        0.0,
    ),
    (
        TargetSpec.of("ring", num_modes=5),
        "-logsumexp("
        + ", ".join(f"-((x1 - r*cos({k}*2*pi/5))**2 + (x2 - r*sin({k}*2*pi/5))**2)/0.98" for k in range(5))
        + ")",
        {"r": 2 / math.sin(math.pi / 5)},
        math.log(5 * 2 * math.pi * 0.49),
    ),
]


@pytest.mark.parametrize(
    ("spec", "formula", "parameters", "constant"), SAME, ids=lambda item: getattr(item, "name", "")
)
def test_typed_energy_agrees_with_the_built_in_target(
    spec: TargetSpec, formula: str, parameters: dict[str, float], constant: float, generator: torch.Generator
) -> None:
    known = build(spec)
    typed = build(TargetSpec.of("expression", energy=formula, dim=known.dim, parameters=parameters))
    x = known.box.sample(200, generator)
    found, expected = energy_derivatives(typed, x), energy_derivatives(known, x)
    assert torch.allclose(found.value + constant, expected.value, rtol=1e-9)
    assert torch.allclose(found.gradient, expected.gradient, rtol=1e-9, atol=1e-9)
    assert torch.allclose(found.laplacian, expected.laplacian, rtol=1e-9, atol=1e-7)
    assert typed.log_z == pytest.approx(known.log_z + constant, abs=2e-6)
    assert isinstance(typed, GridTarget)
    assert typed.log_z_error < 2e-6
    assert len(typed.modes) == len(known.modes)
    distances = torch.cdist(typed.modes, known.modes)
    near, which = distances.min(1)
    assert (
        float(near.max()) < 0.6 * known.scale
    )  # the built-in two moons lists the middles of its crescents as modes
    assert sorted(which.tolist()) == list(range(len(known.modes)))
    assert torch.allclose(typed.weights, known.weights[which], atol=2e-3)
    assert 0.4 < typed.scale / known.scale < 2.5
    assert [round(kink, 6) for kink in typed.kinks] == list(known.kinks)


UNUSABLE = [
    ("x1**2", 2, {}, "no finite integral"),
    ("0.5*log(1 + x**2)", 1, {}, "tails are too heavy"),
    ("log(1 + x1**2 + x2**2)", 2, {}, "no finite integral"),
    ("0.65*log(1 + x**2)", 1, {}, "a box that holds 99% of the mass"),
    ("x**3 - x", 1, {}, "falls without bound, as near"),
    ("x1**2 + x2**2 + 1/x1", 2, {}, "divide by nothing that can be zero"),
    ("sqrt(x) + x**2", 1, {}, "not a number at x = (-"),
    ("x**2/a", 1, {"a": 0}, "infinite at x = ("),
    ("3", 1, {}, "no finite integral"),
    ("(x1 - 2*x2)**2", 2, {}, "no finite integral"),
    ("(x1*x2)**2", 2, {}, "no finite integral"),
    ("x1**2 + x2**2 + 20*sin(1e6*x1)", 2, {}, "too fine for a grid"),
]


@pytest.mark.parametrize(("formula", "dim", "parameters", "part"), UNUSABLE, ids=lambda item: str(item)[:20])
def test_unusable_energy_is_refused_in_one_sentence(
    formula: str, dim: int, parameters: dict[str, float], part: str
) -> None:
    with pytest.raises(UnusableEnergyError) as caught:
        expression(formula, dim, parameters)
    assert part in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


FAR_AND_NARROW = [
    ("1e6*(x - 3)**2", 1, 0.5 * math.log(math.pi / 1e6)),
    ("(x - 700)**2/2", 1, 0.5 * math.log(2 * math.pi)),
    ("((x1 - 60)**2 + 100*(x2 + 60)**2)/2", 2, math.log(2 * math.pi / 10)),
    ("2*log(1 + x**2)", 1, math.log(math.pi / 2)),
    ("where(x < 0, -x, 2*x)", 1, math.log(1.5)),
]


@pytest.mark.parametrize(("formula", "dim", "log_z"), FAR_AND_NARROW)
def test_box_and_log_z_are_found_for_far_narrow_and_heavy_tailed_densities(
    formula: str, dim: int, log_z: float, generator: torch.Generator
) -> None:
    target = expression(formula, dim, {})
    assert target.log_z == pytest.approx(log_z, abs=3e-6)
    x = target.sample(5000, generator)
    assert bool(((x >= target.box.lower) & (x <= target.box.upper)).all())


# Energies with heavy tails, log Z in closed form, and the fraction of the mass beyond distance r along one axis on both sides.
HEAVY = [
    ("1.5*log(1 + x**2/2)", 1, 1.5 * math.log(2), lambda r: 1 - r / math.sqrt(2 + r * r)),
    ("log(1 + x**2)", 1, math.log(math.pi), lambda r: 1 - 2 / math.pi * math.atan(r)),
    ("2.5*log(1 + (x1**2 + x2**2)/3)", 2, math.log(2 * math.pi), None),
    ("1.5*log(1 + x1**2 + x2**2)", 2, math.log(2 * math.pi), None),
]


@pytest.mark.parametrize(("formula", "dim", "log_z", "beyond"), HEAVY)
def test_box_of_heavy_tails_holds_the_stated_mass(
    formula: str, dim: int, log_z: float, beyond: Callable[[float], float] | None, generator: torch.Generator
) -> None:
    target = expression(formula, dim, {})
    assert isinstance(target, GridTarget)
    assert target.log_z == pytest.approx(log_z, abs=1e-6)
    held, box = target.known.held, target.box
    assert 0.99 <= held < 1
    assert target.scale == pytest.approx(0.75, abs=0.2)
    assert target.modes.abs().max() < 1e-3
    x = target.sample(20_000, generator)
    inside = ((x >= box.lower) & (x <= box.upper)).all(1).double().mean()
    assert float(inside) == pytest.approx(held, abs=0.003)
    if beyond is not None:
        assert held == pytest.approx(1 - beyond(box.half_width), abs=1e-3)
        assert float((x.abs() > 3).double().mean()) == pytest.approx(beyond(3), abs=0.015)
    assert "holds 99." in heavy_tails(held)


def test_shallow_and_light_basins_belong_to_their_deeper_neighbour() -> None:
    x = torch.linspace(-4, 4, 801, dtype=torch.float64)
    energy = 4 * (x.abs() - 2).square() + 0.1 * (20 * x).cos()
    owner = basins(energy, (-energy).softmax(0))
    assert owner.unique().tolist() == [0, 1]
    assert len(owner[x < -0.2].unique()) == len(owner[x > 0.2].unique()) == 1


def test_problem_with_a_formula_survives_json() -> None:
    data: dict[str, Any] = {
        "name": "expression",
        "energy": "a*x**2 + b",
        "dim": 1,
        "parameters": {"b": 2, "a": 1.5},
    }
    problem = Problem.from_dict({"target": data})
    assert problem.to_dict()["target"] == {**data, "parameters": {"a": 1.5, "b": 2.0}}
    assert Problem.from_json(problem.to_json()) == problem
    assert problem.target == TargetSpec.of("expression", energy="a*x**2 + b", dim=1, parameters="a=1.5, b=2")
    assert hash(problem)


@pytest.mark.parametrize(
    ("parameters", "part"),
    [
        ({"b": 1}, "has no `b`; its parameters are: a"),
        ({"a": "x"}, "`a` must be a number"),
        ({"a": 1e9}, "`a` must lie between"),
        ({"sin": 1}, "have no other meaning"),
        ({"x1": 1}, "have no other meaning"),
        ({"a" * 30: 1}, "up to 20 letters"),
        ("a:1", "numbers by name"),
        (3, "numbers by name"),
        ({f"a{i}": 1 for i in range(20)}, "at most 12 names"),
    ],
    ids=str,
)
@pytest.mark.mistyped
def test_invalid_parameters_of_a_formula_are_refused(parameters: Any, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        TargetSpec.of("expression", energy="a*x1**2 + x2**2", parameters=parameters)


def test_command_line_solves_and_trains_on_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    target = [
        "--target",
        "expression",
        "--energy",
        "a*x**2 + b",
        "--dim",
        "1",
        "--parameter",
        "a=0.5",
        "--parameter",
        "b=1",
    ]
    found = json_output(capsys, "exact", *target, "--times", "1", "--json")
    assert found["log_z"][-1] == pytest.approx(0.5 * math.log(2 * math.pi) - 1, abs=1e-6)
    trained = json_output(
        capsys, "train", *target, "--steps", "2", "--width", "4", "--num-samples", "50", "--json"
    )
    assert trained["metrics"]["log_z_error"] is not None


def test_command_line_puts_a_caret_under_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exact", "--target", "expression", "--energy", "x1**2 + tg(x2)"]) == 2
    message, formula, caret = capsys.readouterr().err.splitlines()
    assert "there is no function `tg`" in message
    assert formula[caret.index("^") :] == "tg(x2)"
