"""The drawing area of a sketch: send it a sketch, and read the levels that the viewer has drawn."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from core.targets.sketch.packed import FLOOR, HALF_WIDTH, NODES
from dashboard.player.look import PALETTES
from dashboard.texts.targets import SKETCH_WORDS

_HERE = Path(__file__).parent
# The scripts; each uses only names of scripts before it.
_SCRIPTS = ("canvas", "painting", "sketch")
_component = st.components.v2.component(
    "sketch",
    html=(_HERE / "sketch.html").read_text(encoding="utf-8"),
    css=(_HERE / "sketch.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
)


def drawing_area(levels: bytes, dim: int, key: str, on_drawn: Callable[[Any], None]) -> None:
    """Draw the area, which shows a sketch.

    Args:
        levels: the level of each grid point, one byte each; 255 is the highest density (see `core.targets.sketch.packed`).
        dim: 1 on the line, 2 in the plane.
        key: key of the component, the same for all sketches; with a new key, the area would forget the strokes to undo.
        on_drawn: called with the message after each stroke, before the page reruns; see `levels_in`.
    """
    data = {
        "levels": base64.b64encode(levels).decode("ascii"),
        "dim": dim,
        "nodes": NODES[dim],
        "halfWidth": HALF_WIDTH,
        "floor": FLOOR,
        "palettes": PALETTES,
        "words": SKETCH_WORDS,
    }
    _component(data=data, key=key, on_drawn_change=lambda: on_drawn(st.session_state[key]["drawn"]))


def levels_in(message: Any) -> tuple[bytes, int]:
    """The levels in a message from the drawing area, with the number of dimensions.

    Raises:
        ValueError: the message does not have the expected form.
    """
    try:
        if not isinstance(message, Mapping):
            raise TypeError
        return base64.b64decode(str(message["levels"])[:10_000], validate=True), int(message["dim"])
    except (KeyError, TypeError, binascii.Error, OverflowError, ValueError):
        raise ValueError("The sketch was not sent completely; draw again.") from None
