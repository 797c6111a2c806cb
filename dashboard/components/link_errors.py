"""What the page says about a link that asks for something it cannot have."""

from __future__ import annotations

import math

from core.checks import LONGEST_VALUE, LimitsError, readable
from dashboard.components.quoting import plain

# Parameters that the page calls by another name.
_NAMES = {"sigma": "σ", "dim": "dimensions", "std": "standard deviation", "num_modes": "number of modes"}


def sentence(param: str, given: str, error: ValueError) -> str:
    """What the link asks for, what is allowed, and what is shown instead, as Markdown.

    Args:
        param: the name in the address bar.
        given: the link's text.
        error: why it is refused; of a LimitsError the allowed values are shown.
    """
    asked = f"The link asks for {plain(_NAMES.get(param, param.replace('_', ' ')))} = {_value(given)}"
    if isinstance(error, LimitsError):
        return f"{asked}; allowed values are {plain(error.allowed, 1000)}. The default is shown."
    return f"{asked}: {plain(error).rstrip('.')}. The default is shown."


def _value(text: str) -> str:
    """A number as a reader writes it, anything else as it stands, in quotes."""
    try:
        value = float(text)
    except ValueError:
        return f"“{plain(text, LONGEST_VALUE)}”"
    is_plain = not math.isfinite(value) or value == 0 or 1e-4 <= abs(value) < 1e6
    return plain(text, LONGEST_VALUE) if is_plain else readable(value)
