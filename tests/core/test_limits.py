"""Estimates of memory and time, and the error messages for work that exceeds the limits."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from core import estimates, limits, machine
from core.__main__ import main
from core.budget import Budget
from core.estimates import Estimate
from core.interpolations.build import build_interpolation
from core.limits import Limits, check_command, check_exact, check_training, training_refusal
from core.pictures.render import FINE, STILL
from core.problem import INTERPOLATIONS, Problem, TargetSpec, TrainingSettings
from core.reference.errors import TooDearError

GENEROUS = Limits(bytes=4e9, seconds=3600.0)
LARGEST = TrainingSettings(width=512, depth=8, batch_size=8192)
SECONDS = Budget(seconds=10.0)


def grid_of(num_modes: int, dim: int) -> Problem:
    """A gradient flow to a mixture of many modes."""
    means = tuple(tuple(0.1 * ((7 * k + 3 * i) % 50) for i in range(dim)) for k in range(num_modes))
    return Problem(TargetSpec.of("mixture", means=means), "gradient_flow")


def trained(**settings: int) -> Problem:
    return Problem(TargetSpec.of("ring"), training=replace(LARGEST, **settings))


@pytest.mark.parametrize("name", ["width", "depth", "batch_size"])
def test_training_estimate_grows_with_every_size(name: str) -> None:
    values = (1, 2, 4) if name == "depth" else (16, 64, 256)
    costs = [estimates.training(trained(**{name: value})) for value in values]
    for less, more in pairwise(costs):
        assert less.bytes < more.bytes
        assert less.seconds < more.seconds


@pytest.mark.parametrize(("first", "second"), [((40, 3), (400, 3)), ((40, 3), (40, 64))])
def test_exact_estimate_grows_with_modes_and_dimensions(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    less, more = (estimates.exact(grid_of(*size), STILL) for size in (first, second))
    assert less.seconds < more.seconds
    assert less.bytes <= more.bytes


def test_curve_to_modes_on_one_line_needs_no_mesh() -> None:
    pair, ring = (estimates.exact(Problem(TargetSpec.of(name)), STILL) for name in ("shifted_pair", "ring"))
    assert pair.seconds < 0.2 * ring.seconds
    assert pair.bytes < ring.bytes


def test_exact_estimate_in_two_dimensions_grows_with_cells_and_times() -> None:
    problem = Problem(TargetSpec.of("ring"))
    few = estimates.profile(problem, 11)
    for more in (estimates.profile(problem, 101), estimates.profile(problem, 11, cells=512)):
        assert few.seconds < more.seconds
        assert few.bytes < more.bytes


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("dim", [2, 16])
def test_estimated_parameter_count_is_within_a_fifth(interpolation: str, dim: int) -> None:
    problem = Problem(
        TargetSpec.of("two_modes", dim=dim), interpolation, training=TrainingSettings(64, 3, start="fading")
    )
    model = build_interpolation(problem, torch.Generator().manual_seed(0))
    count = sum(p.numel() for p in model.parameters())
    assert estimates.num_parameters(problem) == pytest.approx(count, rel=0.2)


def test_estimate_of_a_measured_case_has_the_right_magnitude() -> None:
    """Measured with width 512, depth 8 and 8192 points: over 7 GB, and no step within 66 s."""
    cost = estimates.training(trained())
    assert 5e10 < cost.bytes < 1e12
    assert cost.seconds > 66


def test_step_that_does_not_fit_is_refused_with_a_suggestion() -> None:
    refusal = training_refusal(trained(), SECONDS, GENEROUS)
    assert refusal is not None
    assert "8 layers of 512 units and 8192 points" in refusal
    assert "GB of memory; the limit here is 4 GB" in refusal
    most = int(refusal.split("Up to ")[1].split()[0])
    assert 16 <= most < 8192
    assert training_refusal(trained(batch_size=most), SECONDS, GENEROUS) is None
    assert training_refusal(trained(batch_size=most + 1), SECONDS, GENEROUS) is not None


def test_narrower_layers_are_suggested_if_no_batch_fits() -> None:
    tight = Limits(bytes=estimates.training(trained(width=100, batch_size=16)).bytes, seconds=3600.0)
    refusal = training_refusal(trained(), SECONDS, tight)
    assert refusal is not None
    assert "With 16 points, layers of up to 100 units would fit." in refusal


def test_at_least_one_step_must_fit_into_the_budget() -> None:
    endless = Limits(bytes=1e15, seconds=1.0)
    problem = trained()
    with pytest.raises(ValueError, match=r"would take about .*; the limit here is 10 s"):
        check_training(problem, SECONDS, endless)


@pytest.mark.parametrize("target", ["ring", "gmm40", "many_well", "two_moons"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_defaults_of_the_page_are_never_refused(target: str, interpolation: str) -> None:
    problem = Problem(TargetSpec.of(target), interpolation)
    assert training_refusal(problem, Budget(seconds=1.0), Limits(1e9, 1.0)) is None
    if target != "many_well":
        check_exact(problem, FINE, Limits(1e9, limits.PAGE_SECONDS))


def test_expensive_exact_field_is_refused_in_one_sentence() -> None:
    with pytest.raises(TooDearError, match=r"gradient flow of 400 modes in 64 dimensions would take about .*; the limit here is 5 s") as caught:  # fmt: skip
        check_exact(grid_of(400, 64), STILL, Limits(1e12, 5.0))
    assert "\n" not in str(caught.value)


def test_largest_mixture_can_be_trained_within_the_pages_budget() -> None:
    assert (
        training_refusal(replace(grid_of(400, 64), interpolation="linear"), Budget(seconds=3.3), GENEROUS)
        is None
    )


def test_refusal_names_memory_before_time() -> None:
    assert Limits(1e9, 1.0).compared(Estimate(2e9, 9.0)) == "about 2 GB of memory; the limit here is 1 GB"
    assert Limits(1e9, 1.0).compared(Estimate(2e8, 9.0)) == "about 9 s; the limit here is 1 s"
    assert Limits(1e9, 60.0).compared(Estimate(2e8, 9000.0)) == "about 2.5 hours; the limit here is 60 s"


def test_environment_variables_set_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(limits.MEMORY, "1.5")
    monkeypatch.setenv(limits.SECONDS, "7")
    assert Limits.here(100.0) == Limits(1.5e9, 7.0)
    monkeypatch.setenv(limits.MEMORY, "much")
    with pytest.raises(ValueError, match="BOLTZMANN_MEMORY_GB must be a positive number"):
        Limits.here(100.0)


def test_container_limit_is_respected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("max\n")
    free = machine.available_memory()
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.current").write_text("2000000\n")
    assert machine.available_memory() == 3_000_000 < free
    (tmp_path / "memory.stat").write_text("anon 900000\ninactive_file 1000000\n")
    assert machine.available_memory() == 4_000_000


def test_available_memory_defaults_to_half_of_the_physical_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine, "MEMINFO", tmp_path / "none")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    assert machine.available_memory() > 1e8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("train --target ring --width 512 --depth 8 --batch-size 8192 --seconds 5", "points would fit"),
        ("exact --target ring --times 10001 --grid 1024", "Use fewer times or a coarser grid"),
        (
            "exact --target ring --times 10001 --grid 400 --frames out.npz",
            "Use fewer times or a coarser grid",
        ),
        ("exact --target ring --times 100000", "must lie between"),
        ("exact --target ring --grid 4096", "must lie between"),
        ("train --target ring --num-samples 1000000000", "must lie between"),
        ("train --target ring --num-steps 1000000000", "must lie between"),
    ],
)
def test_command_line_refuses_expensive_work_in_one_line(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    monkeypatch.setenv(limits.MEMORY, "4")
    monkeypatch.chdir(tmp_path)
    assert main(arguments.split()) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_profile_of_many_times_is_allowed() -> None:
    check_command(Problem(TargetSpec.of("shifted_pair")), 10_001, 128, 0)
