"""The names that links use, and the names that links made earlier may use for the same things.

Rename a parameter here: put its old name beside the new one. Links made before the rename then open what they opened.
"""

from __future__ import annotations

from collections.abc import Mapping

# Each parameter of an address, with its former names.
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
    "job": (),
    "pins": (),
    "controls": (),
    "large": (),
    # The Teleportation page.
    "m": (),
    "plane": (),
}
# The former words for a value; a value may be several words, separated by commas.
WORDS: dict[str, dict[str, str]] = {"controls": {"situations": "examples"}}
# Values that are now values of another parameter.
MOVED = {("interpolation", "langevin"): "compare"}


def current(params: Mapping[str, str]) -> dict[str, str]:
    """An address in today's names; a former name does not count beside the present one."""
    present = {old: name for name, former in NAMES.items() for old in former}
    found = {name: _words(name, text) for name, text in params.items() if name not in present}
    for old, text in params.items():
        if old in present:
            found.setdefault(present[old], _words(present[old], text))
    return {MOVED.get((name, text), name): text for name, text in found.items()}


def _words(name: str, text: str) -> str:
    known = WORDS.get(name)
    if known is None:
        return text
    return ",".join(known.get(word.strip(), word) for word in text.split(","))
