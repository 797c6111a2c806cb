"""The player: linked panels on one clock, sent once and played in the browser."""

from __future__ import annotations

from collections.abc import Sequence

from core.reel import Panel

HEIGHT = 380


def player(panels: Sequence[Panel], *, key: str, height: int = HEIGHT, autoplay: bool = True) -> float:
    """Draws the panels; returns the time that was last let go of, or the end.

    Args:
        panels: one to four.
        key: of the component; one for each place on the pages.
        height: of a panel's picture, in pixels.
        autoplay: whether it starts to play by itself.
    """
    raise NotImplementedError
