"""Headings of the details below the player: the page may add a link to each, by the name of its panel."""

from __future__ import annotations

from collections.abc import Callable

# Draws a heading: its title, and the name of its panel.
Heading = Callable[[str, str], None]
