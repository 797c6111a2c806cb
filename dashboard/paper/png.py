"""Densities as small PNG files: one colour whose opacity follows the density, so that they fit light and dark pages."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from core.arrays import Array

# A blue that is readable on white and on black.
COLOUR = (74, 110, 190)
# The densest 0.5 % of the points get the same colour, so that a narrow peak does not make the rest invisible.
FULL = 0.995


def shades(values: Array) -> bytes:
    """A PNG file.

    Args:
        values: (rows, columns) density, the first row at the top; NaN is transparent.
    """
    known = np.nan_to_num(np.asarray(values, float), nan=0.0, posinf=0.0)
    most = float(np.quantile(known, FULL)) or float(known.max()) or 1.0
    opacity = (np.clip(known / most, 0, 1) * 255).round().astype(np.uint8)
    height, width = opacity.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), opacity], axis=1)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            # The palette has 256 entries of the same colour with increasing opacity.
            _chunk(b"PLTE", bytes(COLOUR) * 256),
            _chunk(b"tRNS", bytes(range(256))),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
