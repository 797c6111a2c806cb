"""Rendering: frames computed from an exact or a trained field."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from core.fields import AbstractPointwiseField
from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_interpolation, build_latent, build_target
from core.pictures.frames import Frames
from core.pictures.render import (
    HISTOGRAM_POINTS,
    Detail,
    empirical_frames,
    exact_frames,
    grid_axes,
    render,
    target_frames,
)
from core.problem import INTERPOLATIONS, Problem, TargetSpec, TrainingSettings
from core.reference.errors import NoExactFieldError
from core.reference.solve import solve
from core.results.evaluation import evaluate
from core.sampling.generators import exact_generator, sample_generator

COARSE = Detail(num_times=5, line=301, plane=61, particles=50, steps=20)
# An untrained network hardly moves points, so few steps and points suffice.
SHORT = replace(COARSE, line=101, plane=21, steps=4)
LINE = TargetSpec.of("two_modes", dim=1, weights=(1.0, 3.0))
PLANE = TargetSpec.of("ring", num_modes=3)
SPACE = TargetSpec.of("two_modes", dim=3)
everywhere = pytest.mark.parametrize("target", [LINE, PLANE, SPACE], ids=["line", "plane", "space"])
in_every_way = pytest.mark.parametrize("interpolation", INTERPOLATIONS)


def cell(frames: Frames) -> float:
    return float(np.prod([axis[1] - axis[0] for axis in frames.axes]))


def has_shapes(frames: Frames, detail: Detail, dim: int) -> bool:
    grid = {1: (detail.line,), 2: (detail.plane,) * 2}.get(dim, (HISTOGRAM_POINTS,) * 2)
    times, seen = detail.num_times, min(dim, 2)
    return (
        frames.density.shape == (times, *grid)
        and frames.velocity.shape == (times, *grid, seen)
        and frames.particles.shape[::2] == (times, seen)
        and frames.kinetic_energy.shape == frames.log_z.shape == frames.times.shape == (times,)
        and frames.samples.shape == (0, seen)
        and frames.dim == seen
    )


def learned_field(problem: Problem) -> tuple[Problem, AbstractInterpolation]:
    small = replace(problem, training=TrainingSettings(width=8, depth=1))
    return small, build_interpolation(small, torch.Generator().manual_seed(0))


@cache
def coarse_frames(problem: Problem) -> Frames:
    """Exact frames, computed once for all tests."""
    return exact_frames(problem, COARSE)


@pytest.mark.parametrize("target", [LINE, PLANE], ids=["line", "plane"])
@in_every_way
def test_exact_frames_have_shapes_and_normalised_densities(interpolation: str, target: TargetSpec) -> None:
    frames = coarse_frames(Problem(target, interpolation, sigma=1.5))
    assert has_shapes(frames, COARSE, target.dim)
    assert frames.source == "exact"
    assert (frames.density >= 0).all()
    np.testing.assert_allclose(frames.density.reshape(COARSE.num_times, -1).sum(axis=1) * cell(frames), 1)


@in_every_way
def test_exact_frames_beyond_two_dimensions_are_particles_or_missing(interpolation: str) -> None:
    problem = Problem(SPACE, interpolation)
    if interpolation == "gradient_flow":
        frames = exact_frames(problem, COARSE)
        assert frames.density.shape == (5, 61, 61)
        assert frames.particles.shape == (5, 50, 2)
        assert not frames.has_velocity
    else:
        with pytest.raises(NoExactFieldError):
            exact_frames(problem, COARSE)


@everywhere
@in_every_way
def test_trained_frames_have_shapes_and_round_trip(interpolation: str, target: TargetSpec) -> None:
    problem, field = learned_field(Problem(target, interpolation))
    frames = render(problem, field, "learned", SHORT)
    assert has_shapes(frames, SHORT, target.dim)
    assert frames.particles.shape[1] == SHORT.particles
    assert frames.has_velocity == (target.dim <= 2)
    assert Frames.unpack(frames.pack()).density.shape == frames.density.shape


@everywhere
@in_every_way
def test_trained_curve_has_its_residual_on_the_grid(interpolation: str, target: TargetSpec) -> None:
    problem, field = learned_field(Problem(target, interpolation))
    plain = render(problem, field, "learned", SHORT)
    with_residual = render(problem, field, "learned", replace(SHORT, residual=True))
    assert plain.residual is None
    if target.dim > 2:
        assert with_residual.residual is None
        return
    np.testing.assert_allclose(with_residual.velocity, plain.velocity)
    np.testing.assert_allclose(with_residual.density, plain.density)
    assert with_residual.residual is not None
    assert with_residual.residual.shape == with_residual.density.shape
    x = torch.cartesian_prod(*map(torch.from_numpy, with_residual.axes)).reshape(-1, target.dim).float()
    with torch.no_grad():
        expected = field(torch.full((len(x),), 0.75), x)
    np.testing.assert_allclose(with_residual.residual[3].ravel(), expected.numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("target", [LINE, PLANE], ids=["line", "plane"])
def test_exact_frames_have_no_residual(target: TargetSpec) -> None:
    frames = exact_frames(Problem(target, "gradient_flow"), replace(COARSE, residual=True))
    assert frames.residual is None


@pytest.mark.parametrize("target", [LINE, PLANE], ids=["line", "plane"])
@in_every_way
def test_first_frame_is_the_latent_and_last_the_target(interpolation: str, target: TargetSpec) -> None:
    problem = Problem(target, interpolation, sigma=1.5)
    frames = coarse_frames(problem)
    x = torch.cartesian_prod(*map(torch.from_numpy, frames.axes)).reshape(-1, target.dim)
    # The exact gradient flow starts close to the latent, not exactly at it.
    start = 1e-2 if interpolation == "gradient_flow" else 1e-3
    for index, density, tolerance in ((0, build_latent(problem), start), (-1, build_target(problem), 1e-3)):
        expected = (-density.energy(x)).exp().reshape(frames.density[index].shape).numpy()
        np.testing.assert_allclose(frames.density[index], expected, atol=tolerance * expected.max())


def test_first_grid_index_is_the_first_axis() -> None:
    problem = Problem(TargetSpec.of("mixture", means=((3.0, -1.0),), std=0.5))
    frames = target_frames(problem, COARSE)
    place = np.unravel_index(frames.density[-1].argmax(), frames.density[-1].shape)
    found = [axis[i] for axis, i in zip(frames.axes, place, strict=True)]
    assert found == pytest.approx([3, -1], abs=frames.axes[0][1] - frames.axes[0][0])


@in_every_way
def test_velocity_and_kinetic_energy_equal_the_fields(interpolation: str) -> None:
    problem = Problem(LINE, interpolation)
    field = solve(replace(problem, interpolation="linear") if interpolation == "learned" else problem)
    frames = exact_frames(problem, COARSE)
    x, t = torch.from_numpy(frames.axes[0])[:, None], torch.from_numpy(frames.times)
    middle = field.evaluate(t[2].expand(len(x)), x)
    np.testing.assert_allclose(frames.velocity[2], middle.velocity.numpy())
    np.testing.assert_allclose(frames.kinetic_energy, field.kinetic_energy(t).numpy())
    np.testing.assert_allclose(frames.log_z, field.log_z(t).numpy())


def test_kinetic_energy_on_the_grid_approximates_the_exact_one() -> None:
    """The exact field is wrapped in a plain field, so that `render` sums over the grid as for a trained field."""
    problem = Problem(TargetSpec.of("two_modes", dim=1, mode_separation=2.0))
    exact = solve(problem)

    class PlainField(AbstractPointwiseField):
        dim, evaluate, log_z = 1, exact.evaluate, exact.log_z

    frames = render(problem, PlainField(), "learned", COARSE)
    np.testing.assert_allclose(frames.kinetic_energy, exact.kinetic_energy(COARSE.times).numpy(), rtol=0.01)


@pytest.mark.parametrize("target", [LINE, PLANE], ids=["line", "plane"])
def test_linear_curve_has_a_velocity_on_the_grid(target: TargetSpec) -> None:
    """All grid points in the field's box, which holds all but e⁻²⁰ of the mass, have a velocity."""
    frames = coarse_frames(Problem(target, "linear", sigma=1.5))
    assert frames.has_velocity
    mass = frames.density / frames.density.reshape(5, -1).sum(1).reshape(5, *[1] * target.dim)
    unknown = ~np.isfinite(frames.velocity).all(-1)
    assert mass[unknown].sum() < 1e-8
    assert np.isfinite(frames.kinetic_energy).all()
    assert np.isfinite(frames.log_z).all()


