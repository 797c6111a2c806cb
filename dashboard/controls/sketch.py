"""The control of a sketch: the drawing area, the choice between line and plane, and the computed properties of the density."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from core.targets.registry import SKETCH
from core.targets.sketch.packed import HALF_WIDTH, NODES, check_levels, levels_of, packed, unpacked
from dashboard import engine
from dashboard.controls import history
from dashboard.controls.faults import Faults
from dashboard.controls.names import CONTROLS
from dashboard.controls.visible_controls import is_drawn
from dashboard.sketch.component import drawing_area, levels_in
from dashboard.texts import targets as texts
from dashboard.texts.quoting import plain
from dashboard.url import link

KEY = "sketch_area"
_LAST = "sketch_drawn_at"
_SPACES = {1: "Line", 2: "Plane"}


def sketch(faults: Faults) -> dict[str, Any]:
    """Draw the control; returns the sketch in the link, or the default sketch if that in the link cannot be read."""
    text = link.start("sketch_text", "sketch", SKETCH.default, lambda given: SKETCH.check("sketch", given))
    levels, dim = unpacked(text)
    if is_drawn("sketch"):
        with st.container(key="sketch"), faults.beside("sketch"):
            drawing_area(levels, dim, KEY, _open)
            with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
                _space(dim)
                _summary(text)
    return {"sketch": text}


def _space(dim: int) -> None:
    key = link.key_of("sketch_space")
    st.segmented_control(
        "Space",
        list(_SPACES),
        default=dim,
        required=True,
        format_func=_SPACES.__getitem__,
        key=key,
        help=texts.SKETCH_SPACE,
        label_visibility="collapsed",
        on_change=lambda: _set(line_example() if st.session_state[key] == 1 else SKETCH.default),
    )


def line_example() -> str:
    """The sketch that the line starts with: two bumps."""
    step = 2 * HALF_WIDTH / (NODES[1] - 1)
    x = [step * k - HALF_WIDTH for k in range(NODES[1])]
    return packed(
        levels_of([math.exp(-((s + 2.5) ** 2)) + 0.6 * math.exp(-((s - 2) ** 2) / 0.5) for s in x]), 1
    )


def _open(message: Any) -> None:
    """Set the target to what was drawn. An invalid message changes nothing, and the page reports it."""
    if not isinstance(message, dict) or message.get("at") == st.session_state.get(_LAST):
        return
    st.session_state[_LAST] = message.get("at")
    try:
        levels, dim = levels_in(message)
        check_levels(levels, dim)
    except ValueError as error:
        st.toast(plain(error), icon=":material/error:")
        return
    _set(packed(levels, dim))


def _set(text: str) -> None:
    """Set the controls to a sketch, given as packed text (see `core.targets.sketch.packed`)."""
    others = {name: value for name, value in history.view().items() if name != "sketch"}
    link.open_with({**others, "target": "sketch", "sketch": text}, CONTROLS)


def _summary(text: str) -> None:
    """Show the density's properties."""
    engine.load()
    from core.targets.sketch.target import known

    found = known(text)
    st.caption(plain(texts.sketched(found.grid.log_z, found.weights.tolist())))
