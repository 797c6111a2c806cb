"""Draw a small picture of each target, as a PNG file: `python -m core.pictures.thumbnails` draws those that are missing.

All pixels have the same colour, and their opacity shows the density, so the pictures suit light and dark pages.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import torch

from core.arrays import Array
from core.fields import grid_points
from core.problem import TargetSpec
from core.targets import registry
from core.targets.base import KnownTarget, exact_samples, marginal
from core.targets.computed.cloud import cloud
from core.targets.computed.support import minima
from core.types import Points

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "targets"
# Size in pixels, and colour (red, green, blue).
WIDTH, HEIGHT = 160, 100
COLOUR = (84, 104, 196)
# Along each axis, the picture extends from the first to the second quantile of _SAMPLES samples, plus the fraction _MARGIN of their
# distance on each side.
_QUANTILES, _MARGIN, _SAMPLES = (0.01, 0.99), 0.15, 20_000
# The opacity is (density / maximal density) to this power, so that modes of low density are visible.
_CONTRAST = 0.5
# If a density extends this many times further along one axis than along the other, it is stretched to fill the picture.
_ELONGATED = 3.5


def thumbnail(target: KnownTarget) -> bytes:
    """Draw a target's density in its first two coordinates; returns the bytes of a PNG file."""
    points = _points(target)[:, :2]
    ends = np.quantile(points.numpy(), _QUANTILES, axis=0)
    middle, half = ends.mean(0), (ends[1] - ends[0]).clip(1e-9) * (0.5 + _MARGIN)
    if target.dim == 1:
        return _png(_curve(target, float(middle[0]), float(half[0])))
    if half.max() < _ELONGATED * half.min():  # circles look round
        half = np.maximum(half, half[::-1] * np.array([WIDTH / HEIGHT, HEIGHT / WIDTH]))
    return _png(_map(target, points.numpy(), middle, half))


def _points(target: KnownTarget) -> Points:
    """Samples of the target: exact ones if they can be drawn, otherwise approximate ones, by tempering."""
    generator = torch.Generator().manual_seed(0)
    found = exact_samples(target, _SAMPLES, generator)
    if found is not None:
        return found
    with torch.no_grad():
        return cloud(target.energy, minima(target.energy, target.dim), generator)


def _curve(target: KnownTarget, middle: float, half: float) -> Array:
    """The opacity for a density on the line: the area under its graph is filled."""
    x = torch.linspace(middle - half, middle + half, WIDTH, dtype=torch.float64)
    density = (target.energy(x[:, None]).min() - target.energy(x[:, None])).exp().numpy()
    rows = np.linspace(1.08, 0, HEIGHT)[:, None]
    return np.where(rows <= density[None], 0.75, 0.0)


def _map(target: KnownTarget, points: Array, middle: Array, half: Array) -> Array:
    """The opacity for a density in the plane: exact if the marginal is known, otherwise a smoothed histogram."""
    x, y = (np.linspace(m - h, m + h, n) for m, h, n in zip(middle, half, (WIDTH, HEIGHT), strict=True))
    seen = marginal(target)
    if seen is None:
        density = _smoothed(
            np.histogram2d(points[:, 0], points[:, 1], (WIDTH // 2, HEIGHT // 2), _range(middle, half))[0]
        )
        density = density.repeat(2, 0).repeat(2, 1)
    else:
        energy = seen.energy(grid_points((torch.from_numpy(x), torch.from_numpy(y))))
        density = (energy.min() - energy).exp().numpy().reshape(WIDTH, HEIGHT)
    return (density / density.max()).T[::-1] ** _CONTRAST


def _range(middle: Array, half: Array) -> list[tuple[float, float]]:
    return [(float(m - h), float(m + h)) for m, h in zip(middle, half, strict=True)]


def _smoothed(counts: Array) -> Array:
    """Counts after a binomial filter over neighbouring cells, applied four times."""
    for _ in range(4):
        for axis in (0, 1):
            counts = (np.roll(counts, 1, axis) + 2 * counts + np.roll(counts, -1, axis)) / 4
    return counts


def _png(opacity: Array) -> bytes:
    """A PNG file with one colour and an opacity from 0 to 1 for each pixel."""
    height, width = opacity.shape
    pixels = np.empty((height, width, 4), dtype=np.uint8)
    pixels[..., :3] = COLOUR
    # Few levels of opacity compress well.
    pixels[..., 3] = (np.round(opacity.clip(0, 1) * 31) * 255 / 31).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main() -> int:
    """Draw the pictures that are missing; returns the exit status."""
    FOLDER.mkdir(exist_ok=True)
    for name in registry.TARGETS:
        path = FOLDER / f"{name}.png"
        if not path.exists():
            spec = TargetSpec.of(name)
            path.write_bytes(thumbnail(registry.build(name, spec.values)))
            print(path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
