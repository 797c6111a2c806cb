"""Slider ranges of a target's parameters: narrower than the limits, so that a drag stays in the interesting range."""

from __future__ import annotations

from core.targets.parameters import Number

# The smallest and the largest value of a slider, by parameter and target.
_RANGES = {
    "mode_separation": {
        "shifted_pair": (1.0, 12.0),
        "two_modes": (1.0, 12.0),
        "ring": (1.0, 8.0),
        "laplace": (1.0, 20.0),
        "double_well": (1.0, 5.0),
        "asymmetric_gmm": (1.0, 12.0),
    },
    "std": dict.fromkeys(("shifted_pair", "two_modes", "ring"), (0.2, 2.0)),
}


def slider_range(target: str, name: str, spec: Number) -> tuple[float, float]:
    """The range of a parameter's slider; the parameter's limits if the table has no entry.

    Args:
        target: key of `core.targets.registry.TARGETS`.
        name: the parameter.
        spec: the parameter's limits and default, from the registry.
    """
    return _RANGES.get(name, {}).get(target, (spec.minimum, spec.maximum))
