"""The type of functions that draw the headings of the details below the player. A page may add a link beside each heading."""

from __future__ import annotations

from collections.abc import Callable

# Draws a heading. Arguments: its title, and the name of its panel, which selects the link.
Heading = Callable[[str, str], None]
