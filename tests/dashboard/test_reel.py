"""Reels: the pictures of all panels, encoded for the player."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.arrays import Array
from core.pictures.frames import Frames
from dashboard.player.reel import ALIGNMENT, NAN8, NAN16, Checkpoint, Panel, arrow_places, pack, unpack

MOST_BYTES = 4_000_000


def frames(dim: int, num_times: int = 4, side: int = 21, particles: int = 30) -> Frames:
    rng = np.random.default_rng(dim)
    shape = (num_times, *[side] * dim)
    return Frames(
        source="exact",
        times=np.linspace(0, 1, num_times),
        axes=(np.linspace(-3, 5, side), np.linspace(-4, 4, side))[:dim],
        density=rng.random(shape) ** 4,
        velocity=rng.normal(size=(*shape, dim)) * 10.0 ** rng.uniform(-3, 12, (*shape, 1)),
        particles=rng.uniform(-3, 4, (num_times, particles, dim)),
        kinetic_energy=rng.random(num_times) * 1e24,
        log_z=rng.normal(size=num_times),
        samples=np.empty((0, dim)),
        mode_mass=rng.random((num_times, 3)),
        particle_mass=rng.random((num_times, 3)),
    )


def sent(original: Frames) -> dict[str, Array]:
    """Decoded arrays of one set of frames."""
    _, arrays = unpack(pack([Panel("a", "linear", "Linear", original, (), "exact")]))
    return {name.removeprefix("0.exact."): values for name, values in arrays.items()}


def test_header_describes_every_panel_and_checkpoint() -> None:
    course = (Checkpoint(frames(1), 10, 0.5), Checkpoint(frames(1), 20, 1.0))
    panels = [
        Panel("a", "linear", "Linear", frames(2), (), "exact"),
        Panel("b", "learned", "Learned", None, course, "learned · 20 steps, 1 s", stale=True, run="r"),
    ]
    header, arrays = unpack(pack(panels, {"theme": "dark"}))
    first, second = header["panels"]
    assert (first["key"], first["method"], first["title"], first["stale"]) == ("a", "linear", "Linear", False)
    assert second["exact"] is None
    assert (second["badge"], second["stale"], second["run"]) == ("learned · 20 steps, 1 s", True, "r")
    assert [(c["step"], c["seconds"], c["name"]) for c in second["course"]] == [
        (10, 0.5, "1.course.0"),
        (20, 1.0, "1.course.1"),
    ]
    assert first["exact"]["axes"] == [[-3, 5, 21], [-4, 4, 21]]
    assert header["options"] == {"theme": "dark"}
    assert set(header["arrays"]) == set(arrays)


@pytest.mark.parametrize("dim", [1, 2])
def test_density_is_quantised_to_one_level(dim: int) -> None:
    original = frames(dim)
    arrays = sent(original)
    levels = (NAN8 if dim == 2 else NAN16) - 1
    root = arrays["density"] / levels
    top = arrays["density_max"].reshape(-1, *[1] * dim)
    np.testing.assert_allclose(root, np.sqrt(original.density / top), atol=0.5001 / levels)
    np.testing.assert_array_equal(top.ravel(), original.density.reshape(4, -1).max(1))


@pytest.mark.parametrize("dim", [1, 2])
def test_particles_are_quantised_to_one_level_and_failed_ones_marked(dim: int) -> None:
    original = frames(dim)
    particles = original.particles.copy()
    particles[1, 2] = np.nan
    particles[2, 3] = 1e6
    _, arrays = unpack(pack([Panel("a", "linear", "", replace(original, particles=particles), (), "")]))
    levels = arrays["0.exact.particles"]
    assert (levels[1, 2] == NAN16).all()
    assert (levels[2, 3] == NAN16).all()
    seen = levels != NAN16
    assert seen.sum() == seen.size - 2 * dim
    box = np.array([[-7.0, 9.0], [-8.0, 8.0]])[:dim]
    places = box[:, 0] + levels / (NAN16 - 1) * (box[:, 1] - box[:, 0])
    np.testing.assert_allclose(places[seen], particles[seen], atol=0.5001 * 16 / (NAN16 - 1))


def test_moderate_velocity_in_one_dimension_is_sent_in_half_precision() -> None:
    original = frames(1)
    original = replace(original, velocity=np.sign(original.velocity) * np.abs(original.velocity) ** 0.1)
    velocity = sent(original)["velocity"]
    assert velocity.dtype == np.float16
    np.testing.assert_allclose(velocity, original.velocity[..., 0], rtol=1e-3)


def test_large_velocity_in_one_dimension_is_sent_in_float32() -> None:
    original = frames(1)
    np.testing.assert_allclose(sent(original)["velocity"], original.velocity[..., 0], rtol=1e-6)


def test_arrows_encode_speed_and_direction() -> None:
    original = frames(2)
    arrays = sent(original)
    at = arrow_places(21)
    assert len(at) == 21
    assert np.ptp(np.diff(arrow_places(101))) == 0
    chosen = original.velocity[:, at][:, :, at]
    speed = np.linalg.norm(chosen, axis=-1)
    np.testing.assert_allclose(arrays["log_speed"], np.log10(speed), rtol=1e-3, atol=1e-3)
    angle = arrays["direction"] * (2 * np.pi / 256)
    cosine = (np.cos(angle) * chosen[..., 0] + np.sin(angle) * chosen[..., 1]) / speed
    assert cosine.min() >= np.cos(np.pi / 256) - 1e-6


@pytest.mark.parametrize("dim", [1, 2])
def test_unknown_values_stay_unknown(dim: int) -> None:
    original = frames(dim)
    density, velocity = original.density.copy(), original.velocity.copy()
    density[1, 3], velocity[2] = np.nan, np.nan
    energy = np.full(4, np.nan)
    arrays = sent(replace(original, density=density, velocity=velocity, kinetic_energy=energy))
    marker = NAN8 if dim == 2 else NAN16
    np.testing.assert_array_equal(arrays["density"] == marker, np.isnan(density))
    assert np.isnan(arrays["kinetic_energy"]).all()
    velocity = arrays["velocity" if dim == 1 else "log_speed"]
    assert np.isnan(velocity[2]).all()
    assert np.isfinite(velocity[0]).all()
    assert np.isnan(arrays["max_speed"][2])


def test_no_velocity_is_sent_if_unknown() -> None:
    arrays = sent(replace(frames(2), velocity=np.full((4, 21, 21, 2), np.nan)))
    assert not {"velocity", "log_speed", "direction"} & set(arrays)


def test_speeds_and_mode_masses_are_sent() -> None:
    original = frames(2)
    arrays = sent(original)
    for name in ("times", "kinetic_energy", "seen_speed"):
        np.testing.assert_array_equal(arrays[name], getattr(original, name))
    np.testing.assert_array_equal(arrays["max_speed"], original.largest_speed)
    for name in ("mode_mass", "particle_mass"):
        np.testing.assert_allclose(arrays[name], getattr(original, name), rtol=1e-6)


def test_every_buffer_is_aligned() -> None:
    blob = pack([Panel("a", "linear", "É", frames(2, side=5, particles=3), (), "exact")])
    header, _ = unpack(blob)
    length = int.from_bytes(blob[:4], "little")
    begin = 4 + length + -(4 + length) % ALIGNMENT
    assert {place["offset"] % ALIGNMENT for place in header["arrays"].values()} == {0}
    last = max(header["arrays"].values(), key=lambda place: place["offset"])
    assert len(blob) % ALIGNMENT == 0
    assert begin + last["offset"] < len(blob)


def test_three_fine_panels_stay_below_the_size_limit() -> None:
    panels = [Panel(key, key, key, frames(2, 60, 101, 2000), (), "exact") for key in ("a", "b", "c")]
    assert len(pack(panels)) <= MOST_BYTES


@pytest.mark.parametrize("blob", [b"", b"\x05\0\0\0{}", pack([])[:10]])
def test_other_bytes_are_refused_as_a_reel(blob: bytes) -> None:
    with pytest.raises(ValueError, match="not a reel"):
        unpack(blob)
