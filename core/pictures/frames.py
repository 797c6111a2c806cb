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

# The residual is shown where the density exceeds this fraction of its maximum at the same time; elsewhere there is almost no mass.
RESIDUAL_FLOOR = 1e-6
# Arrays of `Frames` that may be None.
OPTIONAL = ("residual", "mode_mass", "particle_mass", "log_weight", "max_speed")
# Those of them that are stored in float64, because float32 has too small a range or too few digits.
IN_FULL = ("log_weight", "max_speed")
# A largest speed on the grid is accepted if it is at least 1 − SPEED_SLACK times the root mean square speed.
SPEED_SLACK = 1e-3


# Where frames come from, in the order below: an exact curve; a trained curve; a sampler without a curve, such as Langevin chains; a curve
# that is known at t = 0 and t = 1 only; the linear curve, shown in place of an untrained learned one; an earlier result, still shown.
Source = Literal["exact", "learned", "chains", "ends", "linear", "held"]
SOURCES: tuple[Source, ...] = get_args(Source)


@dataclass(frozen=True, eq=False)
class Frames:
    """Pictures of one curve over time.

    In one and two dimensions, the density is given on a grid; in more, it is a histogram of the particles' first two coordinates.
    Unknown values are NaN.

    Attributes:
        source: where the frames come from, one of `SOURCES`.
        times: (T,) times, rising from 0 to 1.
        axes: coordinates of the grid, one array for each of its one or two axes.
        density: (T, n) or (T, n0, n1) density, normalised on the grid; the first index after time belongs to the first axis.
        velocity: (T, n, 1) or (T, n0, n1, 2) velocity on the grid, in units of x per unit of time.
        particles: (T, P, 1 or 2) points moved by the velocity; P = 0 if there are none.
        kinetic_energy: (T,) ‖v_t‖² in squared units of x per squared unit of time.
        log_z: (T,) log Z_t in nats.
        samples: (N, d) samples of the target with all coordinates; N = 0 if there are none.
        residual: (T, n) or (T, n0, n1) continuity residual of a trained curve in nats per unit of time; None if not computed.
        mode_mass: (T, K) mass of each mode of the target, from the density on the grid; None if unknown.
        particle_mass: (T, K) fraction of the particles in each mode; failed particles are in no mode. None if unknown.
        log_weight: (N,) log of the samples' unnormalised importance weights, NaN for failed samples and for samplers without
            weights; None if not stored.
        max_speed: (T,) largest |v_t| where ρ_t |v_t|² exceeds `SPEED_FLOOR` times its maximum, computed on nodes finer than the grid;
            None if there are no such nodes, see `largest_speed`.
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
        """(T, *grid) whether the density exceeds the fraction `floor` of its maximum at the same time."""
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
        """(T,) `max_speed` if known, otherwise the same maximum over the grid; NaN if the velocity is unknown or the grid too coarse."""
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
        """(T,) largest |v_t| on the grid where there is mass, from which pictures get their scale; NaN if the velocity is unknown."""
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
                # Archives of saved results that ship with the app also contain a note in JSON.
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
            ValueError: the file does not contain packed frames.
            OSError: the file cannot be read.
        """
        return cls.unpack(path.read_bytes())


def histogram(points: Array, axes: tuple[Array, ...]) -> Array:
    """The density of points (P, dim) as a histogram on a grid. NaN points and points outside the grid count as missing mass."""
    edges = [_edges(axis) for axis in axes]
    whole = points[np.isfinite(points).all(axis=1)]
    counts, _ = np.histogramdd(whole, bins=edges)
    cell = math.prod(float(axis[1] - axis[0]) for axis in axes)
    return counts / (max(len(points), 1) * cell)


def _edges(axis: Array) -> Array:
    step = axis[1] - axis[0]
    return np.append(axis - step / 2, axis[-1] + step / 2)
