"""Kinetic energies in 1-D against an independent quadrature in log space. Mass crosses a neck: a gap with as little as e^{−1000} of it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from core.__main__ import main
from core.problem import Problem, TargetSpec
from core.reference.accuracy import accuracy
from core.reference.fitting import needed
from core.reference.line import LineField
from core.reference.quadrature import Cells
from core.reference.solve import solve
from tests.core.log_quadrature import log_kinetic_energy

# Log of the largest float64 number. Larger energies are infinite.
LARGEST = math.log(np.finfo(float).max)


def assert_energies(field: object, times: list[float], expected: list[float]) -> None:
    """Compare log kinetic energies with the expected ones; energies that overflow must be infinite."""
    assert isinstance(field, LineField)
    found = field.kinetic_energy(torch.tensor(times, dtype=torch.float64)).log().tolist()
    for t, log_energy, log_expected in zip(times, found, expected, strict=True):
        if log_expected > LARGEST:
            assert log_energy == math.inf, f"t = {t}"
        else:
            assert log_energy == pytest.approx(log_expected, abs=3e-5), f"t = {t}"


def shifted_pair(separation: float, std: float, sigma: float) -> LineField:
    field = solve(
        Problem(TargetSpec.of("shifted_pair", mode_separation=separation, std=std, dim=1), sigma=sigma)
    )
    assert isinstance(field, LineField)
    return field


def assert_pair_energies(separation: float, std: float, sigma: float, times: list[float]) -> None:
    expected = [log_kinetic_energy(t, (0.0, separation), std, sigma) for t in times]
    assert_energies(shifted_pair(separation, std, sigma), times, expected)


@pytest.mark.parametrize(
    ("separation", "std", "sigma", "t", "expected"),
    [(12, 0.2, 0.5, 0.7, 5.2e78), (12, 0.2, 0.5, 0.75, 5.9e97), (40, 0.7, 1.0, 0.9, 8.7e106)],
)
def test_neck_before_a_mode_with_little_mass_is_not_neglected(
    separation: float, std: float, sigma: float, t: float, expected: float
) -> None:
    """At this time t, the far mode holds only e^{−80} of the mass. The expected values come from an independent computation."""
    energy = shifted_pair(separation, std, sigma).kinetic_energy(torch.tensor([t], dtype=torch.float64))
    assert float(energy) == pytest.approx(expected, rel=0.02)


def test_exact_command_prints_the_energy_across_a_neck(capsys: pytest.CaptureFixture[str]) -> None:
    words = "exact --target shifted_pair --mode-separation 12 --std 0.2 --sigma 0.5 --times 0.7,0.8 --json"
    assert main(words.split()) == 0
    result = json.loads(capsys.readouterr().out)
    expected = [math.exp(log_kinetic_energy(t, (0.0, 12.0), 0.2, 0.5)) for t in (0.7, 0.8)]
    assert result["kinetic_energy"] == pytest.approx(expected, rel=3e-5)
    assert result["change_at_half_resolution"]["kinetic_energy"] < 1e-3


@pytest.mark.parametrize("separation", [1.0, 4.0, 12.0, 40.0])
@pytest.mark.parametrize(("std", "sigma"), [(0.2, 0.5), (0.7, 1.0), (0.7, 6.0), (2.0, 0.5), (2.0, 6.0)])
def test_energies_of_pairs_within_the_range_of_the_sliders(
    separation: float, std: float, sigma: float
) -> None:
    assert_pair_energies(separation, std, sigma, [0.02, 0.3, 0.7, 0.97, 1.0])


@pytest.mark.parametrize("seed", range(12))
def test_energies_of_random_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    separation, std = rng.uniform(1, 40), np.exp(rng.uniform(np.log(0.15), np.log(2)))
    sigma = np.exp(rng.uniform(np.log(0.5), np.log(6)))
    assert_pair_energies(
        float(separation), float(std), float(sigma), [*rng.uniform(0, 1, 3), 1 - rng.uniform(0, 0.01)]
    )


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
def test_energies_of_many_random_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    separation, std = rng.uniform(1, 40), np.exp(rng.uniform(np.log(0.1), np.log(2)))
    sigma = np.exp(rng.uniform(np.log(0.5), np.log(6)))
    times = [*rng.uniform(0, 1, 4), float(rng.beta(0.3, 1)), 1 - float(rng.beta(0.3, 1))]
    assert_pair_energies(float(separation), float(std), float(sigma), times)


@pytest.mark.parametrize("seed", range(8))
def test_energies_of_random_mixtures_of_unequal_modes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 5))
    means, std = rng.uniform(-15, 15, count).tolist(), np.exp(rng.uniform(-1.6, 0.7, count)).tolist()
    weights, sigma = (rng.dirichlet(np.ones(count)) + 1e-3).tolist(), float(rng.uniform(0.5, 3))
    target = TargetSpec.of(
        "mixture", means=tuple((m,) for m in means), std=tuple(std), weights=tuple(weights)
    )
    times = rng.uniform(0, 1, 3).tolist()
    expected = [log_kinetic_energy(t, means, std, sigma, weights) for t in times]
    assert_energies(solve(Problem(target, sigma=sigma)), times, expected)


def test_flux_is_constant_across_a_deep_neck() -> None:
    """All mass that crosses the neck goes to the far mode, so ρv has the same value at every point of the neck."""
    field, t = shifted_pair(12.0, 0.2, 0.5), torch.tensor([0.7], dtype=torch.float64)
    x = torch.linspace(5.0, 7.0, 21, dtype=torch.float64)
    value = field.on_grid(t, (x,))
    log_flux = value.log_density[0] + value.velocity[0, :, 0].log()
    assert torch.allclose(log_flux, log_flux[10], atol=1e-4)


def test_unresolved_neck_leaves_the_energy_unknown() -> None:
    """Cells that are too coarse give NaN, not a wrong number."""
    field = shifted_pair(12.0, 0.2, 0.5)
    field.cells = Cells(torch.linspace(*(float(v) for v in (field.box.lower, field.box.upper)), 41).double())
    assert field.kinetic_energy(torch.tensor([0.7, 0.8], dtype=torch.float64)).isnan().all()
    assert math.isnan(accuracy(field, torch.tensor([0.7], dtype=torch.float64)).kinetic_energy)


def test_cells_from_the_latent_to_the_far_mode_are_needed() -> None:
    """From left to right: a tail that no mass crosses, the latent, the neck, the far mode, and the far tail, which is partly needed."""
    top = torch.tensor([[-70.0, -10.0, 0.0, -150.0, -300.0, -150.0, -90.0, -130.0, -170.0]])
    marks = needed(top, top - 1)
    assert marks.counts[0].tolist() == [False, True, True, True, True, True, True, True, False]
    assert not marks.deep.any()


def test_no_cell_resolves_a_neck_of_infinite_energy() -> None:
    top = torch.tensor([[0.0, -400.0, -2000.0, -400.0, 0.0]])
    assert needed(top, top - 1).to_resolve[0].tolist() == [True, True, False, True, True]
