"""The player: linked panels on one clock. Their data is sent once and played in the browser.

New data replaces the pictures only; the clock and the viewer's settings stay in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
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
# The query parameters that hold the viewer's choices.
PARAMETERS = ("t", "backdrop", "panel")
Value = TypeVar("Value")
_component = st.components.v2.component("curve_player", html=HTML, css=CSS, js=SCRIPT)


@dataclass(frozen=True)
class Choice:
    """The viewer's choices in the player, as the browser last sent them.

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


@dataclass(frozen=True)
class Look:
    """How a page shows the player.

    Attributes:
        autoplay: whether the player starts by itself when no time was chosen.
        without: parts of the player to leave out, see `PARTS` in `controls.js`, and the strips `energy` and `masses`.
        restarts: whether the player goes back to t = 0 when the viewer later opens an address without a time, such as a step of a lesson.
        in_row: whether panels stand in one row on a phone, too.
        embedded: whether the page is embedded in another page's frame; the pictures then use the height that is left in it.
        learn: the links to the steps of lessons that explain the panels: `href` and `title` by method.
    """

    autoplay: bool = True
    without: Sequence[str] = ()
    restarts: bool = False
    in_row: bool = False
    embedded: bool = False
    learn: Mapping[str, Mapping[str, str]] | None = None


_LOOK = Look()


def player(
    panels: Sequence[Panel],
    *,
    key: str,
    look: Look = _LOOK,
    in_link: bool = True,
    panel_names: Collection[str] = (),
    preview: Mapping[str, Any] | None = None,
    on_modes: Callable[[Any], None] | None = None,
    marks: Sequence[TimeMark] = (),
) -> Choice:
    """Show the panels; return the viewer's choices.

    Args:
        panels: at least one.
        key: the component's key, unique on the page.
        look: how the page shows the player.
        in_link: whether the choices are kept in the address bar.
        panel_names: keys that a link may name besides those of `panels`, such as panels that appear later.
        preview: the settings of the pictures (`preview_terms`); with them, the player requests previews while a slider moves.
        on_modes: called with the viewer's changes of the target's modes before the page reruns; see `modes.move`.
        marks: lines on the time axis.
    """
    options = _options(key, look, in_link, {*panel_names, *(panel.key for panel in panels)})
    result = _component(
        data=pack(panels, {**options, "preview": preview, "marks": [asdict(mark) for mark in marks]}),
        key=key,
        on_view_change=_nothing,
        on_modes_change=_nothing if on_modes is None else lambda: on_modes(st.session_state[key]["modes"]),
    )
    # Choices that the viewer made before a link opened the page again are obsolete.
    if not result.view or result.view.get("opened", 0) != options["opened"]:
        return _begin(in_link)
    chosen = _chosen(result.view)
    if in_link:
        _keep(chosen)
    return chosen


def _options(key: str, look: Look, in_link: bool, names: Collection[str]) -> dict[str, Any]:
    """The player's options, with the choices in the address that opened the page.

    The viewer makes later choices in the browser, which knows them. They must not change the options, since changed options would
    be sent to the browser again.
    """
    opened = address_bar.opened()
    kept: dict[str, Any] = st.session_state.get(f"{key}-options", {})
    if kept.get("opened") == opened:
        return kept
    if in_link:
        _read("panel", partial(_panel, names))
    kept = st.session_state[f"{key}-options"] = {
        **{field.name: getattr(look, field.name) for field in fields(look)},
        "key": key,
        "opened": opened,
        "height": HEIGHT,
        "view": asdict(_begin(in_link)),
        "palettes": PALETTES,
        "without": list(look.without),
        "glossary": OF_PLAYER,
    }
    return kept


def _begin(in_link: bool) -> Choice:
    """The choices that the player starts with."""
    return choice() if in_link else Choice()


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
