"""Names of the controls, as links and lessons use them."""

from __future__ import annotations

from core.targets.registry import TARGETS

PARAM, NONE = "controls", "none"
# The groups of controls in the Share popover, with their labels.
GROUPS = {
    "examples": "Examples",
    "target": "Target",
    "energy": "Formula",
    "points": "Points",
    "sketch": "Sketch",
    "interpolation": "Interpolation",
    "sigma": "Latent σ",
    "mode_separation": "Mode separation",
    "settings": "More settings",
}
# The main controls, outside "More settings".
MAIN = ("target", "interpolation", "sigma", "mode_separation")
# The controls that are sliders on the pages; a handout can contain them.
SLIDERS = ("sigma", "mode_separation")
LATENT = ("center",)
TRAINING = ("seconds", "optimiser", "learning_rate", "seed")
NETWORK = ("width", "depth", "collocation", "batch_size")
SAMPLING = ("solver", "num_steps")
GRADIENT_FLOW = ("beta_max", "start")
PARAMETERS = tuple(dict.fromkeys(name for entry in TARGETS.values() for name in entry.parameters))
# The controls under "More settings"; a link can also show each of them alone. Formulas, points and
# sketches are main controls (see `formula.py`, `points.py` and `sketch.py`).
SETTINGS = tuple(
    name
    for name in (*PARAMETERS, *LATENT, *TRAINING, *NETWORK, *SAMPLING, *GRADIENT_FLOW)
    if name not in ("mode_separation", "energy", "parameters", "points", "sketch")
)
# The parameters of the address that belong to controls.
CONTROLS = (
    "target",
    "energy",
    "parameters",
    "points",
    "sketch",
    "interpolation",
    "sigma",
    "mode_separation",
    *SETTINGS,
)
NAMES = (*GROUPS, *SETTINGS)
ALL = frozenset(NAMES)
