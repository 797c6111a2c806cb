"""Texts about how much of a far mode's weight trained curves recover."""

from __future__ import annotations

from core.mode_weights import MOST_PARETO_K, NUM_SAMPLES, SEPARATION, STEPS

TITLE = "How much of a mode arrives?"
ABOUT = (
    "The curves above are exact; here, three curves were trained for each weight w. The latent covers the mode at 0. The other mode, at "
    f"{SEPARATION:g}, has the weight w, so this fraction of the mass must arrive there. On the dotted diagonal, exactly the right mass has arrived."
)
LABEL = "Weight w of the far mode"
WEIGHT = "The fraction of the target's mass in the far mode."
READING = (
    "Solid lines: the fraction of the samples in the far mode. Dashed lines: the same after reweighting. A cross marks a Pareto k̂ of "
    f"{MOST_PARETO_K:g} or more: a few huge weights dominate the reweighted value. A small k̂ proves nothing, since it cannot reveal a mode "
    "that almost no sample has reached. All runs start from the same latent samples, so their errors are alike."
)
TABLE = (
    "The weight of the far mode, recovered by each curve. An asterisk marks a Pareto k̂ of "
    f"{MOST_PARETO_K:g} or more: a few huge weights dominate the reweighted value."
)
MISSING = "The saved results of this study are missing. The command `python -m core presets --only weights` computes them."
ALT = "Recovered against true weight of the far mode, for three curves, raw and reweighted"


def shown(weight: float) -> str:
    """The line above the table, which names the weight of the saved runs."""
    return f"Saved runs for w = **{weight:g}**, {STEPS} training steps each:"


def best_possible(spread: float, num_samples: int = NUM_SAMPLES) -> str:
    """How much the raw fraction varies between sets of exact samples."""
    return f"With {num_samples} exact samples, the raw fraction varies by ± {spread:.3f}."
