"""Reels (encoded pictures) as text in a page. `reel_text.js` decodes them.

In each array of a reel, neighbouring values are subtracted and the bytes of the differences are separated. The result is compressed and
written in base64. Differences in a smooth array are small, and the separated bytes of small numbers compress to less than half the size.
"""

from __future__ import annotations

import base64
import gzip
import math
import struct
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from dashboard.player.reel import unpack


def encode(reel: bytes) -> str:
    """The reel as text."""
    return base64.b64encode(gzip.compress(differenced(reel), 9, mtime=0)).decode()


def differenced(reel: bytes) -> bytes:
    """Replace each array of a reel by the differences of neighbouring values, in the same place and of the same size.

    Within an array, the first bytes of all differences come first, then all second bytes, and so on.
    """
    header, arrays = unpack(reel)
    (length,) = struct.unpack_from("<I", reel)
    begin = math.ceil((4 + length) / 8) * 8
    changed = bytearray(reel)
    for name, array in arrays.items():
        if array.size:
            first = begin + header["arrays"][name]["offset"]
            # Equal arrays share a place in the reel. Each is encoded from the original bytes, so encoding one place repeatedly gives the
            # same result.
            changed[first : first + array.nbytes] = _bytes_of_differences(array)
    return bytes(changed)


def _bytes_of_differences(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bytes:
    size = array.itemsize
    words = array.reshape(-1).view(f"<u{size}")
    differences = np.diff(words, prepend=words.dtype.type(0))
    return differences.view(np.uint8).reshape(-1, size).T.tobytes()


@dataclass
class Reels:
    """The reels of a page as text, each stored once.

    Attributes:
        texts: the text of each reel, by its id.
    """

    texts: dict[str, str] = field(default_factory=dict)

    def add(self, reel: bytes) -> str:
        """Store a reel; returns its id."""
        name = f"reel-{sha256(reel).hexdigest()[:12]}"
        if name not in self.texts:
            self.texts[name] = encode(reel)
        return name
