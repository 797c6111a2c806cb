"""The player: linked panels on one clock, sent once and played in the browser.

Its JavaScript is written in small files, one idea each, which are put together here in a fixed order: there is no build step, and
nothing is fetched. What arrives replaces the pictures only; the clock and all that a viewer has chosen stay in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.reel import Panel, pack
from dashboard.components.player.look import PALETTES

# Of a panel's picture, in pixels, about.
HEIGHT = 380
BACKDROPS = ("exact", "learned", "difference")
# What a link to a view may name.
PARAMETERS = ("t", "backdrop", "panel")
_HERE = Path(__file__).parent
_SCRIPTS = (
    "reel", "smooth", "answer", "extent", "colours", "plot", "dots", "difference", "plane", "line", "strip", "predict", "scene",
    "action", "numbers", "capture", "clock", "course", "guess", "lens", "gestures", "figures", "backdrop", "controls", "modes", "preview",
    "player",
)  # fmt: skip


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


HTML, SCRIPT = _text("player.html"), "\n".join(_text(f"{name}.js") for name in _SCRIPTS)
_component = st.components.v2.component("curve_player", html=HTML, css=_text("player.css"), js=SCRIPT)


@dataclass(frozen=True)
class Choice:
    """What a viewer has chosen, as it was last let go of.

    Attributes:
        t: the time; None before there was a choice.
        backdrop: one of BACKDROPS; None for the player's own choice.
        panel: the key of the only panel that is shown; None for all.
    """

    t: float | None = None
    backdrop: str | None = None
    panel: str | None = None

    @property
    def moment(self) -> float:
        """The time that other pictures of the page show."""
        return 1.0 if self.t is None else self.t


def choice() -> Choice:
    """The choice that the address bar holds; what is wrong in it does not count."""
    link = st.query_params
    try:
        t = float(link["t"]) if "t" in link else None
    except ValueError:
        t = None
    backdrop = link.get("backdrop")
    return Choice(
        t if t is not None and 0 <= t <= 1 else None,
        backdrop if backdrop in BACKDROPS else None,
        link.get("panel"),
    )


def player(
    panels: Sequence[Panel],
    *,
    key: str,
    autoplay: bool = True,
    in_link: bool = True,
    preview: Mapping[str, Any] | None = None,
    on_modes: Callable[[Any], None] | None = None,
) -> Choice:
    """Draws the panels; returns what the viewer has chosen.

    Args:
        panels: one to four.
        key: of the component; one for each place on the pages.
        autoplay: whether it starts to play by itself when no time was chosen.
        in_link: whether the choice is kept in the address bar.
        preview: what the pictures are of, where the player may ask for others while a slider moves; see `previewed.terms`.
        on_modes: called, before the page is run again, with what the viewer has done to the target's modes; see `modes.move`.
    """
    begin = choice() if in_link else Choice()
    options = {
        "key": key,
        "height": HEIGHT,
        "autoplay": autoplay,
        "view": {"t": begin.t, "backdrop": begin.backdrop, "panel": begin.panel},
        "palettes": PALETTES,
    }
    # The link is read once: what is chosen later comes from the browser, and must not change the bytes.
    options = st.session_state.setdefault(f"{key}-options", options)
    result = _component(
        data=pack(panels, {**options, "preview": preview}),
        key=key,
        on_view_change=_nothing,
        on_modes_change=_nothing if on_modes is None else lambda: on_modes(st.session_state[key]["modes"]),
    )
    chosen = _chosen(result.view) if result.view else begin
    if in_link and result.view:
        _keep(chosen)
    return chosen


def _nothing() -> None:
    """A choice needs no more than the rerun that it starts."""


def _chosen(view: Any) -> Choice:
    backdrop = view["backdrop"] if view["backdrop"] in BACKDROPS else None
    return Choice(float(view["t"]), backdrop, view["panel"])


def _keep(chosen: Choice) -> None:
    """The choice into the address bar."""
    for name in PARAMETERS:
        value = getattr(chosen, name)
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != (text := f"{value:g}" if name == "t" else value):
            st.query_params[name] = text
