"""The controls that a link shows: `?controls=sigma,mode_separation` shows only these, `?controls=none` none."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from core.checks import LimitsError
from dashboard.controls.names import ALL, MAIN, NAMES, NONE, PARAM, SETTINGS
from dashboard.look.embedding import is_embedded
from dashboard.url import address_bar, link

# The key of the expander "More settings".
EXPANDER = "more-settings"
_SHOWN = "shown_controls"


def shown() -> frozenset[str]:
    """The names of the controls that the link shows. A link without a list shows all, or only the main ones if the page is in a frame.

    An invalid list is reported and ignored.
    """
    text = address_bar.now().get(PARAM)
    kept: tuple[str | None, frozenset[str]] | None = st.session_state.get(_SHOWN)
    if kept is None or kept[0] != text:
        names = _listed(text)
        # The parsed list is kept, since every control needs it. An invalid list has been removed from the address by then.
        kept = st.session_state[_SHOWN] = (address_bar.now().get(PARAM), names)
    return kept[1]


def _listed(text: str | None) -> frozenset[str]:
    names = [] if text in (None, NONE) else [part.strip() for part in str(text).split(",")]
    wrong = [name for name in names if name not in NAMES]
    if wrong:
        error = LimitsError(f"there is no control {wrong[0]}", f"{NONE}, or some of {', '.join(NAMES)}")
        link.wrong(PARAM, error)
    if text is None or wrong:
        return frozenset(MAIN) if is_embedded() else ALL
    return frozenset(names) | frozenset(SETTINGS if "settings" in names else ())


def is_shown(*names: str) -> bool:
    """Whether at least one of these is shown. Controls that a link cannot hide are always shown."""
    return _holds(shown(), names)


def _holds(names_shown: frozenset[str], names: Collection[str]) -> bool:
    return any(name in names_shown or name not in ALL for name in names)


def is_drawn(*names: str) -> bool:
    """Whether at least one of these is shown and not in a closed expander. Widgets in a closed expander are not drawn, which makes the page
    faster."""
    names_shown = shown()
    if not st.session_state.get(EXPANDER, names_shown != ALL):
        names = tuple(name for name in names if name not in ("settings", *SETTINGS))
    return _holds(names_shown, names)


def is_lesson() -> bool:
    """Whether the link hides some controls, as a lecturer's links do."""
    return shown() != ALL
