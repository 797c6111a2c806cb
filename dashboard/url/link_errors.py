"""Error sentences about the values of a link."""

from __future__ import annotations

import math

from core.checks import LONGEST_VALUE, LimitsError, readable
from dashboard.texts import shared as texts
from dashboard.texts.quoting import plain

# Labels of parameters whose name on the page differs from that in the address.
_NAMES = {"sigma": "σ", "dim": "dimensions", "std": "standard deviation", "num_modes": "number of modes"}


def sentence(param: str, given: str, error: ValueError) -> str:
    """A sentence with the value in the link, the allowed values, and what the page shows instead, as Markdown.

    Args:
        param: name of the parameter in the address.
        given: its text in the link.
        error: why the value is refused; a LimitsError contributes the allowed values.
    """
    name = plain(_NAMES.get(param, param.replace("_", " ")))
    if isinstance(error, LimitsError):
        return texts.link_error(name, _value(given), plain(error.allowed, 1000))
    return texts.unreadable_value(name, _value(given), plain(error))


def _value(text: str) -> str:
    """A number in readable form (10⁹, not 1e9); any other text in quotes."""
    try:
        value = float(text)
    except ValueError:
        return f"“{plain(text, LONGEST_VALUE)}”"
    is_plain = not math.isfinite(value) or value == 0 or 1e-4 <= abs(value) < 1e6
    return plain(text, LONGEST_VALUE) if is_plain else readable(value)
