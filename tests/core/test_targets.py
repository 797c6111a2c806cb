"""Properties of every target and latent: energies, samples, modes and log Z."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.problem import TargetSpec
from core.targets import registry
from core.targets.base import (
    AbstractDensity,
    AbstractTarget,
    counted_energy,
    energy_derivatives,
    energy_gradient,
)
from core.targets.funnel import Funnel
from core.targets.laplace import LaplacePair
from core.targets.latent import GaussianLatent, LaplaceLatent
from core.targets.mixture import GaussianMixture, gmm40, ring, two_modes
from core.targets.moved import moved
from core.targets.student_t import StudentMixture
from core.targets.two_moons import TwoMoons

UNEVEN = {"std": (0.5, 1.5), "weights": (1.0, 4.0)}
# Targets for which something is unknown, and targets with curved modes.
UNKNOWN = ("lattice", "particles", "logistic_posterior")
CURVED = ("rings", "funnel", "banana")
KNOWN = [name for name in registry.TARGETS if name not in UNKNOWN]
SPECS = [
    *(TargetSpec.of(name) for name in KNOWN),
    TargetSpec.of("funnel", dim=10),
    TargetSpec.of("coupled_wells", dim=4, coupling=1.0),
    TargetSpec.of(
        "mixture", means=((0.0, 0.0), (4.0, 0.0)), cov=((1.0, 0.5, 1.0), (0.3, -0.2, 2.0)), weights=(1, 2)
    ),
    TargetSpec.of("two_modes", dim=1, mode_separation=0.0),
    TargetSpec.of("two_modes", dim=3, weights=(1.0, 9.0)),
    TargetSpec.of("mixture", means=((-1.0, 0.0), (2.0, 3.0)), **UNEVEN),
    TargetSpec.of("mixture", means=((50.0,), (53.0,)), **UNEVEN),
    TargetSpec.of("many_well", dim=2),
    TargetSpec.of("laplace", mode_separation=0.0),
    TargetSpec.of("laplace", mode_separation=20.0),
]
LATENTS = [
    GaussianLatent(0.4, 1),
    GaussianLatent(3.0, 2),
    GaussianLatent(3.0, 2, center=torch.tensor([20.0, -7.0]).double()),
    GaussianLatent(1.0, 5),
    LaplaceLatent(1.7),
    LaplaceLatent(1.7, center=torch.tensor([-4.5]).double()),
]
MOVED = [
    moved(LaplacePair(2.0), torch.tensor([-30.0]).double()),
    moved(TwoMoons(), torch.tensor([5.0, 40.0]).double()),
    gmm40().moved(torch.tensor([-90.0, 3.0]).double()),
]


def build(spec: TargetSpec) -> AbstractTarget:
    target = registry.build(spec.name, spec.values)
    assert isinstance(target, AbstractTarget)
    return target


def describe(item: TargetSpec | AbstractDensity) -> str:
    if isinstance(item, AbstractDensity):
        return f"{type(item).__name__}-{item.dim}d"
    return item.name


all_targets = pytest.mark.parametrize("spec", SPECS, ids=describe)
DENSITIES = [*map(build, SPECS), *LATENTS, *MOVED]
all_densities = pytest.mark.parametrize("density", DENSITIES, ids=describe)


def is_zero_mean(values: Tensor, sigmas: float = 5.0) -> bool:
    """Whether the mean of independent values is zero within its statistical error."""
    return bool((values.mean(0).abs() <= sigmas * values.std(0) / math.sqrt(len(values))).all())


def grid(density: AbstractDensity) -> tuple[Tensor, float]:
    """Grid points over twice the density's box, and the volume of a cell. In 1-D the grid contains every kink."""
    box, dim = density.box, density.dim
    reach = 2 * box.half_width
    if dim == 1:
        # Kinks lie at 0, m/2 and m, which are multiples of 1/400 here.
        ticks = torch.arange(-round(400 * reach), round(400 * reach) + 1, dtype=torch.float64) / 400
        return ticks[:, None] + box.center.round(decimals=2), 1 / 400
    ticks = torch.linspace(-reach, reach, 301, dtype=torch.float64)
    return torch.cartesian_prod(ticks, ticks) + box.center, float(ticks[1] - ticks[0]) ** 2