def test_linear_curve_in_two_dimensions_carries_particles() -> None:
    problem = Problem(TargetSpec.of("two_modes", mode_separation=2.0, weights=(1.0, 3.0)), sigma=1.5)
    frames = exact_frames(problem, replace(COARSE, particles=400))
    noise = build_latent(problem).sample(400, sample_generator(problem))
    np.testing.assert_allclose(frames.particles[0], noise.numpy())
    share = build_target(problem).responsibilities(torch.from_numpy(frames.particles[-1])).mean(0)
    assert share.tolist() == pytest.approx([0.25, 0.75], abs=0.07)


def test_transport_in_one_dimension_renders_like_other_curves() -> None:
    problem = Problem(LINE, "transport")
    frames = exact_frames(problem, COARSE)
    assert has_shapes(frames, COARSE, 1)
    assert frames.has_velocity
    np.testing.assert_allclose(frames.kinetic_energy, frames.kinetic_energy[0])
    x = torch.from_numpy(frames.axes[0])[:, None]
    expected = (-build_target(problem).energy(x)).exp().numpy()
    known = np.isfinite(frames.density[-1])
    np.testing.assert_allclose(frames.density[-1][known], expected[known], atol=2e-3 * expected.max())


def test_transport_in_two_dimensions_renders_matched_samples() -> None:
    frames = exact_frames(Problem(PLANE, "transport"), COARSE)
    assert has_shapes(frames, COARSE, 2)
    assert not frames.has_velocity
    assert frames.particles.shape == (5, 50, 2)
    straight = (frames.particles[0] + frames.particles[-1]) / 2
    np.testing.assert_allclose(frames.particles[2], straight)
    np.testing.assert_allclose(frames.kinetic_energy, frames.kinetic_energy[0])


