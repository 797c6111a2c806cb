"""The controls of the Explore page: four main controls, and everything else in one expander."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.targets.parameters import Number
from core.targets.registry import TARGETS
from dashboard.controls import history, inputs
from dashboard.controls.examples import picker
from dashboard.controls.faults import Faults
from dashboard.controls.formula import formula
from dashboard.controls.gallery import facts_of, gallery_button
from dashboard.controls.names import PARAMETERS, SETTINGS
from dashboard.controls.parameters import parameter
from dashboard.controls.points import points
from dashboard.controls.settings import settings
from dashboard.controls.share import share
from dashboard.controls.sketch import sketch
from dashboard.controls.snippet import snippet_popover
from dashboard.controls.visible_controls import EXPANDER, is_drawn, is_lesson, is_shown
from dashboard.state import DEFAULT, DEFAULT_METHOD, METHODS, Selection
from dashboard.texts import explore as texts
from dashboard.texts import targets as target_texts
from dashboard.url import address_bar, link

# The main controls and their relative widths.
WIDTHS = {"target": 1.4, "interpolation": 1.9, "sigma": 0.8, "mode_separation": 0.8}


def controls(more: DeltaGenerator) -> Selection:
    """Draw the controls and return their values.

    Args:
        more: where to draw the expander "More settings" while it is closed; when open, it is drawn below in full width.

    Raises:
        ValueError: the values do not form a valid problem; the page shows the message.
    """
    try:
        return choose(more)
    finally:
        history.remember()
        link.place_warnings()


def tools(
    selection: Selection | None,
    row: DeltaGenerator,
    corner: DeltaGenerator,
    made: Mapping[str, int],
    download: Callable[[list[str]], None] | None = None,
) -> None:
    """Draw the examples, Undo, Reset, Share and the Python code. Call this after drawing the player, so that the player appears sooner.

    Args:
        selection: the selected settings; None while they are invalid.
        row: place of the examples.
        corner: place of everything else.
        made: number of steps by method, for each run that has ended and has the current settings.
        download: draws the download of a web page with the chosen controls; None without one.
    """
    if is_shown("examples"):
        with row:
            picker(selection, lambda: _gallery_on_a_phone(selection))
    with corner:
        history.buttons()
        share(download)
        if selection is not None:
            snippet_popover(selection, made)


def _gallery_on_a_phone(selection: Selection | None) -> None:
    """Draw a second button for the gallery. Only phones show it: there, the first button is far below the pictures."""
    target = (selection.problem if selection else DEFAULT).target.name
    gallery_button(target, _choose, "Targets", "gallery-phone")


def choose(more: DeltaGenerator) -> Selection:
    """Draw the controls and return their values; unlike `controls`, this does not record changes for Undo."""
    places = _places()
    with places["target"]:
        default = DEFAULT.target.name
        titles = {name: entry.title for name, entry in TARGETS.items()}
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
            target = inputs.choice(
                "Target", "target", titles, default, help=texts.TARGET, on_change=_new_target
            )
            gallery_button(target, _choose)
        unknown = facts_of(target)[2]
        if unknown and is_drawn("target"):
            st.caption(target_texts.card(unknown))
    address_bar.replace({}, [name for name in PARAMETERS if name not in TARGETS[target].parameters])
    with places["interpolation"]:
        method = inputs.segments(
            "Interpolation", "interpolation", METHODS, DEFAULT_METHOD, help=texts.INTERPOLATION
        )
    with places["sigma"]:
        low, high, start = TARGETS[target].sigma
        sigma = inputs.slider(
            "Latent σ", "sigma", (low, high), start, key=f"{target}_sigma", help=texts.SIGMA
        )
    faults = Faults()
    if target == "expression":
        values = formula(places["mode_separation"], faults)
    elif target == "points":
        values = points(faults)
    elif target == "sketch":
        values = sketch(faults)
    else:
        with places["mode_separation"]:
            values = _separation(target)
    with _settings(more, target):
        return settings(target, method, sigma, values, faults)


def _settings(more: DeltaGenerator, target: str) -> AbstractContextManager[Any]:
    """The expander "More settings", or an invisible container if the link hides all settings of this target."""
    own = TARGETS[target].parameters
    names = [name for name in SETTINGS if name not in PARAMETERS or name in own]
    if not is_shown(*names):
        return st.container()
    place = st if is_drawn(*names) else more
    # If the link shows only some controls, the expander starts open, because the link's author has chosen the settings in it.
    return place.expander(
        "More settings", is_lesson(), icon=":material/tune:", key=EXPANDER, on_change="rerun"
    )


def _places() -> dict[str, AbstractContextManager[Any]]:
    """A place for each main control: a column if the link shows it, otherwise an invisible container."""
    names = [name for name in WIDTHS if is_shown(name)]
    widths = [WIDTHS[name] for name in names]
    row = st.container(key="choices")
    columns = row.columns(widths, gap="medium", vertical_alignment="top") if names else []
    shown = dict(zip(names, columns, strict=True))
    return {name: shown.get(name) or st.container() for name in WIDTHS}


def _new_target() -> None:
    """Remove σ and the target's parameters from the address, so that a new target starts with its defaults."""
    address_bar.replace({}, ("sigma", *PARAMETERS))


def _choose(target: str) -> None:
    """Set the target from elsewhere on the page, such as the gallery."""
    link.open_with({"target": target}, ("target", "sigma", *PARAMETERS))


def _separation(target: str) -> dict[str, Any]:
    spec = TARGETS[target].parameters.get("mode_separation")
    if isinstance(spec, Number):
        return {"mode_separation": parameter(target, "mode_separation", spec)}
    if is_shown("mode_separation"):
        st.slider(
            "Mode separation", 0.0, 1.0, 0.0, key="no_separation", disabled=True, help=texts.FIXED_MODES
        )
    return {}
