"""The box in which an exact field is solved: it must contain nearly all mass, and the energy must be valid in it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from core.interpolations.schedule import NoiseSchedule
from core.problem import Problem, TargetSpec
from core.reference.convolved_flow import ConvolvedFlow
from core.reference.displacement import DisplacementLine
from core.reference.domain import LEFT_OUT, domain
from core.reference.errors import NoExactFieldError, UnfitDensityError
from core.reference.path import ConstantPath, LinearPath
from core.reference.solve import carrier, solve
from core.targets.base import AbstractTarget
from core.targets.latent import GaussianLatent
from core.targets.mixture import GaussianMixture
from core.types import Box, Points, Values

dimensions = pytest.mark.parametrize("dim", [1, 2])


class Energy(AbstractTarget):
    """A target with a given energy function."""

    def __init__(self, dim: int, function: Callable[[Tensor], Tensor], half: float = 4.0) -> None:
        super().__init__()
        self.dim, self.function, self.half = dim, function, half
        self.log_z = math.nan
        self.register_buffer("modes", torch.zeros(1, dim, dtype=torch.float64))
        self.register_buffer("weights", torch.ones(1, dtype=torch.float64))

    def energy(self, x: Points) -> Values:
        return self.function(x)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        raise NotImplementedError

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        return torch.ones(len(x), 1, dtype=x.dtype)

    @property
    def box(self) -> Box:
        return square(self.dim, self.half)

    @property
    def scale(self) -> float:
        return 1.0


def square(dim: int, half: float) -> Box:
    side = torch.full((dim,), half, dtype=torch.float64)
    return Box(-side, side)


def bowl(x: Tensor) -> Tensor:
    return x.square().sum(1) / 2


def spoiled(value: float, place: float = 1.0) -> Callable[[Tensor], Tensor]:
    """The energy of `bowl`, replaced by an invalid constant where x_1 > place."""
    return lambda x: torch.where(x[:, 0] > place, bowl(x) * 0 + value, bowl(x))


BAD_ENERGIES = [
    pytest.param(spoiled(math.nan), "NaN", id="NaN beyond 1"),
    pytest.param(spoiled(math.inf), "must be a finite number", id="a wall"),
    pytest.param(spoiled(-math.inf), "must be a finite number", id="a pit"),
    pytest.param(lambda x: bowl(x) * math.nan, "NaN", id="NaN everywhere"),
    pytest.param(lambda x: (x[:, 0] + 1).log() + bowl(x), "NaN", id="the log of a negative"),
    pytest.param(lambda x: 0 * x[:, 0], "no finite integral", id="flat"),
    pytest.param(lambda x: (1 + x.norm(dim=1)).log(), "no finite integral", id="1/(1 + |x|)"),
    pytest.param(lambda x: -bowl(x), "no finite integral", id="upside down"),
    pytest.param(lambda x: x[:, 0], "no finite integral", id="a slope"),
    pytest.param(
        lambda x: bowl(x[:, :1]) if x.shape[1] > 1 else 0 * x[:, 0], "no finite integral", id="a valley"
    ),
]


def every_solver(target: AbstractTarget, box: Box | None = None) -> list[Callable[[], object]]:
    latent = GaussianLatent(1.0, target.dim)
    flow = NoiseSchedule(1.0, 0.1, 20.0)
    solvers: list[Callable[[], object]] = [
        lambda: carrier(LinearPath(latent, target), latent, target, box, 24),
        lambda: ConvolvedFlow.of(target, flow, box),
    ]
    return [*solvers, lambda: DisplacementLine.of(latent, target, box)] if target.dim == 1 else solvers


@dimensions
@pytest.mark.parametrize(("energy", "said"), BAD_ENERGIES)
def test_invalid_energy_is_rejected_with_the_reason(
    energy: Callable[[Tensor], Tensor], said: str, dim: int
) -> None:
    for solver in every_solver(Energy(dim, energy)):
        with pytest.raises(UnfitDensityError, match=said):
            solver()


@dimensions
@pytest.mark.parametrize(("energy", "said"), BAD_ENERGIES[:4])
def test_invalid_energy_is_rejected_with_a_given_box_too(
    energy: Callable[[Tensor], Tensor], said: str, dim: int
) -> None:
    for solver in every_solver(Energy(dim, energy), square(dim, 20.0)):
        with pytest.raises(UnfitDensityError, match=said):
            solver()


@dimensions
@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_error_calls_an_infinite_energy_infinite(value: float, dim: int) -> None:
    for solver in every_solver(Energy(dim, spoiled(value))):
        with pytest.raises(UnfitDensityError, match="energy is infinite"):
            solver()


@dimensions
def test_error_gives_a_point_where_the_energy_is_invalid(dim: int) -> None:
    path = ConstantPath(Energy(dim, spoiled(math.nan, 3.9)))
    with pytest.raises(UnfitDensityError, match=r"x = \(3\.9|x = \(4") as caught:
        domain(path, square(dim, 4.0), 20.0)
    assert str(caught.value).count(",") == dim - 1
    assert "nan" not in str(caught.value)


def test_callers_can_catch_both_errors_as_one() -> None:
    assert issubclass(UnfitDensityError, NoExactFieldError)
    assert issubclass(UnfitDensityError, ValueError)


@dimensions
@pytest.mark.parametrize("tail", [20.0, 60.0])
def test_box_grows_until_the_mass_outside_is_negligible(tail: float, dim: int) -> None:
    """The first box is far too small; the result is at least as wide as needed, and at most 30 % wider."""
    found = domain(ConstantPath(Energy(dim, bowl)), square(dim, 0.1), tail)
    needed = math.sqrt(2 * tail)
    assert torch.allclose(found.center, torch.zeros(dim, dtype=torch.float64), atol=1e-12)
    for half in ((found.upper - found.lower) / 2).tolist():
        assert needed <= half < 1.3 * needed


@dimensions
def test_box_that_contains_all_mass_is_kept(dim: int) -> None:
    hull = square(dim, 12.0)
    found = domain(ConstantPath(Energy(dim, bowl)), hull, 60.0)
    assert torch.equal(found.lower, hull.lower)
    assert torch.equal(found.upper, hull.upper)


def test_box_grows_only_along_the_axis_that_needs_it() -> None:
    path = ConstantPath(Energy(2, lambda x: x[:, 0].square() / 200 + x[:, 1].square() / 2))
    found = domain(path, square(2, 8.0), 20.0)
    assert float(found.upper[1]) == 8.0
    assert float(found.upper[0]) >= math.sqrt(2 * 20) * 10


def test_box_contains_the_mass_at_all_times() -> None:
    """Tested with a wide latent and with a wide target."""
    for sigma, std in ((5.0, 0.3), (0.3, 5.0)):
        latent, target = GaussianLatent(sigma, 1), GaussianMixture([[0.0]], std)
        found = domain(LinearPath(latent, target), square(1, 1.0), 50.0)
        assert float(found.upper[0]) >= 5 * math.sqrt(100)


CURVES = pytest.mark.parametrize("kind", ["linear", "gradient_flow"])


def cut(kind: str, dim: int) -> tuple[Problem, str]:
    """A problem, and the error for a box whose border cuts through both modes of the target."""
    problem = Problem(TargetSpec.of("two_modes", dim=dim, mode_separation=6.0), kind)
    with pytest.raises(UnfitDensityError) as caught:
        solve(problem, square(dim, 3.0))
    return problem, str(caught.value)


@dimensions
@CURVES
def test_error_states_how_much_mass_the_box_cuts_off(kind: str, dim: int) -> None:
    _, message = cut(kind, dim)
    found = re.search(r"cuts off (\d+\.\d)% of the mass", message)
    assert found is not None
    # The box cuts off half of each mode. The tolerance allows for the coarse grid in 2-D.
    assert float(found[1]) == pytest.approx(50, abs=6)


@dimensions
@CURVES
def test_error_states_when_the_box_cuts_off_mass(kind: str, dim: int) -> None:
    """The box contains the latent but not the target, so it cuts off most at t = 1."""
    _, message = cut(kind, dim)
    assert "at t = 1" in message


@dimensions
@CURVES
def test_box_suggested_by_the_error_works(kind: str, dim: int) -> None:
    problem, message = cut(kind, dim)
    named = [float(number) for number in re.findall(r"-?\d+\.?\d*", message.split(";")[1])]
    lower, upper = torch.tensor(named, dtype=torch.float64).reshape(dim, 2).T
    field = solve(problem, Box(lower, upper))
    assert field.dim == dim


def test_error_states_the_time_at_which_most_mass_is_lost() -> None:
    """The box contains the narrow target but not the wide latent, so it cuts off most at t = 0."""
    target = TargetSpec.of("mixture", means=((0.0,),), std=0.2)
    with pytest.raises(UnfitDensityError, match=r"at t = 0;"):
        solve(Problem(target, sigma=3.0), square(1, 2.0))


@dimensions
def test_box_may_cut_off_a_negligible_mass(dim: int) -> None:
    """The mass outside is less than `LEFT_OUT` at four standard deviations, and more at two."""
    path = ConstantPath(Energy(dim, bowl))
    assert math.erfc(4 / math.sqrt(2)) * dim < LEFT_OUT
    given = square(dim, 4.0)
    assert domain(path, square(dim, 4.0), 60.0, given) is given
    with pytest.raises(UnfitDensityError, match="cuts off"):
        domain(path, square(dim, 4.0), 60.0, square(dim, 2.0))


@dimensions
def test_box_beside_the_mass_is_rejected(dim: int) -> None:
    side = torch.full((dim,), 30.0, dtype=torch.float64)
    with pytest.raises(UnfitDensityError, match=r"cuts off 100\.0%"):
        domain(ConstantPath(Energy(dim, bowl)), square(dim, 4.0), 20.0, Box(side, side + 5))


@dimensions
def test_constant_curve_of_a_custom_energy_has_no_kinetic_energy(dim: int) -> None:
    """The target's energy equals that of the latent."""
    for solver in every_solver(Energy(dim, bowl)):
        field = solver()
        energy = field.kinetic_energy(torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64))
        assert energy.tolist() == pytest.approx([0, 0, 0], abs=1e-9)
