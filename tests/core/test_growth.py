"""The stored records of how kinetic energy grows with the mode separation match the engine and the known laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.pictures.frames import Frames
from core.presets import energy_grid, growth
from core.problem import TargetSpec
from core.teleportation import (
    PLANE_SEPARATIONS,
    PLANE_SIGMAS,
    PLANE_TARGETS,
    SEPARATIONS,
    EnergyGrid,
    Growth,
    worst_moment,
)
from core.teleportation import energy_grid as compute_grid
from core.teleportation import growth as compute_growth


@pytest.mark.parametrize("separation", [3.0, 50.0])
def test_stored_growth_matches_a_new_computation(separation: float) -> None:
    kept, fresh = growth(), compute_growth([separation])
    at = list(kept.separation).index(separation)
    for name, values in vars(fresh).items():
        np.testing.assert_allclose(getattr(kept, name)[at], values[0], rtol=1e-6, err_msg=name)


def test_stored_energy_grid_matches_a_new_computation() -> None:
    kept, fresh = energy_grid("ring"), compute_grid(PLANE_TARGETS["ring"], [2.0], [4.0])
    i, j = PLANE_SIGMAS.index(2.0), PLANE_SEPARATIONS.index(4.0)
    np.testing.assert_allclose(kept.linear[i, j], fresh.linear[0, 0], rtol=1e-6)
    np.testing.assert_allclose(kept.gradient_flow[i, j], fresh.gradient_flow[0, 0], rtol=1e-6)
    np.testing.assert_allclose(kept.w2_squared[i, j], fresh.w2_squared[0, 0], rtol=1e-6)
    assert kept.w2_uncertainty is not None
    assert fresh.w2_uncertainty is not None
    np.testing.assert_allclose(kept.w2_uncertainty[i, j], fresh.w2_uncertainty[0, 0], rtol=1e-6)


def test_growth_follows_the_known_laws() -> None:
    record = growth()
    assert tuple(record.separation) == SEPARATIONS
    m = record.separation
    ratio = record.linear_peak / (m**2 / 8 * np.exp(m))
    assert ratio[-1] == pytest.approx(1, abs=0.03)
    assert (np.diff(ratio[10:]) > 0).all()
    assert record.linear_action[-1] / (0.089 * 50 * np.exp(50)) == pytest.approx(
        1, abs=0.05
    )  # docs/method.md, section 3
    assert record.w2_squared[-1] / (50**2 / 2) == pytest.approx(1, abs=0.05)
    for values in (record.gradient_flow_peak, record.gradient_flow_action, record.w2_squared):
        assert values[-1] / values[24] == pytest.approx(4, rel=0.1)


def test_no_action_is_below_optimal_transport() -> None:
    record = growth()
    assert (record.linear_action > record.w2_squared).all()
    for name in PLANE_TARGETS:
        grid = energy_grid(name)
        action = np.trapezoid(grid.linear, grid.times)
        assert grid.w2_uncertainty is not None
        assert (action > grid.w2_squared - grid.w2_uncertainty).all()
        if name == "shifted_pair":  # in closed form
            assert not grid.w2_uncertainty.any()


def test_wider_latent_lowers_the_final_energy_and_raises_the_initial_one() -> None:
    """Holds for well separated modes."""
    for name in PLANE_TARGETS:
        far = energy_grid(name).linear[:, 1:]
        assert (np.diff(far[..., -1], axis=0) < 0).all()
        assert (np.diff(far[1:, ..., 0], axis=0) > 0).all()


def energies(*values: float) -> Frames:
    """Frames with the given kinetic energies at equally spaced times."""
    times = np.linspace(0, 1, len(values))
    empty = np.zeros((len(values), 3))
    axes = (np.linspace(-1, 1, 3),)
    none = np.empty((len(values), 0, 1))
    return Frames(
        "exact", times, axes, empty, empty[..., None], none, np.array(values), empty[:, 0], np.empty((0, 1))
    )


@pytest.mark.parametrize(
    ("values", "worst"),
    [
        ((1.0, 3.0, 2.0, 9.0), 1),
        ((np.nan, 3.0, 4.0, 9.0), 2),
        ((np.nan, 3.0, np.inf, np.nan), 2),
        ((np.nan, np.inf, 5.0, 1.0), 1),
        ((np.nan, np.nan, np.nan, 9.0), None),
    ],
)
def test_worst_moment_ignores_unknown_energies_and_the_last_time(
    values: tuple[float, ...], worst: int | None
) -> None:
    assert worst_moment(energies(*values)) == worst


def test_records_round_trip_through_archives() -> None:
    first = compute_growth([1.0])
    again = Growth.unpack(first.pack())
    assert vars(again).keys() == vars(first).keys()
    grid = replace(energy_grid("ring"), sigma=np.array([7.0]))
    assert EnergyGrid.unpack(grid.pack()).sigma.tolist() == [7.0]
    older = EnergyGrid.unpack(replace(grid, w2_uncertainty=None).pack())
    assert older.w2_uncertainty is None
    assert older.w2_squared.tolist() == grid.w2_squared.tolist()
    assert PLANE_TARGETS["ring"] == TargetSpec.of("ring")