@pytest.mark.parametrize(
    "density",
    [d for d in DENSITIES if d.dim <= 2 and not isinstance(d, Funnel | StudentMixture)],
    ids=describe,
)
def test_log_z_is_the_log_of_the_integral(density: AbstractDensity) -> None:
    x, cell = grid(density)
    integral = torch.cat([(-density.energy(part)).exp() for part in x.split(50_000)]).sum() * cell
    assert math.log(integral) == pytest.approx(density.log_z, abs=1e-5)


@all_densities
def test_samples_follow_the_energy(density: AbstractDensity, generator: torch.Generator) -> None:
    """For samples of e^{-f} integration by parts gives E ∇f = 0 and E (x − c)·∇f = dim (the virial theorem)."""
    x = density.sample(20_000, generator)
    _, gradient = energy_gradient(density, x)
    virial = ((x - density.box.center) * gradient).sum(1)
    assert is_zero_mean(gradient)
    assert is_zero_mean(virial - density.dim)


@all_densities
def test_virial_test_detects_a_wrong_width(density: AbstractDensity, generator: torch.Generator) -> None:
    wide = density.box.center + 1.1 * (density.sample(20_000, generator) - density.box.center)
    _, gradient = energy_gradient(density, wide)
    assert not is_zero_mean(((wide - density.box.center) * gradient).sum(1) - density.dim)


@all_densities
def test_box_contains_nearly_all_mass(density: AbstractDensity, generator: torch.Generator) -> None:
    x = density.sample(20_000, generator)
    inside = ((x >= density.box.lower) & (x <= density.box.upper)).all(1)
    assert inside.double().mean() > 0.997


