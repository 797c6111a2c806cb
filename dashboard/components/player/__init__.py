"""The player: linked panels on one clock, sent once and played in the browser.

Its JavaScript is written in small files, one idea each, which are put together here in a fixed order: there is no build step, and
nothing is fetched. What arrives replaces the pictures only; the clock and all that a viewer has chosen stay in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from core import checks
from core.reel import Panel, pack
from dashboard.components import address_bar, link
from dashboard.components.player.look import PALETTES

# Of a panel's picture, in pixels, about.
HEIGHT = 380
BACKDROPS = ("exact", "learned", "difference")
# What a link to a view may name.
PARAMETERS = ("t", "backdrop", "panel")
Value = TypeVar("Value")
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
    """The choice that the address holds."""
    return Choice(_read("t", _time), _read("backdrop", _backdrop), address_bar.now().get("panel"))


def _read(name: str, parse: Callable[[str], Value]) -> Value | None:
    """A part of the choice; one that the address has wrong is reported once and does not count."""
    text = address_bar.now().get(name)
    try:
        return None if text is None else parse(text)
    except ValueError as error:
        link.wrong(name, error)
        return None


def _time(text: str) -> float:
    return checks.number("t", link.number(text), 0, 1)


def _backdrop(text: str) -> str:
    return checks.choice("backdrop", text, BACKDROPS)


def _panel(names: Collection[str], text: str) -> str:
    if text not in names:
        raise ValueError("there is no such panel.")
    return text


def player(
    panels: Sequence[Panel],
    *,
    key: str,
    autoplay: bool = True,
    in_link: bool = True,
    panel_names: Collection[str] = (),
    preview: Mapping[str, Any] | None = None,
    on_modes: Callable[[Any], None] | None = None,
) -> Choice:
    """Draws the panels; returns what the viewer has chosen.

    Args:
        panels: one to four.
        key: of the component; one for each place on the pages.
        autoplay: whether it starts to play by itself when no time was chosen.
        in_link: whether the choice is kept in the address bar.
        panel_names: keys that a link may name besides those of `panels`, such as panels that appear later.
        preview: what the pictures are of, where the player may ask for others while a slider moves; see `preview_terms`.
        on_modes: called, before the page is run again, with what the viewer has done to the target's modes; see `modes.move`.
    """
    kept = st.session_state.get(f"{key}-options", {})
    is_opened = kept.get("opened") != address_bar.opened()
    if in_link and is_opened:
        _read("panel", partial(_panel, {*panel_names, *(panel.key for panel in panels)}))
    begin = choice() if in_link else Choice()
    options: dict[str, Any] = {
        "key": key,
        "opened": address_bar.opened(),
        "height": HEIGHT,
        "autoplay": autoplay,
        "view": {"t": begin.t, "backdrop": begin.backdrop, "panel": begin.panel},
        "palettes": PALETTES,
    }
    # The address is read when it opens the page: what is chosen later comes from the browser, and must not change the bytes.
    if is_opened:
        kept = st.session_state[f"{key}-options"] = options
    options = kept
    result = _component(
        data=pack(panels, {**options, "preview": preview}),
        key=key,
        on_view_change=_nothing,
        on_modes_change=_nothing if on_modes is None else lambda: on_modes(st.session_state[key]["modes"]),
    )
    # What was chosen before the address opened the page anew is out of date.
    is_current = bool(result.view) and result.view.get("opened", 0) == options["opened"]
    chosen = _chosen(result.view) if is_current else begin
    if in_link and is_current:
        _keep(chosen)
    return chosen


def _nothing() -> None:
    """A choice needs no more than the rerun that it starts."""


def _chosen(view: Any) -> Choice:
    backdrop = view["backdrop"] if view["backdrop"] in BACKDROPS else None
    return Choice(float(view["t"]), backdrop, view["panel"])


def _keep(chosen: Choice) -> None:
    """Puts the choice into the address."""
    for name in PARAMETERS:
        value = getattr(chosen, name)
        address_bar.put(name, f"{value:g}" if isinstance(value, float) else value)
