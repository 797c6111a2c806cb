"""Targets whose log Z, modes or exact samples are unknown: what is found from the energy alone, and how samples are scored without the
unknown ones."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import torch

from core.problem import Problem, TargetSpec
from core.results.metrics import report
from core.results.outcome import judge
from core.sampling.samples import Samples
from core.targets import registry
from core.targets.base import AbstractTarget, KnownTarget, energy_derivatives, energy_gradient, exact_samples
from core.targets.computed.anywhere import SurveyedTarget, survey
from core.targets.computed.on_grid import known_on_grid
from core.targets.covariances import CovarianceMixture
from core.targets.funnel import Funnel
from core.targets.lattice import Phi4Lattice
from core.targets.logistic_posterior import LogisticPosterior
from core.targets.particles import DoubleWellParticles
from core.targets.student_t import StudentMixture
from core.types import Points, Values
from tests.core.command_line import json_output

# These targets are tested every time: they have corners, unequal modes, a curved mode, or more than two dimensions. The others are in the
# long version of the test only.
FEW = ("laplace", "asymmetric_gmm", "banana", "coupled_wells")
# These targets have heavy tails, so their boxes contain less of the mass, or no method reaches all of it.
HEAVY = ("student_mixture", "funnel")


def build(name: str) -> KnownTarget:
    return registry.build(name, TargetSpec.of(name).values)


def of(name: str) -> Any:
    return name if name in FEW else pytest.param(name, marks=pytest.mark.long)


@pytest.mark.parametrize(
    "name", [of(name) for name in registry.TARGETS if name not in ("expression", *HEAVY)]
)
def test_hidden_box_and_scale_are_found_from_the_energy(name: str, generator: torch.Generator) -> None:
    target = build(name)
    with torch.no_grad():
        found = (known_on_grid if target.dim <= 2 else survey)(target.energy, target.dim)
    box = found.box if target.dim <= 2 else found.reach.box
    assert 0.4 < found.scale / target.scale < 2.5
    assert bool((box.upper - box.lower <= 2.6 * (target.box.upper - target.box.lower)).all())
    if (x := exact_samples(target, 20_000, generator)) is not None:
        inside = ((x >= box.lower) & (x <= box.upper)).all(1)
        assert float(inside.double().mean()) > 0.9995


@pytest.mark.long
def test_energy_in_many_dimensions_is_trained_and_judged_without_its_facts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    formula = ["--target", "expression", "--dim", "3", "--energy", "sum(i, 1, d, (x[i]**2 - 1)**2) - x1/2"]
    found = json_output(
        capsys, "train", *formula, "--steps", "2", "--width", "4", "--num-samples", "60", "--json"
    )
    assert found["num_modes"] == 8
    assert sum(found["mode_fractions"]) == pytest.approx(1.0)
    unknown = ("log_z_error", "energy_distance", "mode_tv", "modes_covered", "stray_fraction", "eubo", "emc")
    assert [found["metrics"][name] for name in unknown] == [None] * len(unknown)
    assert found["metrics"]["ess_fraction"] is not None
    assert found["floors"]["ess_fraction"] == 1.0


@pytest.mark.parametrize("name", ["logistic_posterior", "particles", "lattice"])
def test_report_of_a_target_with_unknown_facts_has_no_invented_numbers(
    name: str, generator: torch.Generator
) -> None:
    target = build(name)
    assert not isinstance(target, AbstractTarget)
    x = target.box.sample(40, generator)
    found = report(target, Samples(x, torch.zeros(40, dtype=torch.float64)), generator)
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert type(found).from_dict(json.loads(text)) is not None
    assert math.isnan(found.metrics.log_z_error)
    outcome = judge(found, 100, 10)
    assert "nan" not in f"{outcome.headline} {outcome.sentence}"
    assert (found.num_modes is None) == (target.modes is None)
    if target.weights is not None:  # the lattice's modes are equal by symmetry
        assert 0 <= found.metrics.mode_tv <= 1


def test_modes_in_many_dimensions_are_basins_of_descent() -> None:
    target = build_formula("sum(i, 1, d, 3*(x[i]**2 - 1)**2)", 3)
    assert isinstance(target, SurveyedTarget)
    assert torch.allclose(target.modes.abs(), torch.ones_like(target.modes), atol=1e-3)
    assert len(target.modes) == 8
    assert (target.log_z, target.weights) == (None, None)
    assert torch.equal(target.responsibilities(target.modes), torch.eye(8, dtype=torch.float64))


def test_curved_valley_has_one_mode() -> None:
    valley = "x1**2/4 + sum(i, 2, d, 4*(x[i] - x[i-1]**2/4)**2)"
    target = build_formula(valley, 4)
    assert isinstance(target, SurveyedTarget)
    assert len(target.modes) == 1
    assert float(target.modes.abs().max()) < 1e-3


def build_formula(energy: str, dim: int) -> KnownTarget:
    spec = TargetSpec.of("expression", energy=energy, dim=dim)
    return registry.build(spec.name, spec.values)


def test_funnel_is_a_gaussian_after_dividing_by_its_width() -> None:
    y = torch.cartesian_prod(*[torch.linspace(-7, 7, 281, dtype=torch.float64)] * 2)
    x = torch.stack([3 * y[:, 0], y[:, 1] * (1.5 * y[:, 0]).exp()], dim=1)
    log_density = math.log(3) + 1.5 * y[:, 0] - Funnel(2).energy(x)
    assert float(log_density.exp().sum() * (14 / 280) ** 2) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    "target", [Funnel(2), Funnel(50), StudentMixture(3.0)], ids=["2-D", "50-D", "Student-t"]
)
def test_box_of_heavy_tails_holds_its_stated_mass(target: AbstractTarget, generator: torch.Generator) -> None:
    x = target.sample(20_000, generator)
    inside = ((x >= target.box.lower) & (x <= target.box.upper)).all(1).double().mean()
    assert target.box_mass is not None
    assert float(inside) == pytest.approx(target.box_mass, abs=1e-3)


def test_student_mixture_is_normalised() -> None:
    """By quadrature in polar coordinates around one mode, with the radius as a quantile."""
    beyond = (torch.arange(4000, dtype=torch.float64) + 0.5) / 4000
    target = StudentMixture(3.0)
    radius = target._radius(beyond)
    angle = torch.linspace(0, 2 * math.pi, 65, dtype=torch.float64)[:-1]
    away = radius[:, None, None] * torch.stack([angle.cos(), angle.sin()], 1)
    own = (1 + radius.square() / 3) ** -2.5 / (2 * math.pi)
    ratio = (-target.energy((target.modes[0] + away).flatten(0, 1))).exp().view(4000, 64) / own[:, None]
    assert float(ratio.mean()) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("target", [CovarianceMixture, LogisticPosterior], ids=lambda kind: kind.__name__)
def test_closed_form_agrees_with_automatic_differentiation(
    target: type, generator: torch.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    density = registry.build("covariances", {"dim": 4}) if target is CovarianceMixture else target()
    x = density.box.sample(5, generator)
    found = energy_derivatives(density, x)
    monkeypatch.setattr("core.targets.base.closed_form", lambda density, x: None)
    expected = energy_derivatives(density, x)
    for name in ("value", "gradient", "laplacian"):
        assert torch.allclose(getattr(found, name), getattr(expected, name), rtol=1e-9)


def test_energy_of_four_particles_depends_on_their_distances_only(generator: torch.Generator) -> None:
    target = DoubleWellParticles()
    x = target.box.sample(6, generator)
    place = target.positions(x)
    assert torch.allclose(place.mean(1), torch.zeros(6, 2, dtype=torch.float64), atol=1e-12)
    turn = torch.linalg.qr(torch.randn(2, 2, generator=generator, dtype=torch.float64))[0]
    turned = (target.basis.T @ place[:, [2, 0, 3, 1]] @ turn).reshape(6, 6)
    assert torch.allclose(target.energy(turned), target.energy(x))


@pytest.mark.parametrize(("hopping", "count"), [(0.3, 2), (0.1, 1)])
def test_lattice_modes_are_minima(hopping: float, count: int) -> None:
    target = Phi4Lattice(3, hopping, 0.022)
    value, slope = energy_gradient(target, target.modes)
    assert len(target.modes) == count
    assert float(slope.abs().max()) < 1e-9
    nearby = target.modes + 0.05 * torch.randn(200, 1, 9, generator=torch.Generator().manual_seed(0)).double()
    assert bool((target.energy(nearby.flatten(0, 1)).view(200, -1) > value).all())


@pytest.mark.parametrize(
    ("cov", "part"),
    [
        (((1.0, 2.0, 1.0),), "`cov\\[0\\]` is not positive definite"),
        (((1.0, 0.0),), "must have 3 numbers, the upper triangle of a 2 × 2 matrix"),
        (((1.0, 0.0, 1.0),) * 3, "1 matrix or 2, one per mode; got 3"),
        ("1,0,1", "list of matrices"),
    ],
)
@pytest.mark.mistyped
def test_invalid_covariances_are_refused(cov: object, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        TargetSpec.of("mixture", means=((0.0, 0.0), (1.0, 1.0)), cov=cov)


def test_mixture_without_covariances_keeps_the_key_of_older_problems() -> None:
    assert "cov" not in Problem(TargetSpec.of("mixture")).to_dict()["target"]


def test_mixture_with_covariances_survives_json() -> None:
    problem = Problem(TargetSpec.of("mixture", means=((0.0, 0.0), (1.0, 1.0)), cov=((1.0, 0.5, 1.0),)))
    assert Problem.from_json(problem.to_json()) == problem
    assert not problem.target.is_mixture


def zero(x: Points) -> Values:
    return x.square().sum(1) / 2


@pytest.mark.parametrize("far", [0.0, 300.0])
def test_box_holds_the_mass_wherever_it_is(far: float, generator: torch.Generator) -> None:
    found = survey(lambda x: zero((x - far) / torch.tensor([1.0, 0.1, 20.0]).to(x)), 3)
    x = far + torch.randn(20_000, 3, generator=generator, dtype=torch.float64) * torch.tensor(
        [1.0, 0.1, 20.0]
    )
    box = found.reach.box
    assert bool(((x >= box.lower) & (x <= box.upper)).all())
    assert found.reach.held > 0.99999
    assert found.scale == pytest.approx(0.1, rel=0.3)
