"""The player: linked panels on one clock. Their data is sent once and played in the browser.

New data replaces the pictures only; the clock and the viewer's settings stay in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from core import checks
from dashboard.player.look import PALETTES
from dashboard.player.reel import Panel, pack
from dashboard.player.source import CSS, HTML, SCRIPT
from dashboard.texts.glossary import OF_PLAYER
from dashboard.url import address_bar, link

# The approximate height of a panel's picture, in pixels.
HEIGHT = 380
BACKDROPS = ("exact", "learned", "difference")
# The query parameters of a view.
PARAMETERS = ("t", "backdrop", "panel")
Value = TypeVar("Value")
_component = st.components.v2.component("curve_player", html=HTML, css=CSS, js=SCRIPT)


@dataclass(frozen=True)
class Choice:
    """The viewer's choices in the player, as last committed.

    Attributes:
        t: the time in [0, 1]; None before any choice.
        backdrop: one of BACKDROPS; None lets the player choose.
        panel: the key of the only panel shown; None for all.
    """

    t: float | None = None
    backdrop: str | None = None
    panel: str | None = None

    @property
    def moment(self) -> float:
        """The time that the page's other charts show: t, or 1 before any choice."""
        return 1.0 if self.t is None else self.t


@dataclass(frozen=True)
class TimeMark:
    """A line on the time axis below the pictures.

    Attributes:
        t: the time in [0, 1].
        label: a word beside the line.
        is_exact: whether it is an exact value; others are dashed.
    """

    t: float
    label: str
    is_exact: bool = False


def choice() -> Choice:
    """The choice in the page's address."""
    return Choice(_read("t", _time), _read("backdrop", _backdrop), address_bar.now().get("panel"))


def _read(name: str, parse: Callable[[str], Value]) -> Value | None:
    """One query parameter, parsed; None where it is missing. An invalid one is reported once and ignored."""
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
    without: Sequence[str] = (),
    restarts: bool = False,
    in_row: bool = False,
    embedded: bool = False,
    marks: Sequence[TimeMark] = (),
    learn: Mapping[str, Mapping[str, str]] | None = None,
) -> Choice:
    """Show the panels; return the viewer's choices.

    Args:
        panels: at least one.
        key: the component's key, unique on the page.
        autoplay: whether the player starts by itself when no time was chosen.
        in_link: whether the choices are kept in the address bar.
        panel_names: keys that a link may name besides those of `panels`, such as panels that appear later.
        preview: the settings of the pictures (`preview_terms`); with them, the player requests previews while a slider moves.
        without: parts of the player to leave out, see `PARTS` in `controls.js`, and the strips `energy` and `masses`.
        in_row: whether panels stand in one row on a phone, too.
        marks: lines on the time axis.
        learn: the links to the steps of lessons that explain the panels: `href` and `title` by method.
        restarts: whether the player starts from t = 0 when an address without a time is opened later, as in a step of a lesson.
        embedded: whether the page is embedded in another page's frame; the pictures then use the height that is left in it.
        on_modes: called with the viewer's changes of the target's modes before the page reruns; see `modes.move`.
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
        "without": list(without),
        "restarts": restarts,
        "in_row": in_row,
        "embedded": embedded,
        "glossary": OF_PLAYER,
        "learn": learn,
    }
    # The options contain the choices from when the address opened the page. Later choices come from the browser, so they must not change
    # the bytes that are sent to it.
    if is_opened:
        kept = st.session_state[f"{key}-options"] = options
    options = kept
    result = _component(
        data=pack(panels, {**options, "preview": preview, "marks": [asdict(mark) for mark in marks]}),
        key=key,
        on_view_change=_nothing,
        on_modes_change=_nothing if on_modes is None else lambda: on_modes(st.session_state[key]["modes"]),
    )
    # Choices made before the address opened the page again are obsolete.
    is_current = bool(result.view) and result.view.get("opened", 0) == options["opened"]
    chosen = _chosen(result.view) if is_current else begin
    if in_link and is_current:
        _keep(chosen)
    return chosen


def _nothing() -> None:
    """Do nothing: the rerun itself applies the choice."""


def _chosen(view: Any) -> Choice:
    backdrop = view["backdrop"] if view["backdrop"] in BACKDROPS else None
    return Choice(float(view["t"]), backdrop, view["panel"])


def _keep(chosen: Choice) -> None:
    """Write the choice to the address."""
    for name in PARAMETERS:
        value = getattr(chosen, name)
        address_bar.put(name, f"{value:g}" if isinstance(value, float) else value)
