"""Widgets for the parameters of a target, one per kind of parameter in the registry."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from core.targets.parameters import Covariances, Integer, Number, Numbers, Parameter, Positions
from dashboard.controls import inputs
from dashboard.controls.slider_ranges import slider_range

LABELS = {
    "mode_separation": "Mode separation",
    "dim": "Dimensions",
    "num_modes": "Number of modes",
    "std": "Standard deviation",
    "weights": "Weights",
    "means": "Means",
    "cov": "Covariances",
    "shift": "Shift",
    "bend": "Bend b",
    "temperature": "Temperature T",
    "degrees": "Degrees of freedom ν",
    "coupling": "Coupling κ",
    "side": "Sites per side",
    "hopping": "Hopping κ",
    "quartic": "Coupling λ",
    "energy": "The formula",
    "points": "Points",
    "sketch": "Sketch",
    "bandwidth": "Bandwidth",
}


def label_of(name: str) -> str:
    """The label of a parameter on the page."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def parameter(target: str, name: str, spec: Parameter) -> Any:
    """Draw the widget of one parameter of a target; returns its value."""
    label, help, key = label_of(name), spec.help, f"{target}_{name}"
    default: Any = spec.default
    if isinstance(spec, Integer):
        limits = (spec.minimum, spec.maximum)
        check = partial(spec.check, name)
        return inputs.integer(
            label, name, limits, default, step=spec.multiple, help=help, key=key, check=check
        )
    if isinstance(spec, Number):
        return inputs.slider(label, name, slider_range(target, name, spec), default, help=help, key=key)
    if isinstance(spec, Positions):
        start = "\n".join(", ".join(f"{value:g}" for value in point) for point in default)
        lines = inputs.text(label, name, start, area=True, key=key, help=f"{help} One point per line.")
        return [_numbers(label, line) for line in lines.splitlines() if line.strip()]
    if isinstance(spec, Covariances):
        lines = inputs.text(
            label, name, "", area=True, key=key, help=f"{help} One mode per line.", placeholder="isotropic"
        )
        return [_numbers(label, line) for line in lines.splitlines() if line.strip()] or None
    assert isinstance(spec, Numbers)  # formulas have their own control, see `formula.py`
    return _number_list(label, name, key, spec)


def readable(error: ValueError) -> str:
    """An error of `core` with the page's labels: `weights[1]` becomes “Weights, number 2”."""

    def label(found: re.Match[str]) -> str:
        name, *indices = found[1], *re.findall(r"\d+", found[2])
        if name not in LABELS:
            return found[0]
        place = ", ".join(f"number {int(index) + 1}" for index in indices)
        return f"{label_of(name)}, {place}" if place else label_of(name)

    return re.sub(r"`(\w+)((?:\[\d+\])*)`", label, str(error))


def _number_list(label: str, name: str, key: str, spec: Numbers) -> Any:
    start = "" if spec.default is None else f"{spec.default:g}"
    given = inputs.text(label, name, start, key=key, help=spec.help, placeholder="equal")
    if not given.strip():
        return None
    values = _numbers(label, given)
    return values[0] if spec.scalar and len(values) == 1 else values


def _numbers(label: str, text: str) -> list[float]:
    """Parse numbers separated by commas or spaces.

    Raises:
        ValueError: an entry is not a number.
    """
    try:
        return [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        raise ValueError(f"{label}: write numbers separated by commas; got “{text.strip()}”.") from None
