"""Frames: a curve, its velocity and its particles as arrays over time, ready to draw. Needs NumPy only."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core import checks
from core.arrays import SPEED_FLOOR, Array

# The residual is shown where the density is above this fraction of its maximum at the time; below, there is almost no mass.
RESIDUAL_FLOOR = 1e-6
# Arrays that may be missing.
OPTIONAL = ("residual", "mode_mass", "particle_mass", "log_weight", "max_speed")
# Arrays stored in float64, because float32 has too small a range or too few digits.
IN_FULL = ("log_weight", "max_speed")
# Relative error that is allowed for a maximum over grid points.
SPEED_SLACK = 1e-3


# Where frames come from, in this order: an exact curve, a trained one, or Langevin chains; both ends of a curve that is unknown in between;
# the linear curve in place of an untrained learned one; an earlier result that is still shown.
Source = Literal["exact", "learned", "chains", "ends", "linear", "held"]
SOURCES: tuple[Source, ...] = get_args(Source)


@dataclass(frozen=True, eq=False)
class Frames:
    """Pictures of one curve over time.

    In one and two dimensions, the density is given on a grid; in more, it is a histogram of the particles' first two coordinates.
    Unknown values are NaN.

    Attributes:
        source: `exact`, `learned` or `chains`.
        times: (T,) times, rising from 0 to 1.
        axes: coordinates of the grid, one array for each of its one or two axes.
        density: (T, n) or (T, n0, n1) density, normalised on the grid; the first index after time belongs to the first axis.
        velocity: (T, n, 1) or (T, n0, n1, 2) velocity on the grid, in units of x per unit of time.
        particles: (T, P, 1 or 2) points carried by the velocity; P = 0 for none.
        kinetic_energy: (T,) ‖v_t‖² in squared units of x per squared unit of time.
        log_z: (T,) log Z_t in nats.
        samples: (N, d) samples of the target with all coordinates; N = 0 for none.
        residual: (T, n) or (T, n0, n1) continuity residual of a trained curve in nats per unit of time; None if not computed.
        mode_mass: (T, K) mass of each mode of the target, from the density on the grid; None if unknown.
        particle_mass: (T, K) fraction of the particles in each mode, failed ones in none; None if unknown.
        log_weight: (N,) log of the samples' unnormalised importance weights, NaN for failed samples and for samplers without
            weights; None if not stored.
        max_speed: (T,) largest |v_t| where ρ_t |v_t|² exceeds `SPEED_FLOOR` times its maximum, from nodes that resolve it; None if
            only the grid is available, see `largest_speed`.
    """

    source: Source
    times: Array
    axes: tuple[Array, ...]
    density: Array
    velocity: Array
    particles: Array
    kinetic_energy: Array
    log_z: Array
    samples: Array
    residual: Array | None = None
    mode_mass: Array | None = None
    particle_mass: Array | None = None
    log_weight: Array | None = None
    max_speed: Array | None = None

    @property
    def dim(self) -> int:
        """Number of axes of the grid: one or two."""
        return len(self.axes)

    @property
    def has_velocity(self) -> bool:
        """Whether the velocity is known anywhere."""
        return bool(np.isfinite(self.velocity).any())

    def index(self, t: float) -> int:
        """Index of the frame nearest to time t."""
        return int(np.abs(self.times - t).argmin())

    def holds_mass(self, floor: float) -> NDArray[np.bool_]:
        """(T, *grid) whether the density is above this fraction of its maximum at the time."""
        top = self.density.reshape(len(self.times), -1).max(1)
        return self.density > floor * top.reshape(-1, *[1] * self.dim)

    @property
    def seen_residual(self) -> Array | None:
        """The residual, NaN where there is almost no mass."""
        return (
            None
            if self.residual is None
            else np.where(self.holds_mass(RESIDUAL_FLOOR), self.residual, np.nan)
        )

    def share_beyond(self, x: float) -> Array:
        """(T,) fraction of the mass to the right of x, in one dimension."""
        (axis,) = self.axes
        return self.density[:, axis > x].sum(1) / self.density.sum(1)

    @property
    def largest_speed(self) -> Array:
        """(T,) `max_speed`, or else its value on the grid; NaN if the velocity is unknown or the grid is too coarse."""
        if self.max_speed is not None:
            return self.max_speed
        with np.errstate(divide="ignore", invalid="ignore"):
            log_energy = np.log(self.density) + 2 * np.log(self._speed)
        log_energy = np.where(np.isnan(log_energy), -np.inf, log_energy).reshape(len(self.times), -1)
        top = log_energy.max(1, keepdims=True)
        largest = self._largest_where((log_energy >= top + math.log(SPEED_FLOOR)).reshape(self.density.shape))
        # A maximum below the root mean square shows that the grid misses faster points.
        return np.where(largest < (1 - SPEED_SLACK) * np.sqrt(self.kinetic_energy), np.nan, largest)

    @property
    def seen_speed(self) -> Array:
        """(T,) largest |v_t| on the grid where there is mass, for the scale of pictures; NaN if the velocity is unknown."""
        return self._largest_where(self.holds_mass(SPEED_FLOOR))

    @property
    def _speed(self) -> Array:
        # Use hypot, because the square of a very large exact velocity overflows.
        return np.hypot.reduce(np.abs(self.velocity), axis=-1)

    def _largest_where(self, counts: NDArray[np.bool_]) -> Array:
        speed = self._speed
        largest = np.where(counts & np.isfinite(speed), speed, -1.0).reshape(len(self.times), -1).max(1)
        return np.where(largest < 0, np.nan, largest)

    def pack(self) -> bytes:
        """Pack into a compressed archive (npz): arrays that are only drawn are stored in float32; samples, weights and energies are
        unchanged."""
        arrays: dict[str, Any] = {
            "source": np.array(self.source),
            "times": self.times,
            **{f"axis{i}": axis for i, axis in enumerate(self.axes)},
            "density": self.density.astype(np.float32),
            # Far in the tails, an exact velocity may exceed the range of float32.
            "velocity": np.clip(self.velocity, -3e38, 3e38).astype(np.float32),
            "particles": self.particles.astype(np.float32),
            "kinetic_energy": self.kinetic_energy,
            "log_z": self.log_z,
            "samples": self.samples,
        }
        for name in OPTIONAL:
            if (values := getattr(self, name)) is not None:
                arrays[name] = values if name in IN_FULL else values.astype(np.float32)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def unpack(cls, data: bytes) -> Frames:
        """Unpack what `pack` returned.

        Raises:
            ValueError: the bytes are not packed frames.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                # A preset's archive also has a note in JSON.
                stored = {name: archive[name] for name in archive.files if not name.endswith(".json")}
            source = checks.choice("source", str(stored.pop("source")), SOURCES)
            axes = tuple(stored.pop(f"axis{i}") for i in range(stored["density"].ndim - 1))
            return cls(source=source, axes=axes, **stored)
        except Exception as error:
            raise ValueError(f"The picture data cannot be read: {error}.") from error

    @classmethod
    def load(cls, path: Path) -> Frames:
        """Read packed frames from a file.

        Raises:
            ValueError: the file has other content.
            OSError: the file cannot be read.
        """
        return cls.unpack(path.read_bytes())


def histogram(points: Array, axes: tuple[Array, ...]) -> Array:
    """Histogram density of points (P, dim) on a grid. NaN points and points outside count in the normalisation, so they lower it."""
    edges = [_edges(axis) for axis in axes]
    whole = points[np.isfinite(points).all(axis=1)]
    counts, _ = np.histogramdd(whole, bins=edges)
    cell = math.prod(float(axis[1] - axis[0]) for axis in axes)
    return counts / (max(len(points), 1) * cell)


def _edges(axis: Array) -> Array:
    step = axis[1] - axis[0]
    return np.append(axis - step / 2, axis[-1] + step / 2)
