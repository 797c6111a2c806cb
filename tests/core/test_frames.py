"""Frames, the pictures of a curve at several times: packing, largest speeds and histograms."""

from __future__ import annotations

import io
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from core.pictures.frames import RESIDUAL_FLOOR, Frames, histogram


def frames(dim: int) -> Frames:
    """Random frames with some unknown values."""
    rng = np.random.default_rng(0)
    axes = (np.linspace(-1, 1, 5), np.linspace(0, 3, 4))[:dim]
    shape = (3, *(len(axis) for axis in axes))
    return Frames(
        source="learned",
        times=np.array([0.0, 0.5, 1.0]),
        axes=axes,
        density=rng.random(shape),
        velocity=np.full((*shape, dim), np.nan),
        particles=rng.normal(size=(3, 6, dim)),
        kinetic_energy=np.array([1.0, 3.0, np.nan]),
        log_z=np.array([0.0, 0.25, 0.5]),
        samples=rng.normal(size=(7, dim)),
        residual=rng.normal(size=shape),
        mode_mass=rng.random((3, 2)),
        particle_mass=rng.random((3, 2)),
        log_weight=np.append(rng.normal(size=6), np.nan),
        max_speed=np.array([2.0, 1e113, np.nan]),
    )


@pytest.mark.parametrize("dim", [1, 2])
def test_frames_round_trip_through_packing(dim: int) -> None:
    original = frames(dim)
    again = Frames.unpack(original.pack())
    assert again.source == original.source
    for field in fields(Frames)[1:]:
        before, after = (getattr(f, field.name) for f in (original, again))
        for a, b in zip(before, after, strict=True) if field.name == "axes" else [(before, after)]:
            np.testing.assert_allclose(b, a, rtol=1e-6)


def test_pictures_are_scaled_to_the_largest_speed_where_mass_is() -> None:
    original = frames(2)
    velocity, density = original.velocity.copy(), original.density.copy()
    velocity[:2] = [3.0, 4.0]
    velocity[1, 0, 0] = 1e300  # at a point without mass
    density[1, 0, 0] = 0.0
    velocity[0, 1, 1] = 1e300
    speed = replace(original, velocity=velocity, density=density).seen_speed
    assert speed[:2] == pytest.approx([np.sqrt(2) * 1e300, 5.0])
    assert np.isnan(speed[2])


def test_largest_speed_ignores_points_without_kinetic_energy() -> None:
    """A point with 10⁻⁹ of the maximal density has nearly all the kinetic energy, so it counts. A point with less than 10⁻⁶ of that
    energy does not count."""
    original = frames(1)
    velocity, density = np.ones_like(original.velocity), np.ones_like(original.density)
    velocity[:, 1], density[:, 1] = 1e8, 1e-9
    velocity[:, 2], density[:, 2] = 1e10, 1e-20
    energy = np.array([2.0, 1e6, np.nan])
    seen = replace(original, velocity=velocity, density=density, kinetic_energy=energy, max_speed=None)
    assert seen.largest_speed == pytest.approx([1e8] * 3)
    assert seen.seen_speed == pytest.approx([1.0] * 3)


def test_largest_speed_below_the_root_mean_square_is_unknown() -> None:
    """The grid of an old file may miss the narrow region that has all the kinetic energy."""
    energy = np.array([1.0, 1e78, np.nan])
    original = replace(frames(1), velocity=np.ones((3, 5, 1)), kinetic_energy=energy, max_speed=None)
    assert np.isnan(original.largest_speed).tolist() == [False, True, False]


def test_stored_largest_speed_is_not_rounded() -> None:
    speed = np.array([0.1, 1e113, np.inf])
    again = Frames.unpack(replace(frames(1), max_speed=speed).pack())
    np.testing.assert_array_equal(again.largest_speed, speed)


def test_frames_without_optional_arrays_round_trip() -> None:
    again = Frames.unpack(replace(frames(2), residual=None, mode_mass=None, particle_mass=None).pack())
    assert again.residual is again.mode_mass is again.particle_mass is None
    assert again.seen_residual is None


@pytest.mark.parametrize("dim", [1, 2])
def test_residual_is_shown_where_there_is_mass_at_the_time(dim: int) -> None:
    original = frames(dim)
    thin = original.density.copy()
    thin[1] *= 1e-9  # the threshold is relative to the maximum at the same time
    thin[2].flat[3] = 0.99 * RESIDUAL_FLOOR * thin[2].max()
    seen = replace(original, density=thin).seen_residual
    assert seen is not None
    assert original.residual is not None
    hidden = np.isnan(seen)
    assert hidden[2].ravel().nonzero()[0].tolist() == [3]
    assert not hidden[:2].any()
    np.testing.assert_array_equal(seen[~hidden], original.residual[~hidden])


@pytest.mark.parametrize("dim", [1, 2])
def test_frames_without_particles_round_trip(dim: int) -> None:
    empty = replace(frames(dim), particles=np.empty((3, 0, dim)), samples=np.empty((0, dim)))
    again = Frames.unpack(empty.pack())
    assert (again.particles.shape, again.samples.shape) == ((3, 0, dim), (0, dim))


@pytest.mark.filterwarnings("error")
def test_velocities_beyond_float32_stay_finite() -> None:
    original = frames(1)
    fast = replace(original, velocity=np.full_like(original.velocity, -1e300))
    velocity = Frames.unpack(fast.pack()).velocity
    assert np.isfinite(velocity).all()
    assert (velocity < -1e38).all()


def archive(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an archive",
        frames(1).pack()[:200],
        archive(x=np.zeros(3)),
        archive(source=np.array("exact"), density=np.zeros((2, 3))),
        archive(source=np.array([{}], dtype=object)),
    ],
    ids=["empty", "text", "cut off", "other arrays", "half of the arrays", "pickled"],
)
def test_other_bytes_are_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="picture data cannot be read"):
        Frames.unpack(data)


def test_frames_load_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "frames.npz"
    path.write_bytes(frames(2).pack())
    assert Frames.load(path).dim == 2


@pytest.mark.parametrize(("t", "index"), [(0.0, 0), (0.2, 0), (0.3, 1), (0.7, 1), (0.8, 2), (5.0, 2)])
def test_index_is_the_nearest_frame(t: float, index: int) -> None:
    assert frames(1).index(t) == index


def test_all_nan_velocity_counts_as_no_velocity() -> None:
    unknown = frames(1)
    assert not unknown.has_velocity
    assert replace(unknown, velocity=np.zeros_like(unknown.velocity)).has_velocity


@pytest.mark.parametrize("dim", [1, 2])
def test_histogram_integrates_to_the_fraction_of_points_inside(dim: int) -> None:
    axes = tuple(np.linspace(-3, 3, 31) for _ in range(dim))
    points = np.random.default_rng(1).uniform(-2, 2, size=(1000, dim))
    points[:100] = np.nan
    points[100:300] = 50.0
    assert histogram(points, axes).sum() * 0.2**dim == pytest.approx(0.7)


def test_histogram_counts_points_in_the_right_cells() -> None:
    axes = (np.array([0.0, 1.0, 2.0]), np.array([0.0, 10.0]))
    found = histogram(np.array([[1.2, 9.0], [0.8, 11.0]]), axes)
    assert found.tolist() == [[0, 0], [0, 0.1], [0, 0]]
    assert histogram(np.empty((0, 2)), axes).tolist() == [[0, 0]] * 3


@pytest.mark.mistyped
def test_frames_from_an_unknown_source_are_refused() -> None:
    data = replace(frames(1), source="elsewhere").pack()  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`source` must be one of exact, learned"):
        Frames.unpack(data)
