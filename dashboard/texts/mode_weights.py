"""Texts about the recovered weights of a far mode."""

from __future__ import annotations

from core.mode_weights import MOST_PARETO_K, NUM_SAMPLES, SEPARATION, STEPS

TITLE = "How much of a mode arrives?"
ABOUT = (
    f"Trained curves, unlike the exact ones above. The latent covers the mode at 0; the other mode, at {SEPARATION:g}, has the weight w, so this "
    "fraction of the mass must arrive there. Three curves were trained for each w. On the dotted diagonal, exactly the right mass has arrived."
)
LABEL = "Weight w of the far mode"
WEIGHT = "The fraction of the target's mass in the far mode."
READING = (
    "Solid lines: the fraction of the samples in the far mode. Dashed lines: the same after reweighting. A cross marks a Pareto k̂ of "
    f"{MOST_PARETO_K:g} or more, where a few huge weights decide. A small k̂ is no proof: it cannot reveal a mode that almost no sample has reached. All runs start from the same latent samples, so their deviations resemble each other."
)
TABLE = (
    "The weight of the far mode, recovered by each curve. An asterisk marks a Pareto k̂ of "
    f"{MOST_PARETO_K:g} or more, where a few huge weights decide."
)
MISSING = "The saved results of this study are missing. The command `python -m core presets --only weights` computes them."
ALT = "Recovered against true weight of the far mode, for three curves, raw and reweighted"


def shown(weight: float) -> str:
    """The weight that the table is about."""
    return f"Saved runs for w = **{weight:g}**, {STEPS} training steps each:"


def best_possible(spread: float, num_samples: int = NUM_SAMPLES) -> str:
    """The spread of exact samples."""
    return f"With {num_samples} exact samples, the raw fraction varies by ± {spread:.3f}."
