"""The command `exact`: profiles of every curve, and grids in files."""

from __future__ import annotations

import json
import math
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.__main__ import main
from core.cli.exact import _bound
from core.interpolations.build import build_target
from core.problem import Problem, TargetSpec
from core.reference.transport import ends_distance
from core.reference.wasserstein import SquaredDistance
from tests.core.command_line import TINY, json_output, run


def test_exact_prints_the_laplace_values() -> None:
    done = run("exact", "--target", "laplace", "--mode-separation", "5", "--times", "0.5,1", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["times"] == [0.5, 1.0]
    assert result["kinetic_energy"] == pytest.approx([14.8520937002, 371.497668069], rel=1e-9)
    assert result["log_z"] == pytest.approx([0.398449002053, 0.689772519291], rel=1e-9)
    assert result["action"] > result["w2_squared"] > 0
    assert Problem.from_dict(result["problem"]).target == TargetSpec.of("laplace", mode_separation=5)


def test_exact_takes_a_number_of_times(capsys: pytest.CaptureFixture[str]) -> None:
    result = json_output(capsys, "exact", "--target", "two_modes", "--dim", "1", "--times", "3", "--json")
    assert result["times"] == [0, 0.5, 1]
    assert len(result["kinetic_energy"]) == len(result["log_z"]) == 3


LINE_ARGUMENTS = ["--target", "two_modes", "--dim", "1"]
PLANE_ARGUMENTS = ["--target", "two_modes", "--dim", "2", "--mode-separation", "2"]
PLACES = {"line": (LINE_ARGUMENTS, 1), "laplace": (["--target", "laplace"], 1), "plane": (PLANE_ARGUMENTS, 2)}
EXACT_CURVES = ["linear", "gradient_flow", "transport"]
GRID = 24
COLUMNS = ("log_z", "rate", "kinetic_energy", "max_speed", "overlap")


def only_json(text: str) -> Any:
    """Parse strict JSON, rejecting the NaN and Infinity that Python allows."""

    def refuse(constant: str) -> Any:
        raise AssertionError(f"{constant} is not valid JSON")

    return json.loads(text, parse_constant=refuse)


@dataclass(frozen=True)
class ExactRun:
    """Printed output and written frames of one call of `exact`."""

    interpolation: str
    dim: int
    text: str
    frames: dict[str, np.ndarray]


@pytest.fixture(scope="module", params=product(EXACT_CURVES, PLACES), ids="-".join)
def exact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ExactRun:
    """Results of `exact`, computed once for all tests."""
    interpolation, place = request.param
    arguments, dim = PLACES[place]
    out = tmp_path_factory.mktemp("exact") / "frames.npz"
    given = ["--interpolation", interpolation, "--times", "0,0.5,1", "--grid", str(GRID)]
    with redirect_stdout(StringIO()) as output:
        assert main(["exact", *arguments, *given, "--frames", str(out), "--json"]) == 0
    with np.load(out) as arrays:
        return ExactRun(interpolation, dim, output.getvalue(), dict(arrays))


def test_exact_returns_the_numbers_of_every_curve(exact: ExactRun) -> None:
    result = only_json(exact.text)
    assert result.keys() == {
        "method",
        "box",
        "times",
        *COLUMNS,
        "mode_mass",
        "action",
        "w2_squared",
        "w2_uncertainty",
        "change_at_half_resolution",
        "problem",
    }
    assert result["times"] == [0, 0.5, 1]
    for name in COLUMNS:
        assert len(result[name]) == 3
    for name in ("log_z", "rate", "kinetic_energy", "max_speed"):
        assert all(math.isfinite(value) for value in result[name])
    assert [len(end) for end in result["box"]] == [exact.dim, exact.dim]
    assert all(low < high for low, high in zip(*result["box"], strict=True))
    assert [sum(masses) for masses in result["mode_mass"]] == pytest.approx([1, 1, 1], abs=1e-5)
    assert result["action"] >= result["w2_squared"] * (1 - 1e-9)
    assert set(result["change_at_half_resolution"]) == {"kinetic_energy", "log_z"}
    assert Problem.from_dict(result["problem"]).interpolation == exact.interpolation


def test_exact_writes_its_frames(exact: ExactRun) -> None:
    frames, grid = exact.frames, (GRID,) * exact.dim
    assert frames["t"].tolist() == [0, 0.5, 1]
    assert frames["x"].shape == (*grid, exact.dim)
    assert frames["log_density"].shape == (3, *grid)
    assert frames["velocity"].shape == (3, *grid, exact.dim)
    assert frames["log_z"].shape == (3,)
    steps = np.diff(frames["x"][..., 0], axis=0)
    assert (steps > 0).all()
    np.testing.assert_allclose(steps, steps.flat[0])


@pytest.mark.parametrize("arguments", [LINE_ARGUMENTS, PLANE_ARGUMENTS])
def test_frames_end_at_the_density_of_the_target(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "frames.npz"
    result = json_output(
        capsys, "exact", *arguments, "--times", "1", "--grid", "32", "--frames", str(out), "--json"
    )
    target = build_target(Problem.from_dict(result["problem"]))
    with np.load(out) as frames:
        x = torch.from_numpy(frames["x"]).reshape(-1, target.dim)
        expected = -target.energy(x).numpy().reshape(frames["log_density"][0].shape)
        np.testing.assert_allclose(frames["log_density"][0], expected, rtol=1e-9)


def test_grid_sets_the_cells_of_the_solver(capsys: pytest.CaptureFixture[str]) -> None:
    result = json_output(capsys, "exact", "--target", "ring", "--times", "1", "--grid", "40", "--json")
    assert "40 × 40" in result["method"]


@pytest.mark.parametrize(
    ("arguments", "given", "box"),
    [
        (LINE_ARGUMENTS, "-11,9", [[-11], [9]]),
        (PLANE_ARGUMENTS, "-9,9", [[-9, -9], [9, 9]]),
        (PLANE_ARGUMENTS, "-9,10,-8,11", [[-9, -8], [10, 11]]),
    ],
)
def test_box_option_sets_the_solvers_box(
    arguments: list[str], given: str, box: list[list[float]], capsys: pytest.CaptureFixture[str]
) -> None:
    result = json_output(
        capsys, "exact", *arguments, f"--box={given}", "--grid", "24", "--times", "1", "--json"
    )
    assert result["box"] == box
    assert result["log_z"] == pytest.approx([0], abs=1e-3)


def test_action_beyond_two_dimensions_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--target", "two_modes", "--dim", "3", "--interpolation", "gradient_flow", "--times", "1"]
    result = json_output(capsys, "exact", *arguments, "--json")
    assert result["action"] is result["w2_uncertainty"] is None
    plane = ends_distance(Problem(TargetSpec.of("two_modes"))).value
    assert result["w2_squared"] == pytest.approx(plane + 0.3**2, rel=1e-8)
    assert result["kinetic_energy"][0] > 0


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--target", "mixture", "--means", "[[0,0]]", "--std", "0.9"], r"action 0\.0\d+, W₂² 0\.02$"),
        pytest.param(
            ["--target", "ring", "--interpolation", "transport"],
            r"action 16\.\d+, W₂² ≈ 16\.\d ± 0\.1 \(from samples\)$",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_sampled_distance_is_printed_with_its_uncertainty(
    arguments: list[str], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["exact", *arguments, "--grid", "64", "--times", "1"]) == 0
    assert re.search(shown, capsys.readouterr().out.splitlines()[-2])


def test_action_below_an_exact_distance_is_printed_with_its_uncertainty() -> None:
    line = _bound(8.99, 1e-3, SquaredDistance(9.0))
    assert line == "action 8.99 ± 0.00899 (from half the resolution), W₂² 9"
    assert _bound(9.01, 1e-3, SquaredDistance(9.0)) == "action 9.01, W₂² 9"
    assert _bound(None, math.nan, SquaredDistance(math.nan)) == "action unknown, W₂² unknown"
    assert (
        _bound(0.0202, 1e-3, SquaredDistance(0.047, 0.0312))
        == "action 0.0202, W₂² ≈ 0.0470 ± 0.03 (from samples)"
    )


@pytest.mark.parametrize(("arguments", "rows"), [(("--times", "0.5,1"), 2), (("--times", "2"), 2)])
@pytest.mark.parametrize("target", [["--target", "laplace"], [*PLANE_ARGUMENTS, "--grid", "24"]])
def test_exact_prints_a_row_for_each_time(
    arguments: tuple[str, ...], rows: int, target: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The output has the solver, the column names, a row for each time, the action, and the change at half the resolution."""
    assert main(["exact", *target, *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 + rows
    assert lines[1].split() == ["t", *COLUMNS]
    assert [float(line.split()[0]) for line in lines[2 : 2 + rows]] in ([0.5, 1.0], [0.0, 1.0])
    assert "W₂²" in lines[-2]
    assert "half" in lines[-1]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Checkpoints of short runs, by interpolation."""
    folder = tmp_path_factory.mktemp("checkpoints")
    paths = {name: folder / f"{name}.safetensors" for name in ("linear", "learned")}
    for name, path in paths.items():
        arguments = ["train", *LINE_ARGUMENTS, "--sigma", "2", "--interpolation", name, "--steps", "3", *TINY]
        with redirect_stdout(StringIO()):
            assert main([*arguments, "--num-samples", "10", "--checkpoint", str(path)]) == 0
    return paths


@pytest.mark.thorough
def test_exact_solves_a_trained_learned_curve(
    checkpoints: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, arguments = tmp_path / "frames.npz", ["--times", "0,0.5,1", "--json"]
    learned = ["exact", "--checkpoint", str(checkpoints["learned"]), "--frames", str(out)]
    result = json_output(capsys, *learned, "--grid", "1024", *arguments)
    linear = json_output(capsys, "exact", *LINE_ARGUMENTS, "--sigma", "2", *arguments)
    assert Problem.from_dict(result["problem"]).interpolation == "learned"
    assert result["log_z"][0] == pytest.approx(linear["log_z"][0], abs=1e-4)
    assert result["log_z"][2] == pytest.approx(linear["log_z"][2], abs=1e-4)
    assert abs(result["log_z"][1] - linear["log_z"][1]) > 1e-3
    assert result["action"] > result["w2_squared"]
    with np.load(out) as frames:
        mass = np.trapezoid(np.exp(frames["log_density"][1]), frames["x"][:, 0])
    assert np.log(mass) == pytest.approx(result["log_z"][1], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "flags", "named"),
    [
        ("learned", ["--sigma", "3"], "other flags"),
        ("learned", ["--target", "ring"], "other flags"),
        ("linear", [], "contains a linear curve"),
    ],
)
def test_exact_refuses_other_checkpoints(
    name: str, flags: list[str], named: str, checkpoints: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["exact", "--checkpoint", str(checkpoints[name]), *flags]) == 2
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)
    assert named in output.err


def test_frames_cover_the_given_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "frames.npz"
    json_output(
        capsys, "exact", *LINE_ARGUMENTS, "--box=-9,11", "--times", "1", "--frames", str(out), "--json"
    )
    x = np.load(out)["x"]
    assert (x.min(), x.max()) == (-9, 11)


def test_interrupt_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.reference.solve.solve", interrupted)
    assert main(["exact", "--target", "laplace"]) == 130
    assert capsys.readouterr() == ("", "python -m core exact: interrupted.\n")
