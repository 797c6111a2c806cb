"""The control of a typed energy: its formula, the number of dimensions, and a slider for each of its parameters."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from typing import Any

import streamlit as st

from core.targets.expression.resolve import parameter_names
from core.targets.registry import ENERGY, FORMULA_DIM, FORMULA_PARAMETERS, checked_parameters
from dashboard import engine
from dashboard.controls import inputs
from dashboard.controls.faults import Faults
from dashboard.controls.visible_controls import is_drawn
from dashboard.texts import explore as texts
from dashboard.texts.quoting import plain
from dashboard.url import address_bar, link

# Width of a slider, in pixels.
WIDTH = 260
# The choices for the number of dimensions. MORE stands for three or more, which have a field of their own.
MORE = 3
PLACES = {1: "Line", 2: "Plane", MORE: "More"}
# The slider of a parameter goes from −REACH to REACH, and starts at START. If the value in the link is beyond this range, the range is
# multiplied by ten until it contains the value.
REACH, START = 10.0, 1.0


def formula(corner: AbstractContextManager[Any], faults: Faults) -> dict[str, Any]:
    """Draw the control; returns the parameters of the target `expression`, or their defaults if the formula has a mistake.

    Args:
        corner: where to draw the choice of the number of dimensions.
        faults: collects errors; a mistake is shown below the formula.
    """
    with corner:
        dim = _dimension()
    row = st.container(key="formula")
    text_place, mistakes, slider_place, summary = (
        row.container(),
        row.container(),
        row.container(),
        row.container(),
    )
    with text_place:
        default, key = _default(dim), f"expression_energy_{min(dim, MORE)}"
        energy = inputs.text("Energy f", "energy", default, key=key, help=texts.ENERGY)
    if energy != ENERGY.default:  # a link without a formula means the plane's default formula
        address_bar.put("energy", energy)
    values: dict[str, Any] = {"energy": energy, "dim": dim}
    with mistakes, faults.beside("energy"):
        with slider_place:
            values["parameters"] = _parameters(parameter_names(energy))
        values = checked_parameters("expression", values)
        with summary:
            _summary(values)
        return values
    return checked_parameters("expression", {})


def _dimension() -> int:
    """Draw the choice between line, plane and more dimensions; returns the number of dimensions."""
    key, default = link.key_of("expression_dim"), FORMULA_DIM.default
    given = link.start(key, "dim", default, lambda text: FORMULA_DIM.check("dim", link.number(text)))
    place = min(given, MORE)
    if is_drawn("energy"):
        chosen = st.segmented_control(
            "Space",
            list(PLACES),
            default=place,
            required=True,
            format_func=PLACES.__getitem__,
            key=key,
            help=texts.SPACE,
            on_change=_new_space,
        )
        place = chosen or default
    many = _many() if place == MORE else place
    return link.keep("dim", many, default)


def _many() -> int:
    """Draw the field for the number of dimensions above two; returns that number."""
    key = link.key_of("expression_many")
    text = address_bar.now().get("dim", "")
    start = int(text) if text.isdecimal() and MORE <= int(text) <= FORMULA_DIM.maximum else MORE
    if not is_drawn("energy"):
        return start
    found: int = st.number_input(
        "Dimensions", MORE, FORMULA_DIM.maximum, st.session_state.get(key, start), key=key, width=WIDTH
    )
    return found


def _default(dim: int) -> str:
    """The formula that the field contains before the viewer types one."""
    if dim == FORMULA_DIM.default:
        return ENERGY.default
    return texts.LINE_FORMULA if dim == 1 else texts.MANY_FORMULA


def _new_space() -> None:
    """Remove the formula from the address when the number of dimensions changes."""
    address_bar.replace({}, ("energy", "parameters"))


def _parameters(names: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Draw a slider for each name in the formula; returns names and values."""
    given = _given()
    values = {name: given.get(name, START) for name in names}
    if names and is_drawn("energy"):
        with st.container(horizontal=True, gap="medium"):
            values = {name: _slider(name, value) for name, value in values.items()}
    pairs = tuple(values.items())
    return link.keep("parameters", pairs, ())


def _given() -> dict[str, float]:
    """The parameters in the address; an invalid text is reported and ignored."""
    text = address_bar.now().get("parameters", "")
    try:
        return dict(FORMULA_PARAMETERS.check("parameters", text))
    except ValueError as error:
        link.wrong("parameters", error)
        return {}


def _slider(name: str, value: float) -> float:
    reach = REACH * 10 ** max(math.ceil(math.log10(max(abs(value), REACH) / REACH)), 0)
    key = link.key_of(f"expression_{name}_{reach:g}")
    start = st.session_state.get(key, value)
    found: float = st.slider(
        name, -reach, reach, start, reach / 100, key=key, help=texts.PARAMETER, width=WIDTH
    )
    return found


def _summary(values: dict[str, Any]) -> None:
    """Show the energy's properties, which are computed without training.

    Raises:
        ValueError: the integral of its density is infinite, or the density cannot be used for another reason.
    """
    engine.load()
    from core.targets.base import heavy_tails
    from core.targets.expression.target import known, surveyed

    if values["dim"] > 2:
        modes = surveyed(values["energy"], values["dim"], values["parameters"]).modes
        if is_drawn("energy"):
            st.caption(plain(texts.found_properties(len(modes))))
        return
    found = known(values["energy"], values["dim"], values["parameters"])
    if is_drawn("energy"):
        ends = zip(found.box.lower.tolist(), found.box.upper.tolist(), strict=True)
        box = " × ".join(f"[{low:.3g}, {high:.3g}]" for low, high in ends)
        error = found.grid.log_z_error
        facts = (found.grid.log_z, error, found.weights.tolist(), box, heavy_tails(found.box_mass))
        st.caption(plain(texts.computed_properties(*facts)))