def test_gradient_flow_of_a_general_energy_renders() -> None:
    frames = exact_frames(Problem(TargetSpec.of("laplace"), "gradient_flow"), COARSE)
    assert has_shapes(frames, COARSE, 1)
    assert frames.has_velocity
    assert np.isfinite(frames.kinetic_energy).all()


@in_every_way
def test_untrained_learned_interpolation_renders_as_the_linear_curve(interpolation: str) -> None:
    linear, other = (coarse_frames(Problem(LINE, name, sigma=1.5)) for name in ("linear", interpolation))
    assert np.allclose(linear.density, other.density) == (interpolation != "gradient_flow")


def test_exact_particles_have_the_exact_mode_masses_even_if_the_curve_starts_fast() -> None:
    frames = exact_frames(
        Problem(TargetSpec.of("gmm40"), sigma=30.0), Detail(num_times=21, plane=61, particles=1000)
    )
    assert frames.mode_mass is not None
    assert frames.particle_mass is not None
    away = np.abs(frames.mode_mass - frames.particle_mass).sum(1) / 2
    # For this number of samples, even exact ones differ by 0.08.
    assert away[10] < 0.12


def test_particles_are_carried_from_the_latent_to_the_target() -> None:
    problem = Problem(PLANE, "gradient_flow")
    frames = exact_frames(problem, replace(COARSE, particles=400, steps=40))
    noise = build_latent(problem).sample(400, sample_generator(problem))
    np.testing.assert_allclose(frames.particles[0], noise.numpy())
    share = build_target(problem).responsibilities(torch.from_numpy(frames.particles[-1])).mean(0)
    assert share.tolist() == pytest.approx([1 / 3] * 3, abs=0.12)


