"""Energies that are Python functions: registration, checks before use, and sampling in one call."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import core
from core.budget import Budget
from core.problem import Problem, TargetSpec, TrainingSettings
from core.results.evaluation import evaluate
from core.targets import registry
from core.targets.base import AbstractTarget, energy_derivatives
from core.targets.computed.support import Energy
from core.targets.local.file import VARIABLE, load
from core.targets.local.register import register
from core.targets.mistakes import UnusableEnergyError
from core.training.loop import train
from tests.core.command_line import json_output

SMALL = TrainingSettings(width=4, depth=1, batch_size=16)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(VARIABLE, raising=False)
    before = set(registry.TARGETS)
    yield
    os.environ.pop(VARIABLE, None)  # a command sets it for its workers
    for name in set(registry.TARGETS) - before:
        del registry.TARGETS[name]


def bowl(x: torch.Tensor) -> torch.Tensor:
    return (x - 1).square().sum(1) / 2


def numpy_bowl(x: Any) -> Any:
    return ((x - 1) ** 2).sum(1) / 2


@pytest.mark.parametrize("dim", [pytest.param(1, marks=pytest.mark.long), 3])
def test_sample_energy_trains_and_samples_in_one_call(dim: int) -> None:
    result = core.sample_energy(bowl, dim, budget=Budget(steps=3), training=SMALL, num_samples=200)
    assert result.x.shape == (200, dim)
    assert float(result.weights.sum()) == pytest.approx(1.0)
    assert (result.weights @ result.x)[0] == pytest.approx(1.0, abs=0.6)
    assert result.log_z == pytest.approx(dim / 2 * math.log(2 * math.pi), abs=0.5)
    assert math.isnan(result.report.metrics.log_z_error) == (dim > 2)
    assert result.problem.is_local
    assert json.dumps(result.report.to_dict(), allow_nan=False)


def test_numpy_energy_is_trained_with_its_gradient() -> None:
    register("valley", numpy_bowl, 2, gradient=lambda x: x - 1)
    problem = Problem(TargetSpec("valley"), sigma=2.0, center="target", training=SMALL)
    *_, last = train(problem, Budget(steps=2))
    assert evaluate(problem, last.field, 50).report.metrics.num_failed == 0
    with pytest.raises(ValueError, match="no Laplacian"):
        next(iter(train(Problem(TargetSpec("valley"), "gradient_flow", training=SMALL), Budget(steps=1))))
    target = registry.build("valley", {})
    assert isinstance(target, AbstractTarget)
    with pytest.raises(ValueError, match="no Laplacian"):
        energy_derivatives(target, torch.zeros(2, 2).double())


def test_given_box_and_scale_replace_those_that_are_found() -> None:
    register("boxed", bowl, 3, box=([-9, -9, -9], [9, 9, 8]), scale=0.5)
    target = registry.build("boxed", {})
    assert (target.box.upper.tolist(), target.scale) == ([9, 9, 8], 0.5)


UNUSABLE: list[tuple[Any, Any, str]] = [
    (
        lambda x: x.square(),
        None,
        "wrong dimension: for x of shape (5, 2) it must have shape (5,); got (5, 2)",
    ),
    (lambda x: x[:, 2], None, "fails for x of shape (5, 2): IndexError"),
    (lambda x: numpy_bowl(x.numpy()), None, "must return a tensor; got ndarray"),
    (lambda x: bowl(x.detach()), None, "has no gradient"),
    (lambda x: bowl(x) + x.mean(), None, "depends on the other points"),
    (lambda x: (4 * bowl(x)).round() + 0 * x.sum(1), None, "not differentiable at x = ("),
    (numpy_bowl, lambda x: 1 - x, "gradient does not match the energy"),
    (numpy_bowl, lambda x: x[:, 0], "gradient has the wrong dimension"),
    (lambda x: x[:, 0].square() + 0 * x[:, 1], None, "no finite integral"),
    (lambda x: bowl(x) + x[:, 0].sqrt(), None, "not a number at x = ("),
]


@pytest.mark.parametrize(("energy", "gradient", "part"), UNUSABLE, ids=lambda item: str(item)[:24])
@pytest.mark.mistyped
def test_unusable_function_is_refused_in_one_sentence(energy: Energy, gradient: Any, part: str) -> None:
    with pytest.raises(UnusableEnergyError) as caught:
        register("mistake", energy, 2, gradient=gradient)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "mistake" not in registry.TARGETS


def test_slow_function_is_refused_with_its_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.targets.local.function.LEAST_SPEED", 1e12)
    with pytest.raises(UnusableEnergyError, match=r"too slow: \d+ points per second"):
        register("slow", bowl, 2)


@pytest.mark.parametrize("dim", [3, 4])
def test_density_without_a_finite_integral_is_refused_in_many_dimensions(dim: int) -> None:
    with pytest.raises(UnusableEnergyError, match="no finite integral"):
        register("open", lambda x: x[:, :2].square().sum(1) + 0 * x.sum(1), dim)


def test_name_must_be_new() -> None:
    for name in ("ring", "a b", ""):
        with pytest.raises(ValueError, match="needs a new name"):
            register(name, bowl, 2)


FILE = "import torch\n\ndim = 2\n\ndef mine(x):\n    return x.square().sum(1) / 2\n"


def test_target_file_is_trained_on_the_command_line_and_not_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my_model.py"
    path.write_text(FILE, encoding="utf-8")
    flags = ["--steps", "2", "--width", "4", "--num-samples", "50", "--json"]
    found = json_output(capsys, "train", "--target-file", f"{path}:mine", *flags)
    assert found["problem"]["target"] == {"name": "mine"}
    assert found["metrics"]["log_z_error"] is not None
    assert found["run"] is None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("my_model.py", "must have the form my_model.py:energy"),
        ("nothing.py:mine", "There is no file"),
        ("my_model.py:yours", "defines no function `yours`"),
        ("my_model.py:ring", "is a built-in target"),
        ("broken.py:mine", "`broken.py` fails: ZeroDivisionError"),
        ("open.py:mine", "number of coordinates is unknown"),
    ],
)
def test_wrong_target_file_is_refused(
    text: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my_model.py").write_text(FILE, encoding="utf-8")
    Path("broken.py").write_text("1/0", encoding="utf-8")
    Path("open.py").write_text(FILE.replace("dim = 2", ""), encoding="utf-8")
    with pytest.raises(ValueError, match=part):
        load(text)
    assert VARIABLE not in os.environ


def test_no_problem_file_can_name_a_python_file() -> None:
    for name in ("my_model.py:mine", "core.energies:sample_energy"):
        with pytest.raises(ValueError, match="`target` must be one of"):
            Problem.from_dict({"target": {"name": name}})


@pytest.mark.long
@pytest.mark.parametrize("name", ["double_well", "two_moons", "ring", "many_well"])
def test_training_with_the_box_that_is_found_is_as_good_as_with_the_known_one(name: str) -> None:
    spec = TargetSpec.of(name)
    target = registry.build(name, spec.values)
    register("hidden", target.energy, target.dim)
    ess = []
    for chosen in (spec, TargetSpec("hidden")):
        problem = Problem(chosen, "learned", sigma=spec.entry.sigma[2])
        *_, last = train(problem, Budget(steps=150))
        ess.append(evaluate(problem, last.field, 2000, thorough=False).report.metrics.ess_fraction)
    assert ess[1] > ess[0] - 0.01
