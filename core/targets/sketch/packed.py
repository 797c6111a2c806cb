"""A sketch as packed text, as problems, links and files contain it. This module does not import torch.

A sketch is an even grid of levels from 0 to 255 over `[−HALF_WIDTH, HALF_WIDTH]` on the line or its square in the plane. Level 255 is the
highest density. Each level below it multiplies the density by e^(−FLOOR/255), so level 0 is e^−FLOOR of the highest density.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core import checks
from core.targets.packing import pack, unpack

HALF_WIDTH = 6.0
# Nodes along each axis, on the line and in the plane.
NODES = {1: 121, 2: 49}
# Difference in energy, in nats, between the highest density and places where nothing is drawn.
FLOOR = 10.0
TOP = 255
# Largest number of characters of a packed text. Even random levels need only about half of them.
LONGEST = 6000
_VERSION = 1


def packed(levels: bytes, dim: int) -> str:
    """Pack a sketch into a text.

    Args:
        levels: the level of each node; in the plane, x2 changes fastest.
        dim: 1 on the line, 2 in the plane.
    """
    return pack(bytes([_VERSION, dim]) + levels)


@lru_cache(maxsize=16)
def unpacked(text: str) -> tuple[bytes, int]:
    """The levels and the number of dimensions of a packed sketch.

    Raises:
        ValueError: the text is too long or damaged, or nothing is drawn.
    """
    content = unpack("sketch", text, LONGEST, 2 + NODES[2] ** 2)
    dim = content[1] if len(content) > 1 and content[0] == _VERSION else 0
    check_levels(content[2:], dim)
    return content[2:], dim


def check_levels(levels: bytes, dim: int) -> None:
    """Check the size of a sketch, and that something is drawn.

    Raises:
        ValueError: the size is wrong, or all levels are equal.
    """
    if dim not in NODES or len(levels) != NODES[dim] ** dim:
        raise ValueError(
            f"`sketch` must have {NODES[1]} levels on the line or {NODES[2]} × {NODES[2]} in the plane; got {len(levels)}."
        )
    if len(set(levels)) == 1:
        raise ValueError("The sketch is empty; draw something.")


def levels_of(density: Sequence[float]) -> bytes:
    """The levels of densities; each density is at least 0, and the largest has level 255."""
    most = max(density)
    return bytes(
        max(round(TOP * (1 + math.log(value / most) / FLOOR)), 0) if value > 0 else 0 for value in density
    )


@dataclass(frozen=True)
class PackedSketch:
    """A parameter that is a sketch, stored as packed text."""

    default: str
    help: str

    def check(self, name: str, value: Any) -> str:
        """Check a packed text; returns it unchanged.

        Raises:
            ValueError: it cannot be read, or nothing is drawn.
        """
        if not isinstance(value, str):
            raise ValueError(f"`{name}` must be a text from the page's sketch; got {checks.brief(value)}.")
        unpacked(value)
        return value
