"""The player's colours, the same as in all other figures."""

from __future__ import annotations

from typing import Any

from dashboard.figures.maps import diverging
from dashboard.figures.palette import DARK, GREYS, LIGHT, METHOD_COLOURS, STALE_COLOUR, Theme


def _look(name: str, theme: Theme) -> dict[str, Any]:
    return {
        "name": name,
        "ink": theme.ink,
        "faint": theme.faint,
        "paper": theme.paper,
        "density_scale": theme.density,
        "grey_scale": GREYS[name],
        "speed_scale": theme.speed,
        "diverging_scale": diverging(theme),
    }


PALETTES = {
    "light": _look("light", LIGHT),
    "dark": _look("dark", DARK),
    "methods": METHOD_COLOURS,
    "stale": STALE_COLOUR,
}