@pytest.mark.parametrize(("target", "weights"), [(LINE, [0.25, 0.75]), (PLANE, [1 / 3] * 3)])
def test_mode_masses_end_at_the_weights(target: TargetSpec, weights: list[float]) -> None:
    frames = exact_frames(Problem(target, "gradient_flow"), replace(COARSE, particles=400))
    assert frames.mode_mass is not None
    assert frames.mode_mass.sum(1) == pytest.approx(np.ones(5), abs=1e-6)
    assert frames.mode_mass[-1].tolist() == pytest.approx(weights, abs=2e-3)
    if target.dim == 1:
        assert frames.particle_mass is None  # no particles are carried
    else:
        assert frames.particle_mass is not None
        assert frames.particle_mass[-1].tolist() == pytest.approx(weights, abs=0.12)


@pytest.mark.parametrize(
    "target",
    [SPACE, TargetSpec.of("laplace"), TargetSpec.of("double_well"), TargetSpec.of("many_well", dim=4)],
    ids=lambda target: target.name,
)
def test_failed_particles_are_in_no_mode(target: TargetSpec) -> None:
    problem, field = learned_field(Problem(target))
    paths = np.random.default_rng(0).normal(size=(5, 80, target.dim))
    paths[3, :20] = np.nan
    frames = render(problem, field, "learned", COARSE, paths)
    assert (frames.mode_mass is None) == (target.dim > 2)
    assert frames.particle_mass is not None
    assert frames.particle_mass.sum(1) == pytest.approx([1, 1, 1, 0.75, 1])


def test_given_paths_are_rendered_unchanged() -> None:
    problem, field = learned_field(Problem(SPACE))
    paths = np.random.default_rng(0).normal(size=(5, 80, 3))
    frames = render(problem, field, "learned", COARSE, paths)
    np.testing.assert_array_equal(frames.particles, paths[:, :50, :2])


@everywhere
def test_grid_covers_latent_and_target(target: TargetSpec) -> None:
    problem = Problem(target, sigma=2.0)
    axes = grid_axes(problem, COARSE)
    for density in (build_latent(problem), build_target(problem)):
        for i, axis in enumerate(axes):
            assert axis[0] <= float(density.box.lower[i]) + 1e-9
            assert axis[-1] >= float(density.box.upper[i]) - 1e-9
    assert len({round(float(axis[-1] - axis[0]), 9) for axis in axes}) == 1


@everywhere
def test_target_frames_do_not_change_over_time(target: TargetSpec) -> None:
    frames = target_frames(Problem(target), COARSE)
    assert has_shapes(frames, COARSE, target.dim)
    assert (frames.density == frames.density[:1]).all()
    assert frames.density[0].sum() * cell(frames) == pytest.approx(1, abs=0.01)


def test_empirical_frames_show_the_first_coordinates() -> None:
    axes = (np.linspace(-1, 1, 5),) * 2
    paths = np.zeros((2, 10, 4))
    paths[..., 3] = 100
    frames = empirical_frames("chains", np.array([0.0, 1.0]), axes, paths)
    assert frames.source == "chains"
    assert frames.particles.shape == (2, 10, 2)
    assert frames.density.sum(axis=(1, 2)) * cell(frames) == pytest.approx([1, 1])


def test_evaluation_noise_depends_on_the_problem_only() -> None:
    problem = Problem(PLANE, "gradient_flow")
    field = solve(problem)
    first, again = (evaluate(problem, field, 50) for _ in range(2))
    other = evaluate(replace(problem, seed=1), field, 50)
    assert torch.equal(first.samples.x, again.samples.x)
    assert first.report == again.report
    assert not torch.equal(first.samples.x, other.samples.x)
    assert torch.equal(first.flow.x[-1], first.samples.x)


def test_noise_and_exact_samples_use_separate_random_streams() -> None:
    problem = Problem(PLANE)
    seeds = {sample_generator(problem).initial_seed(), exact_generator(problem).initial_seed(), problem.seed}
    assert len(seeds) == 3


def test_pictures_never_check_the_type_of_a_field() -> None:
    folder = Path(__file__).resolve().parents[2] / "core" / "pictures"
    assert [
        path.name for path in folder.glob("*.py") if "isinstance(" in path.read_text(encoding="utf-8")
    ] == []
