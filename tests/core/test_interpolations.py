"""The three trained curves (linear, learned, gradient flow): their ends, derivatives and residuals."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from core.interpolations.base import AbstractInterpolation, CurveValue
from core.interpolations.build import build_interpolation, build_latent, build_schedule, build_target
from core.interpolations.gradient_flow import GradientFlowInterpolation, bounded
from core.networks import ScalarDerivatives
from core.problem import INTERPOLATIONS, Problem, TargetSpec, TrainingSettings
from core.targets.base import energy_gradient
from tests.core.differences import by_time, divergence, gradient

SMALL = TrainingSettings(width=8, depth=2)
TARGETS = {
    "line": TargetSpec.of("two_modes", dim=1, weights=(1.0, 2.0)),
    "ring": TargetSpec.of("ring", num_modes=3),
    "off-centre": TargetSpec.of("mixture", means=((4.0, 0.0, 1.0), (7.0, 1.0, 0.0)), std=(0.5, 0.9)),
}
PROBLEMS = [
    pytest.param(Problem(spec, name, sigma=1.3, beta_max=6.0, training=SMALL), id=f"{name}-{place}")
    for name in INTERPOLATIONS
    for place, spec in TARGETS.items()
]
everywhere = pytest.mark.parametrize("problem", PROBLEMS)


def model_of(problem: Problem, *, strength: float = 30.0) -> AbstractInterpolation:
    """An untrained curve in float64, with network outputs `strength` times larger than usual."""
    model = build_interpolation(problem, torch.Generator().manual_seed(5), torch.float64)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("readout"):
                parameter.mul_(strength)
    return model


def points(problem: Problem, model: AbstractInterpolation) -> tuple[Tensor, Tensor]:
    """Points where the curve has mass, at times inside (0, 1)."""
    generator = torch.Generator().manual_seed(6)
    t = torch.linspace(0.2, 0.9, 12, dtype=torch.float64)
    x = torch.cat([build_target(problem).sample(6, generator), build_latent(problem).sample(6, generator)])
    if isinstance(model, GradientFlowInterpolation):
        x = model.cover(t, x, generator)
    return t, x


def ends(problem: Problem, t: float) -> tuple[Tensor, Tensor]:
    x = build_target(problem).sample(20, torch.Generator().manual_seed(7))
    return torch.full((20,), t, dtype=torch.float64), x


@everywhere
def test_curve_ends_at_the_target(problem: Problem) -> None:
    model, (t, x) = model_of(problem), ends(problem, 1.0)
    energy, slope = energy_gradient(build_target(problem), x)
    value = model.curve(t, x)
    assert torch.allclose(value.log_density, -energy)
    assert torch.allclose(value.score, -slope)


@everywhere
def test_curve_starts_at_the_latent(problem: Problem) -> None:
    """The gradient flow starts at the latent only before training, up to a constant and up to an error of order a(0), the factor by which
    its noise schedule shrinks the target."""
    problem = replace(problem, beta_max=20.0)
    model, (t, x) = model_of(problem), ends(problem, 0.0)
    tolerance = 1e-12
    if isinstance(model, GradientFlowInterpolation):
        nn.init.zeros_(model.correction.readout)
        tolerance = 2 * float(build_schedule(problem).shrink(t[0]) * x.abs().max())
    _, slope = energy_gradient(build_latent(problem), x)
    assert torch.allclose(model.curve(t, x).score, -slope, atol=tolerance)
    assert tolerance < 0.05 * float(slope.abs().max())


@everywhere
def test_time_derivative_matches_finite_differences(problem: Problem) -> None:
    model = model_of(problem)
    t, x = points(problem, model)
    expected = by_time(lambda time: model.curve(time, x).log_density, t)
    assert torch.allclose(model.curve(t, x).log_density_dt, expected, rtol=1e-6, atol=1e-7)


@everywhere
def test_score_matches_finite_differences(problem: Problem) -> None:
    model = model_of(problem)
    t, x = points(problem, model)
    expected = gradient(lambda place: model.curve(t, place).log_density, x)
    assert torch.allclose(model.curve(t, x).score, expected, rtol=1e-6, atol=1e-7)


@everywhere
def test_divergence_is_the_trace_of_the_jacobian(problem: Problem) -> None:
    model = model_of(problem)
    t, x = points(problem, model)
    expected = divergence(lambda place: model.curve(t, place).velocity, x)
    assert torch.allclose(model.curve(t, x).divergence, expected, rtol=1e-6, atol=1e-6)


@everywhere
def test_log_z_dt_is_the_time_derivative_of_log_z(problem: Problem) -> None:
    model = model_of(problem)
    t, x = points(problem, model)
    rate = model.curve(t, x).log_z_dt
    if isinstance(model, GradientFlowInterpolation):  # mass is conserved, and log Z is not known
        assert not rate.any()
        assert bool(model.log_z(t).isnan().all())
    else:
        assert torch.allclose(rate, by_time(model.log_z, t), rtol=1e-8)
        assert float(model.log_z(torch.zeros(1, dtype=torch.float64))) == pytest.approx(model.latent.log_z)


@everywhere
def test_every_parameter_gets_a_gradient(problem: Problem) -> None:
    model = model_of(problem)
    model(*points(problem, model)).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.any()), name


@everywhere
def test_untrained_residual_varies_in_space(problem: Problem) -> None:
    """The residual of an untrained model varies in x, so no function C_t of time alone could cancel it."""
    model = model_of(problem, strength=1.0)
    # A gradient flow that starts from a survey is nearly right without training.
    assert float(model(*points(problem, model)).detach().std()) > 1e-3


@everywhere
def test_field_values_have_the_precision_of_the_points(problem: Problem) -> None:
    model = model_of(problem)
    t, x = points(problem, model)
    rough, fine = model.float().evaluate(t, x), model.double().evaluate(t, x)
    assert rough.velocity.dtype == rough.divergence.dtype == rough.log_density.dtype == torch.float64
    assert not rough.velocity.requires_grad
    assert torch.allclose(rough.velocity, fine.velocity, rtol=1e-2, atol=1e-2)
    assert torch.allclose(fine.velocity, model.curve(t, x).velocity)


@everywhere
def test_velocities_agree_with_evaluate(problem: Problem) -> None:
    model = model_of(problem)
    t, x = points(problem, model)
    alone, whole = model.velocities(t, x), model.evaluate(t, x)
    assert torch.equal(alone.velocity, whole.velocity)
    assert torch.equal(alone.divergence, whole.divergence)
    assert not alone.velocity.requires_grad


@everywhere
def test_initial_weights_depend_on_the_seed_only(problem: Problem) -> None:
    first, same, other = (
        nn.utils.parameters_to_vector(
            build_interpolation(problem, torch.Generator().manual_seed(s)).parameters()
        )
        for s in (1, 1, 2)
    )
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("name", ["linear", "learned"])
def test_velocity_is_a_gradient(name: str) -> None:
    """A gradient satisfies ∂_x v_y = ∂_y v_x. Of all fields that generate a curve, the gradient has the least kinetic energy."""
    problem = Problem(TARGETS["ring"], name, training=SMALL)
    model = model_of(problem)
    t, x = points(problem, model)
    rows = [gradient(lambda place, i=i: model.evaluate(t, place).velocity[:, i], x) for i in range(2)]
    assert torch.allclose(rows[0][:, 1], rows[1][:, 0], rtol=1e-6)
    assert float(rows[0][:, 1].abs().max()) > 1e-3


def test_learned_correction_changes_the_middle_and_not_the_ends() -> None:
    problem = Problem(TARGETS["ring"], "learned", training=SMALL)
    model = model_of(problem)
    x = build_target(problem).sample(8, torch.Generator().manual_seed(0))
    linear = model_of(replace(problem, interpolation="linear"))
    for time, same in ((0.0, True), (0.5, False), (1.0, True)):
        t = torch.full((8,), time, dtype=torch.float64)
        gap = (model.evaluate(t, x).log_density - linear.evaluate(t, x).log_density).abs().max()
        assert (float(gap) < 1e-12) == same


def one_gaussian() -> Problem:
    target = TargetSpec.of("mixture", means=((3.0, -1.0),), std=0.6)
    return Problem(target, "gradient_flow", sigma=1.5, beta_max=8.0, training=replace(SMALL, start="fading"))


def test_gradient_flow_of_one_gaussian_is_exact_before_training() -> None:
    """Score, velocity and divergence are exact. The density is exact up to a factor that depends on time only."""
    problem = one_gaussian()
    model = model_of(problem, strength=0.0)
    t, x = points(problem, model)
    schedule, value = build_schedule(problem), model.curve(t, x)
    exact = build_target(problem).noised_log_density(x, schedule.shrink(t), schedule.noise(t))  # type: ignore[attr-defined]
    assert torch.allclose(value.score, exact.gradient)
    assert torch.allclose(
        value.divergence, schedule.beta(t) / 2 * (2 + schedule.sigma**2 * exact.laplacian), atol=1e-12
    )
    same_time = torch.full_like(t, 0.4)
    assert float(model(same_time, x).detach().std()) < 1e-10


def test_cover_shrinks_and_noises_the_given_points(generator: torch.Generator) -> None:
    problem = one_gaussian()
    model, schedule = model_of(problem), build_schedule(problem)
    center = build_target(problem).box.center
    for time in (0.0, 0.6, 1.0):
        t = torch.full((20_000,), time, dtype=torch.float64)
        x = model.cover(t, center.expand(len(t), 2), generator)
        a, n = float(schedule.shrink(t[0])), float(schedule.noise(t[0]))
        assert torch.allclose(x.mean(0), a * center, atol=5 * n / 141 + 1e-12)
        assert torch.allclose(x.std(0), torch.full((2,), n, dtype=x.dtype), rtol=0.03)


def test_schedule_satisfies_its_differential_equations() -> None:
    """a' = (β/2) a and (n²)' = −β σ² a², with a(1) = 1 and n(1) = 0; the default schedule has a(0) = e^{−5.025}."""
    schedule = build_schedule(Problem(TARGETS["ring"], sigma=2.0))
    t = torch.linspace(0.05, 0.95, 7, dtype=torch.float64)
    a, beta = schedule.shrink(t), schedule.beta(t)
    assert torch.allclose(by_time(schedule.shrink, t), beta / 2 * a, rtol=1e-8)
    variance_rate = by_time(lambda time: schedule.noise(time).square(), t)
    assert torch.allclose(variance_rate, -beta * 4 * a.square(), rtol=1e-7)
    start, end = torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert (float(schedule.shrink(end)), float(schedule.noise(end))) == (1, 0)
    assert float(schedule.shrink(start).log()) == pytest.approx(-5.025)
    assert (float(schedule.beta(start)), float(schedule.beta(end))) == pytest.approx((20.0, 0.1))


@pytest.mark.parametrize("part", ["log_density_dt", "score", "velocity", "divergence", "log_z_dt"])
def test_residual_depends_on_every_part(part: str, generator: torch.Generator) -> None:
    """Uniform stretching of a Gaussian is an exact solution. Changing any one part makes the residual non-zero."""
    x = torch.randn(5, 2, generator=generator, dtype=torch.float64)
    scalars = torch.ones(5, dtype=torch.float64)
    exact = {
        # At t = 0, v = x generates ρ_t = N(0, e^{2t} I), here with an extra factor e^t.
        "log_density": -x.square().sum(1) / 2,
        "log_density_dt": x.square().sum(1) - 1.0,
        "score": -x,
        "velocity": x,
        "divergence": 2 * scalars,
        "log_z_dt": scalars,
    }
    assert torch.allclose(CurveValue(**exact).residual, torch.zeros(5, dtype=torch.float64), atol=1e-12)
    spoilt = CurveValue(**{**exact, part: 1.1 * exact[part]})
    assert float(spoilt.residual.abs().max()) > 0.05


@pytest.mark.parametrize("reach", [0.5, 6.0, 60.0, 3000.0])
def test_default_schedule_maps_the_target_close_to_the_latent(reach: float) -> None:
    target = TargetSpec.of("mixture", means=[[reach, 0.0], [0.0, -reach]], std=0.1 * reach)
    problem = Problem(target, "gradient_flow", sigma=1.0)
    kept = build_schedule(problem).shrink(torch.zeros(1, dtype=torch.float64))
    assert build_schedule(problem).beta_max >= 20.0
    assert (
        float(kept) * build_target(problem).box.reach(torch.zeros(problem.target.dim))
        < 0.0501 * problem.sigma
    )
    assert build_schedule(replace(problem, beta_max=7.0)).beta_max == 7.0


@pytest.mark.parametrize("t", [0.05, 0.3, 0.7])
def test_float32_is_accurate_far_outside_the_targets_box(t: float, generator: torch.Generator) -> None:
    """Early in a gradient flow the energy is evaluated at x/a, hundreds of standard deviations away."""
    target = TargetSpec.of("two_modes", dim=8, mode_separation=6.0)
    problem = Problem(target, "gradient_flow", training=replace(SMALL, start="fading"))
    single, double = (
        build_interpolation(problem, torch.Generator(), dtype) for dtype in (torch.float32, torch.float64)
    )
    x = torch.randn(300, 8, generator=generator)
    x[:100, 0] *= 0.01  # near the ridge between the modes
    time = torch.full((300,), t)
    with torch.no_grad():
        found, exact = single.curve(time, x), double.curve(time.double(), x.double())
    # If rounding errors exceeded the sampling solver's tolerance, it would run out of steps.
    assert float((found.divergence.double() - exact.divergence).abs().max()) < 1e-3
    assert float((found.velocity.double() - exact.velocity).abs().max()) < 1e-4


@pytest.mark.parametrize("strength", [0.1, 3.0, 40.0])
def test_bounded_correction_has_the_derivatives_of_its_value(strength: float) -> None:
    """The derivatives of the bounded ψ = s (sin(t) x₁ + x₁ x₂) match finite differences."""

    def psi(t: Tensor, x: Tensor) -> ScalarDerivatives:
        slope = torch.stack([t.sin() + x[:, 1], x[:, 0]], dim=1)
        value = t.sin() * x[:, 0] + x[:, 0] * x[:, 1]
        dt = t.cos() * x[:, 0]
        return ScalarDerivatives(strength * value, strength * dt, strength * slope, torch.zeros_like(t))

    generator = torch.Generator().manual_seed(1)
    x = torch.randn(20, 2, generator=generator, dtype=torch.float64)
    t = torch.rand(20, generator=generator, dtype=torch.float64)
    found = bounded(psi(t, x), 3.0)

    def value(t: Tensor, x: Tensor) -> Tensor:
        return bounded(psi(t, x), 3.0).value

    assert float(found.value.abs().max()) <= 3.0
    step = 1e-5
    assert torch.allclose(found.dt, (value(t + step, x) - value(t - step, x)) / (2 * step), atol=1e-4)
    laplacian = torch.zeros_like(t)
    for axis in range(2):
        away = torch.zeros(2, dtype=torch.float64)
        away[axis] = step
        ahead, behind = value(t, x + away), value(t, x - away)
        assert torch.allclose(found.gradient[:, axis], (ahead - behind) / (2 * step), atol=1e-4)
        laplacian += (bounded(psi(t, x + away), 3.0).gradient - bounded(psi(t, x - away), 3.0).gradient)[
            :, axis
        ] / (2 * step)
    assert torch.allclose(found.laplacian, laplacian, atol=1e-3)


def test_bounding_hardly_changes_a_small_correction() -> None:
    small = ScalarDerivatives(
        *(torch.full(shape, 1e-3, dtype=torch.float64) for shape in ((5,), (5,), (5, 2), (5,)))
    )
    for bound in (3.0, math.inf):
        found = bounded(small, bound)
        assert all(
            torch.allclose(getattr(found, name), getattr(small, name), rtol=1e-5)
            for name in ("value", "dt", "gradient", "laplacian")
        )


def test_correction_of_the_monte_carlo_start_is_bounded_far_from_samples() -> None:
    """At six standard deviations, where the density is 18 nats below its maximum, even a network with a large output adds at most three
    nats."""
    problem = Problem(TargetSpec.of("gmm40"), "gradient_flow", training=SMALL)
    model = model_of(problem, strength=1e9)
    assert isinstance(model, GradientFlowInterpolation)
    t = torch.full((50,), 0.2, dtype=torch.float64)
    angle = torch.linspace(0, 6.28, 50, dtype=torch.float64)
    x = 6 * torch.stack([angle.cos(), angle.sin()], dim=1)
    added = model.evaluate(t, x).log_density - model.start(t, x).value
    assert 1 < float(added.abs().max()) <= model.start.correction_bound
