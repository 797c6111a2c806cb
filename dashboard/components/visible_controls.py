"""Which controls a link shows: `?controls=sigma,mode_separation` shows these alone, `?controls=none` none."""

from __future__ import annotations

import streamlit as st

from core.checks import LimitsError
from core.targets.registry import TARGETS
from dashboard.components import address_bar, link

PARAM, NONE = "controls", "none"
# The groups that a teacher chooses from, and how they are called on the page.
GROUPS = {
    "examples": "Examples",
    "target": "Target",
    "interpolation": "Interpolation",
    "sigma": "Latent σ",
    "mode_separation": "Mode separation",
    "settings": "More settings",
}
LATENT = ("center",)
TRAINING = ("seconds", "optimiser", "learning_rate", "seed")
NETWORK = ("width", "depth", "collocation", "batch_size")
SAMPLING = ("solver", "num_steps")
GRADIENT_FLOW = ("beta_max", "start")
PARAMETERS = tuple(dict.fromkeys(name for entry in TARGETS.values() for name in entry.parameters))
# The controls under "More settings"; each can be shown alone too.
SETTINGS = tuple(
    name
    for name in (*PARAMETERS, *LATENT, *TRAINING, *NETWORK, *SAMPLING, *GRADIENT_FLOW)
    if name != "mode_separation"
)
# What the controls keep in the address bar.
CONTROLS = ("target", "interpolation", "sigma", "mode_separation", *SETTINGS)
NAMES = (*GROUPS, *SETTINGS)
ALL = frozenset(NAMES)
# The key of the expander over the settings.
EXPANDER = "more-settings"


def shown() -> frozenset[str]:
    """The names of what the link shows: all of them when it names none, or a wrong one, which is told."""
    text = address_bar.now().get(PARAM)
    names = [] if text in (None, NONE) else [part.strip() for part in str(text).split(",")]
    wrong = [name for name in names if name not in NAMES]
    if wrong:
        error = LimitsError(f"there is no control {wrong[0]}", f"{NONE}, or some of {', '.join(NAMES)}")
        link.wrong(PARAM, error)
    if text is None or wrong:
        return ALL
    return frozenset(names) | frozenset(SETTINGS if "settings" in names else ())


def is_shown(*names: str) -> bool:
    """Whether one of these is shown; what is no control of this list always is."""
    visible = shown()
    return any(name in visible or name not in ALL for name in names)


def is_drawn(*names: str) -> bool:
    """Whether one of these is shown and not folded away: a page with fewer widgets answers sooner."""
    if not st.session_state.get(EXPANDER, is_lesson()):
        names = tuple(name for name in names if name not in ("settings", *SETTINGS))
    return is_shown(*names)


def is_lesson() -> bool:
    """Whether the link hides anything."""
    return shown() != ALL
