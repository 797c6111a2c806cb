"""The choice of the method that solves for the exact field of a problem."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from core.interpolations.build import build_interpolation
from core.problem import CURVES, Problem, TargetSpec, TrainingSettings
from core.reference.convolved_flow import ConvolvedFlow
from core.reference.displacement import DisplacementLine
from core.reference.displacement_plane import DisplacementPlane
from core.reference.errors import NoExactFieldError, UnfitDensityError
from core.reference.gaussian_flow import GaussianFlow
from core.reference.laplace import LaplaceField
from core.reference.line import LineField
from core.reference.plane import PlaneField
from core.reference.separable import SeparableField
from core.reference.solve import solve, solve_learned
from core.targets.registry import TARGETS
from core.types import Box

LINE = TargetSpec.of("two_modes", dim=1)
LAPLACE = TargetSpec.of("laplace")
PLANE = TargetSpec.of("two_modes", dim=2)
RING = TargetSpec.of("ring")
SPACE = TargetSpec.of("two_modes", dim=3)


def square(dim: int, half: float = 12.0) -> Box:
    side = torch.full((dim,), half, dtype=torch.float64)
    return Box(-side, side)


SPECS = [TargetSpec.of("many_well", dim=2), *(TargetSpec.of(name) for name in TARGETS if name != "many_well")]
# Pairs of a target and a curve that cannot be solved: the target's structure is too fine for its extent.
TOO_FINE = {
    ("funnel", "linear"),
    ("funnel", "gradient_flow"),
    ("banana", "gradient_flow"),
    ("student_mixture", "gradient_flow"),
}


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.dim <= 2], ids=lambda spec: spec.name)
@pytest.mark.parametrize("interpolation", CURVES)
def test_every_curve_up_to_dimension_two_has_an_exact_field_unless_it_must_be_trained(
    spec: TargetSpec, interpolation: str
) -> None:
    problem = Problem(spec, interpolation)
    if interpolation == "learned":
        with pytest.raises(NoExactFieldError, match="exact"):
            solve(problem)
    elif (spec.name, interpolation) in TOO_FINE:
        with pytest.raises(UnfitDensityError, match="too fine"):
            solve(problem)
    else:
        field = solve(problem)
        assert field.dim == spec.dim == len(field.box.lower)
        assert field.solver


METHODS = [
    (LINE, "linear", LineField),
    (LAPLACE, "linear", LaplaceField),
    (PLANE, "linear", SeparableField),
    (RING, "linear", PlaneField),
    (LINE, "gradient_flow", GaussianFlow),
    (PLANE, "gradient_flow", GaussianFlow),
    (SPACE, "gradient_flow", GaussianFlow),
    (LAPLACE, "gradient_flow", ConvolvedFlow),
    (LINE, "transport", DisplacementLine),
    (LAPLACE, "transport", DisplacementLine),
    (PLANE, "transport", DisplacementPlane),
]


@pytest.mark.parametrize(("target", "interpolation", "kind"), METHODS)
def test_each_problem_gets_the_most_accurate_method(
    target: TargetSpec, interpolation: str, kind: type
) -> None:
    assert type(solve(Problem(target, interpolation))) is kind


@pytest.mark.parametrize(
    ("target", "interpolation", "kind"),
    [
        (LAPLACE, "linear", LineField),
        (LINE, "gradient_flow", ConvolvedFlow),
        (PLANE, "gradient_flow", ConvolvedFlow),
        (PLANE, "linear", PlaneField),
    ],
)
def test_a_given_box_selects_a_method_that_solves_in_a_box(
    target: TargetSpec, interpolation: str, kind: type
) -> None:
    field = solve(Problem(target, interpolation), square(target.dim, 40.0))
    assert type(field) is kind


@pytest.mark.parametrize("interpolation", ["linear", "transport"])
def test_other_curves_in_three_dimensions_have_no_exact_field(interpolation: str) -> None:
    with pytest.raises(NoExactFieldError, match="dimension 3"):
        solve(Problem(SPACE, interpolation))


def test_learned_curve_in_three_dimensions_has_no_exact_field() -> None:
    problem = Problem(SPACE, "learned", training=TrainingSettings(width=4, depth=1))
    model = build_interpolation(problem, torch.Generator().manual_seed(0))
    with pytest.raises(NoExactFieldError, match="dimension 3"):
        solve_learned(model)


def test_given_box_and_number_of_cells_are_used() -> None:
    box = square(2)
    field = solve(Problem(PLANE), box, cells=24)
    assert isinstance(field, PlaneField)
    assert field.mesh.shape == (24, 24)
    assert torch.equal(field.box.lower, box.lower)
    assert torch.equal(field.box.upper, box.upper)


def test_untrainable_curve_is_rejected() -> None:
    problem = replace(Problem(PLANE), interpolation="transport")
    with pytest.raises(ValueError, match="interpolation"):
        build_interpolation(problem, torch.Generator().manual_seed(0))


def test_error_blames_the_box_when_a_three_dimensional_flow_is_given_one() -> None:
    """Without the box this flow can be solved, so the message must not blame the dimension."""
    problem = Problem(SPACE, "gradient_flow")
    assert solve(problem).dim == 3
    with pytest.raises(NoExactFieldError, match="box"):
        solve(problem, square(3))


def test_box_that_cuts_off_mass_is_rejected() -> None:
    for interpolation in ("linear", "gradient_flow", "transport"):
        with pytest.raises(NoExactFieldError, match=r"cuts off|box"):
            solve(Problem(PLANE, interpolation), square(2, 1.5))


@pytest.mark.parametrize("interpolation", ["linear", "gradient_flow"])
@pytest.mark.parametrize("target", [LINE, LAPLACE, PLANE])
@pytest.mark.parametrize("center", ["origin", "target"])
def test_grid_summary_matches_grid_motion_and_log_z(
    target: TargetSpec, interpolation: str, center: str
) -> None:
    field = solve(Problem(target, interpolation, center=center))
    times = torch.tensor([0.0, 0.4, 1.0], dtype=torch.float64)
    axes = (torch.linspace(-4, 4, 17, dtype=torch.float64),) * field.dim
    summary = field.grid_summary(times, axes)
    grid, motion = summary.value, field.motion(times)
    alone = field.on_grid(times, axes)
    torch.testing.assert_close(grid.velocity, alone.velocity, equal_nan=True)
    torch.testing.assert_close(grid.log_density, alone.log_density)
    torch.testing.assert_close(summary.motion.kinetic_energy, field.kinetic_energy(times))
    torch.testing.assert_close(summary.motion.max_speed, motion.max_speed)
    torch.testing.assert_close(motion.kinetic_energy, field.kinetic_energy(times))
    torch.testing.assert_close(summary.log_z, field.log_z(times))
