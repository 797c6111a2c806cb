"""The gallery of targets: a picture and a few facts of each, with a search field, in a dialog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.targets.parameters import Integer
from core.targets.registry import TARGETS
from dashboard.controls.own_targets import own_targets
from dashboard.controls.visible_controls import is_drawn
from dashboard.texts import targets as texts
from dashboard.texts.quoting import plain

PICTURES = Path(__file__).resolve().parents[2] / "assets" / "targets"
# Width of a card, in pixels: two cards fit side by side on a phone.
WIDTH = 146
# Buttons above the pictures, for targets of one's own: label and icon.
WAYS = {
    "expression": (texts.OWN_FORMULA, ":material/function:"),
    "sketch": (texts.DRAW, ":material/draw:"),
    "points": (texts.IMPORT, ":material/upload_file:"),
}


def gallery_button(
    current: str, choose: Callable[[str], None], label: str = "", key: str = "gallery"
) -> None:
    """Draw a button that opens the gallery, if the link shows the choice of the target.

    Args:
        current: name of the selected target.
        choose: sets the target; called before the page is drawn again.
        label: the button's label; an icon alone if empty.
        key: the button's key.
    """
    if is_drawn("target") and st.button(label, icon=":material/grid_view:", help=texts.GALLERY, key=key):
        _gallery(current, choose)


@st.dialog("Targets", width="large", icon=":material/grid_view:")
def _gallery(current: str, choose: Callable[[str], None]) -> None:
    is_chosen = False
    with st.container(horizontal=True, gap="small"):
        for name, (label, icon) in WAYS.items():
            is_chosen |= _choice(label, name, current, choose, icon=icon)
    query = st.text_input("Search", placeholder=texts.SEARCH, key="gallery_search", icon=":material/search:")
    is_chosen |= own_targets(current, query)
    names = matching(query)
    if not names:
        st.info(texts.nothing_matches(plain(query)))
    with st.container(horizontal=True, gap="xsmall"):
        for name in names:
            with st.container(border=True, width=WIDTH, gap="xsmall"):
                is_chosen |= _card(name, current, choose)
    if is_chosen:
        st.rerun()


def _card(name: str, current: str, choose: Callable[[str], None]) -> bool:
    """Draw a target's picture, its button and its facts; returns whether the button was pressed."""
    picture = PICTURES / f"{name}.png"
    if picture.exists():
        st.image(picture, width="stretch")
    is_chosen = _choice(TARGETS[name].title, name, current, choose)
    st.caption(texts.facts(*facts_of(name)))
    return is_chosen


def _choice(
    label: str, name: str, current: str, choose: Callable[[str], None], icon: str | None = None
) -> bool:
    kind = "primary" if name == current else "secondary"
    return st.button(
        label,
        key=f"gallery_{name}",
        type="primary" if kind == "primary" else "secondary",
        icon=icon,
        help=TARGETS[name].definition,
        width="stretch" if icon is None else "content",
        on_click=choose,
        args=(name,),
    )


def matching(query: str) -> list[str]:
    """The targets (except those of `WAYS`) whose name, title, definition or facts contain all words of a query."""
    words = query.casefold().split()
    found = []
    for name, entry in TARGETS.items():
        text = f"{name} {entry.title} {entry.definition} {texts.facts(*facts_of(name))}".casefold()
        if name not in WAYS and all(word in text for word in words):
            found.append(name)
    return found


def facts_of(name: str) -> tuple[int, bool, tuple[str, ...]]:
    """A target's default number of dimensions, whether the viewer can choose that number, and what is unknown about the target."""
    entry = TARGETS[name]
    values = {key: parameter.default for key, parameter in entry.parameters.items()}
    dim = entry.parameters.get("dim")
    can_choose = isinstance(dim, Integer) or "means" in entry.parameters or "side" in entry.parameters
    return entry.count_dimensions(values), can_choose, entry.unknown(values)
