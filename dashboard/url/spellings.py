"""Names in links, with their former names, so that old links keep working.

To rename a parameter, put its old name beside the new one here.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.sampling.methods import FORMER

# Each parameter of an address and its former names.
NAMES: dict[str, tuple[str, ...]] = {
    # The problem.
    "target": (),
    "interpolation": (),
    "sigma": (),
    "center": (),
    "mode_separation": (),
    "dim": (),
    "num_modes": (),
    "std": (),
    "weights": (),
    "means": (),
    "cov": (),
    "shift": (),
    "bend": (),
    "temperature": (),
    "degrees": (),
    "coupling": (),
    "side": (),
    "hopping": (),
    "quartic": (),
    "energy": (),
    "parameters": (),
    "points": (),
    "bandwidth": (),
    "sketch": (),
    "beta_max": (),
    # Training and sampling.
    "seconds": (),
    "seed": (),
    "optimiser": (),
    "learning_rate": (),
    "width": (),
    "depth": (),
    "collocation": (),
    "batch_size": (),
    "start": (),
    "solver": (),
    "num_steps": (),
    # What is shown.
    "t": (),
    "backdrop": (),
    "panel": (),
    "compare": (),
    "samples": (),
    "job": (),
    "pins": (),
    "controls": (),
    "large": (),
    # Lessons.
    "lesson": (),
    "step": (),
    # The Teleportation page.
    "m": (),
    "plane": (),
}
# Former spellings of values; a value may be a list separated by commas.
VALUES: dict[str, dict[str, str]] = {
    "controls": {"situations": "examples"},
    "compare": FORMER,
    "panel": FORMER,
    "interpolation": FORMER,
}
# Values that moved to another parameter.
MOVED = {("interpolation", "mala"): "compare"}


def current(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address under their current names. If it has both a current and a former name, the current one counts."""
    present = {old: name for name, former in NAMES.items() for old in former}
    found = {name: _value(name, text) for name, text in params.items() if name not in present}
    for old, text in params.items():
        if old in present:
            found.setdefault(present[old], _value(present[old], text))
    return {MOVED.get((name, text), name): text for name, text in found.items()}


def _value(name: str, text: str) -> str:
    known = VALUES.get(name)
    if known is None:
        return text
    return ",".join(known.get(word.strip(), word) for word in text.split(","))