@all_densities
def test_samples_are_reproducible_for_a_seed(density: AbstractDensity) -> None:
    first, second, other = (density.sample(5, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert first.shape == (5, density.dim)
    assert first.dtype == torch.float64


@all_densities
def test_kinks_are_where_the_slope_jumps(density: AbstractDensity) -> None:
    for kink in density.kinks:
        x = torch.tensor([[kink - 1e-9], [kink + 1e-9]], dtype=torch.float64)
        _, slope = energy_gradient(density, x)
        assert (slope[1] - slope[0]).abs() > 0.5


@all_targets
def test_mean_responsibilities_are_the_weights(spec: TargetSpec, generator: torch.Generator) -> None:
    target = build(spec)
    share = target.responsibilities(target.sample(20_000, generator))
    assert torch.allclose(share.sum(1), torch.ones(len(share), dtype=share.dtype))
    assert is_zero_mean(share - target.weights)
    assert float(target.weights.sum()) == pytest.approx(1.0)


@pytest.mark.parametrize("name", KNOWN)
def test_each_mode_is_assigned_to_itself(name: str) -> None:
    target = build(TargetSpec.of(name))
    owner = target.responsibilities(target.modes).argmax(1)
    assert owner.tolist() == list(range(len(target.modes)))


@all_targets
def test_dimension_and_modes_are_known_without_building(spec: TargetSpec) -> None:
    target = build(spec)
    assert spec.dim == target.dim == target.modes.shape[1], "see `count_dimensions` in the registry's row"
    assert registry.num_modes(spec.name, spec.values) == len(target.modes), (
        "see `count_modes` in the registry's row"
    )


@pytest.mark.parametrize("name", KNOWN)
def test_gradient_vanishes_at_smooth_modes(name: str) -> None:
    """The gradient is measured in units of 1/`scale`. Neighbouring modes of GMM-40 contribute up to 0.4."""
    target = build(TargetSpec.of(name))
    _, slope = energy_gradient(target, target.modes)
    is_smooth = torch.ones(len(target.modes), dtype=torch.bool)
    if target.kinks:
        is_smooth = (target.modes - torch.tensor(target.kinks)).abs().min(1).values > 1e-9
    assert (target.scale * slope[is_smooth].abs() < 0.5).all()


@pytest.mark.parametrize("name", [name for name in KNOWN if name not in CURVED])
def test_scale_matches_the_width_of_a_mode(name: str, generator: torch.Generator) -> None:
    """`scale` is compared with the samples' standard deviation within their mode, along its narrowest coordinate."""
    target = build(TargetSpec.of(name))
    x = target.sample(20_000, generator)
    owner = target.responsibilities(x).argmax(1)
    spreads = [x[owner == mode].std(0).min() for mode in owner.unique() if (owner == mode).sum() > 50]
    spread = float(torch.stack(spreads).median())
    assert 0.4 < target.scale / spread < 2.5


@pytest.mark.parametrize("name", ["many_well", "few_modes", "coupled_wells"])
def test_log_z_matches_importance_sampling_in_high_dimensions(name: str, generator: torch.Generator) -> None:
    """`E q/e^{-f} = 1/Z` over exact samples for any normalised q. Here q is a slightly narrow mixture fitted to the modes."""
    target = build(TargetSpec.of(name))
    fitted, x = target.sample(20_000, generator), target.sample(20_000, generator)
    ratio = (_narrow_fit(target, fitted, x) + target.energy(x) + target.log_z).exp()
    error = float(ratio.std() / math.sqrt(len(ratio)))
    assert error < 0.05
    assert float(ratio.mean()) == pytest.approx(1.0, abs=5 * error)


def _narrow_fit(target: AbstractTarget, samples: Tensor, x: Tensor) -> Tensor:
    """The log-density at x of a mixture with one Gaussian per mode and 0.9 times the samples' standard deviation."""
    owner = target.responsibilities(samples).argmax(1)
    parts = [samples[owner == mode] for mode in owner.unique() if (owner == mode).sum() > 50]
    logs = [
        torch.distributions.Normal(part.mean(0), 0.9 * part.std(0)).log_prob(x).sum(1) + math.log(len(part))
        for part in parts
    ]
    return torch.stack(logs).logsumexp(0) - math.log(sum(len(part) for part in parts))


@all_targets
def test_float32_energy_matches_float64(spec: TargetSpec, generator: torch.Generator) -> None:
    target = build(spec)
    x = target.sample(50, generator)
    rough = build(spec).to(torch.float32).energy(x.float())
    assert rough.dtype == torch.float32
    assert torch.allclose(rough.double(), target.energy(x), rtol=1e-3, atol=1e-3)


@all_targets
def test_building_and_sampling_keep_the_global_random_state(spec: TargetSpec) -> None:
    before = torch.get_rng_state()
    build(spec).sample(3, torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), before)


@all_targets
def test_the_default_sigma_lies_in_its_range(spec: TargetSpec) -> None:
    low, high, default = spec.entry.sigma
    assert low <= default <= high


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_energy_derivatives_of_a_gaussian(dim: int, generator: torch.Generator) -> None:
    target = GaussianMixture(torch.ones(1, dim), 0.5)
    x = target.sample(7, generator)
    found = energy_derivatives(target, x)
    assert torch.allclose(found.value, target.energy(x))
    assert torch.allclose(found.gradient, (x - 1) / 0.25)
    assert torch.allclose(found.laplacian, torch.full((7,), dim / 0.25, dtype=torch.float64))


def test_energy_derivatives_of_a_piecewise_linear_energy(generator: torch.Generator) -> None:
    pair = LaplacePair(5.0)
    x = torch.tensor([[-1.0], [1.0], [4.0], [6.0]], dtype=torch.float64)
    found = energy_derivatives(pair, x)
    assert found.gradient[:, 0].tolist() == [-2, 2, -2, 2]
    assert found.laplacian.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("dim", [1, 2, 4])
def test_noised_log_density_matches_the_noised_mixture(dim: int, generator: torch.Generator) -> None:
    """The closed form of value, score and Laplacian agrees with automatic differentiation of the energy of `noised`."""
    target = GaussianMixture(3 * torch.randn(3, dim, generator=generator), [0.3, 0.7, 2.0], [1, 2, 3])
    for shrink, noise in ((1.0, 0.0), (0.6, 0.8), (0.01, 3.0)):
        noised = target.noised(shrink, noise)
        x = noised.sample(20, generator)
        sizes = (torch.full((20,), size, dtype=torch.float64) for size in (shrink, noise))
        found, expected = target.noised_log_density(x, *sizes), energy_derivatives(noised, x)
        assert torch.allclose(found.value, -expected.value, rtol=1e-12)
        assert torch.allclose(found.gradient, -expected.gradient, rtol=1e-10)
        assert torch.allclose(found.laplacian, -expected.laplacian, rtol=1e-9)


def test_noised_mixture_matches_noised_samples(generator: torch.Generator) -> None:
    target = GaussianMixture([[-2.0], [3.0]], [0.5, 1.0], [1, 2])
    noise = torch.randn(20_000, 1, generator=generator, dtype=torch.float64)
    x = 0.7 * target.sample(20_000, generator) + 0.4 * noise
    noised = target.noised(0.7, 0.4)
    _, gradient = energy_gradient(noised, x)
    assert is_zero_mean(gradient)
    assert is_zero_mean((x * gradient).sum(1) - 1)
    assert is_zero_mean(noised.responsibilities(x) - noised.weights)


def test_gmm40_has_the_published_means() -> None:
    target = gmm40()
    published = torch.tensor([[-0.2995, 21.4577], [-32.9218, -29.4376]], dtype=torch.float64)
    assert torch.allclose(target.modes[:2], published, atol=5e-5)
    assert target.modes.shape == (40, 2)
    assert target.std.unique().tolist() == [pytest.approx(1.3132617, abs=1e-7)]
    assert target.weights.unique().tolist() == [1 / 40]


@pytest.mark.parametrize("num_modes", [2, 3, 8, 64])
def test_neighbours_on_a_ring_are_mode_separation_apart(num_modes: int) -> None:
    modes = ring(num_modes, 4.0, 0.7, None).modes
    apart = (modes - modes.roll(1, 0)).norm(dim=1)
    assert torch.allclose(apart, torch.full_like(apart, 4.0))
    assert torch.allclose(modes.mean(0), torch.zeros(2, dtype=torch.float64), atol=1e-12)


def test_two_modes_are_mode_separation_apart_on_the_first_axis() -> None:
    assert two_modes(6.0, 0.7, None, 3).modes.tolist() == [[-3, 0, 0], [3, 0, 0]]


def test_asymmetric_mixture_has_the_published_parameters() -> None:
    target = build(TargetSpec.of("asymmetric_gmm"))
    assert target.modes.tolist() == [[4, 4], [-8, -8]]
    assert target.weights.tolist() == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize("dim", [2, 8, 32])
def test_many_well_has_the_published_log_z_and_masses(dim: int) -> None:
    """docs/method.md, section 5: log Z is 10.29348 per pair, and 0.15569 of each pair's mass is on the left."""
    target = build(TargetSpec.of("many_well", dim=dim))
    assert target.log_z == pytest.approx(10.29348 * dim / 2, abs=1e-5 * dim / 2)
    left = target.modes[:, 0] < 0
    assert float(target.weights[left].sum()) == pytest.approx(0.15569, abs=1e-5)


@pytest.mark.parametrize("dim", [2, 16, 18, 64])
def test_many_well_modes_are_stationary_points(dim: int) -> None:
    spec = TargetSpec.of("many_well", dim=dim)
    target = build(spec)
    _, gradient = energy_gradient(target, target.modes)
    assert gradient.abs().max() < 1e-12
    assert len(target.modes.unique(dim=0)) == registry.num_modes(spec.name, spec.values)
    assert torch.equal(target.responsibilities(target.modes), torch.eye(len(target.modes)).double())
    assert float(target.weights.sum()) == pytest.approx(1.0)


def test_many_well_sums_over_the_sides_beyond_eight_pairs(generator: torch.Generator) -> None:
    few, many = (build(TargetSpec.of("many_well", dim=dim)) for dim in (16, 40))
    assert torch.equal(few.weights, many.weights)
    x = many.sample(1000, generator)
    assert torch.equal(many.responsibilities(x), few.responsibilities(x[:, :16]))
    right = (x[:, ::2] > 0).double()
    assert is_zero_mean(right - (1 - 0.15569))


@pytest.mark.parametrize("dim", [3, 7, 63])
def test_many_well_rejects_odd_dimensions(dim: int) -> None:
    with pytest.raises(ValueError, match=f"`dim` must be a multiple of 2; got {dim}"):
        TargetSpec.of("many_well", dim=dim)


@pytest.mark.parametrize("m", [0.0, 1.0, 5.0, 50.0])
def test_laplace_log_z_matches_the_formula(m: float) -> None:
    assert LaplacePair(m).log_z == pytest.approx(math.log(2 - math.exp(-m)), rel=1e-15)


def test_energies_are_counted_in_one_place() -> None:
    core = Path(__file__).resolve().parents[2] / "core"
    counting = [
        path
        for path in core.rglob("*.py")
        if re.search(r"\.(gradient_)?calls \+=", path.read_text(encoding="utf-8"))
    ]
    assert counting == [core / "targets" / "base.py"]


def test_counted_energy_adds_its_points_to_the_calls() -> None:
    target, x = two_modes(4.0, 0.7, None, 2), torch.zeros(9000, 2, dtype=torch.float64)
    assert torch.equal(counted_energy(target, x), target.energy(x))
    assert (target.calls, target.gradient_calls) == (9000, 0)
