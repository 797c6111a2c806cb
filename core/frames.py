"""Frames: a curve, its velocity and its particles as plain arrays over time, ready to be drawn. Needs NumPy only."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
# A residual is shown where the density is above this share of its maximum at the time; below, next to nothing is carried.
RESIDUAL_FLOOR = 1e-6
# The largest speed at a time is sought where the kinetic energy is: where ρ|v|² is above this share of its maximum. On a grid, what is
# drawn of a velocity is scaled to where the density is above that share of its maximum.
SPEED_FLOOR = 1e-6

# What not every answer has.
OPTIONAL = ("residual", "mode_mass", "particle_mass", "log_weight", "max_speed")
# Beyond float32, or needed with all digits.
IN_FULL = ("log_weight", "max_speed")
# A maximum on a grid may lie this much below the true one.
SPEED_SLACK = 1e-3


@dataclass(frozen=True, eq=False)
class Frames:
    """What is seen of one answer to a Problem.

    On the line and in the plane the density stands on a grid; in more dimensions it is the histogram of the particles' first
    two coordinates. What is not known is NaN.

    Attributes:
        source: `exact`, `learned` or `chains`.
        times: (T,) rising from 0 to 1.
        axes: the grid's coordinates, one array for each of its one or two axes.
        density: (T, n) or (T, n0, n1), normalised on the grid, per unit of x; the first index after time is the first axis.
        velocity: (T, n, 1) or (T, n0, n1, 2) on the same grid, in units of x per unit of time.
        particles: (T, P, 1 or 2) points carried by the velocity, or none at all: (T, 0, 1 or 2).
        kinetic_energy: (T,) ‖v_t‖² in squared units of x per squared unit of time.
        log_z: (T,) log Z_t in nats.
        samples: (N, d) samples of the target, all coordinates, or none at all: (0, d).
        residual: (T, n) or (T, n0, n1) the continuity residual of a learned answer, in nats per unit of time; None where it
            was not computed.
        mode_mass: (T, K) the mass of each mode of the target, from the density on the grid; None where it is not known.
        particle_mass: (T, K) the share of the particles in each mode, lost ones in none; None where it is not known.
        log_weight: (N,) log of the samples' unnormalised importance weights, NaN for a failed sample and for samplers
            without weights; None where the weights were not kept.
        max_speed: (T,) the largest |v_t| where ρ_t |v_t|² exceeds `SPEED_FLOOR` of its maximum, on nodes that resolve it; None
            where only the grid is there.
    """

    source: str
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
        """The number of axes that are seen: one or two."""
        return len(self.axes)

    @property
    def has_velocity(self) -> bool:
        return bool(np.isfinite(self.velocity).any())

    def index(self, t: float) -> int:
        """The frame nearest to the time t."""
        return int(np.abs(self.times - t).argmin())

    def holds_mass(self, floor: float) -> NDArray[np.bool_]:
        """(T, *grid) where the density is above this share of its maximum at the time."""
        top = self.density.reshape(len(self.times), -1).max(1)
        return self.density > floor * top.reshape(-1, *[1] * self.dim)

    @property
    def seen_residual(self) -> Array | None:
        """The residual, NaN where there is next to no mass."""
        return (
            None
            if self.residual is None
            else np.where(self.holds_mass(RESIDUAL_FLOOR), self.residual, np.nan)
        )

    def share_beyond(self, x: float) -> Array:
        """(T,) the share of the mass on the line that lies right of x."""
        (axis,) = self.axes
        return self.density[:, axis > x].sum(1) / self.density.sum(1)

    @property
    def largest_speed(self) -> Array:
        """(T,) `max_speed`, else that of the grid; NaN where no velocity is known, or the grid misses the place."""
        if self.max_speed is not None:
            return self.max_speed
        with np.errstate(divide="ignore", invalid="ignore"):
            log_energy = np.log(self.density) + 2 * np.log(self._speed)
        log_energy = np.where(np.isnan(log_energy), -np.inf, log_energy).reshape(len(self.times), -1)
        top = log_energy.max(1, keepdims=True)
        largest = self._largest_where((log_energy >= top + math.log(SPEED_FLOOR)).reshape(self.density.shape))
        # A maximum below the root mean square is none: between two points of the grid, something is faster.
        return np.where(largest < (1 - SPEED_SLACK) * np.sqrt(self.kinetic_energy), np.nan, largest)

    @property
    def seen_speed(self) -> Array:
        """(T,) the largest |v_t| on the grid where there is mass, for the scale of a picture; NaN where no velocity is known."""
        return self._largest_where(self.holds_mass(SPEED_FLOOR))

    @property
    def _speed(self) -> Array:
        # By hypot, since an exact velocity may be so large that its square is not a number.
        return np.hypot.reduce(np.abs(self.velocity), axis=-1)

    def _largest_where(self, counts: NDArray[np.bool_]) -> Array:
        speed = self._speed
        largest = np.where(counts & np.isfinite(speed), speed, -1.0).reshape(len(self.times), -1).max(1)
        return np.where(largest < 0, np.nan, largest)

    def pack(self) -> bytes:
        """All of it as one compressed archive; arrays that are only looked at in float32, samples and their weights as they are."""
        arrays: dict[str, Any] = {
            "source": np.array(self.source),
            "times": self.times,
            **{f"axis{i}": axis for i, axis in enumerate(self.axes)},
            "density": self.density.astype(np.float32),
            # Far in the tails an exact velocity may be larger than float32 can say.
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
    def unpack(cls, data: bytes) -> Self:
        """The inverse of `pack`.

        Raises:
            ValueError: the bytes are not packed frames.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                # Where it is kept as a preset, a note in JSON lies beside the arrays.
                stored = {name: archive[name] for name in archive.files if not name.endswith(".json")}
            source = str(stored.pop("source"))
            axes = tuple(stored.pop(f"axis{i}") for i in range(stored["density"].ndim - 1))
            return cls(source=source, axes=axes, **stored)
        except Exception as error:
            raise ValueError(f"These bytes are not packed frames: {error}.") from error

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls.unpack(path.read_bytes())


def histogram(points: Array, axes: tuple[Array, ...]) -> Array:
    """The density of points (P, dim) on a grid, per unit of x; points that are NaN or outside count in the norm."""
    edges = [_edges(axis) for axis in axes]
    whole = points[np.isfinite(points).all(axis=1)]
    counts, _ = np.histogramdd(whole, bins=edges)
    cell = math.prod(float(axis[1] - axis[0]) for axis in axes)
    return counts / (max(len(points), 1) * cell)


def _edges(axis: Array) -> Array:
    step = axis[1] - axis[0]
    return np.append(axis - step / 2, axis[-1] + step / 2)
