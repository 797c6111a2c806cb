"""The comparison of learned frames with exact frames: errors of the velocity and of the log-density."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.pictures.frames import Frames
from core.results.comparison import FLOOR, compare


@pytest.fixture
def exact() -> Frames:
    """A unit Gaussian that moves with velocity 2."""
    times, x = np.linspace(0, 1, 3), np.linspace(-6, 8, 141)
    density = np.exp(-((x - 2 * times[:, None]) ** 2) / 2) / np.sqrt(2 * np.pi)
    none, known = np.empty((3, 0, 1)), np.full(3, 4.0)
    return Frames(
        "exact", times, (x,), density, np.full((3, 141, 1), 2.0), none, known, 0 * known, np.empty((0, 1))
    )


def test_equal_frames_have_no_difference(exact: Frames) -> None:
    found = compare(exact, exact)
    assert found is not None
    assert np.nanmax(abs(found.log_density)) == 0
    assert found.relative_velocity.tolist() == [0, 0, 0]


def test_constant_error_is_measured_where_there_is_mass(exact: Frames) -> None:
    learned = replace(exact, velocity=exact.velocity - 0.5, density=exact.density * np.exp(0.25))
    found = compare(learned, exact)
    assert found is not None
    known = exact.density > FLOOR * exact.density.max(axis=1, keepdims=True)
    assert np.array_equal(np.isfinite(found.velocity), known)
    np.testing.assert_allclose(found.velocity[known], 0.5)
    np.testing.assert_allclose(found.log_density[known], 0.25)
    np.testing.assert_allclose(found.relative_velocity, 0.25)


def test_frames_are_compared_at_equal_times(exact: Frames) -> None:
    """The learned frames may have further times."""
    finer = replace(
        exact,
        times=np.linspace(0, 1, 5),
        density=np.repeat(exact.density, 2, axis=0)[:5],
        velocity=np.arange(5.0)[:, None, None] * np.ones((5, 141, 1)),
    )
    found = compare(finer, exact)
    assert found is not None
    np.testing.assert_allclose(np.nanmax(found.velocity, axis=1), [2, 0, 2])


def test_different_grids_or_times_or_unknown_velocities_cannot_be_compared(exact: Frames) -> None:
    others = (
        replace(exact, axes=(exact.axes[0] + 1,)),
        replace(
            exact, axes=(exact.axes[0][:-1],), density=exact.density[:, :-1], velocity=exact.velocity[:, :-1]
        ),
        replace(exact, velocity=np.full_like(exact.velocity, np.nan)),
        replace(exact, times=np.array([0.0, 0.4, 1.0])),
    )
    assert [compare(other, exact) for other in others] == [None] * len(others)


def test_missing_mass_has_infinite_log_error(exact: Frames) -> None:
    density = exact.density.copy()
    density[:, 60] = 0
    found = compare(replace(exact, density=density), exact)
    assert found is not None
    assert found.log_density[0, 60] == -np.inf
