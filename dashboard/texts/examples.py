"""A sentence for each example: what the reader sees, why it matters, and what to try."""

from __future__ import annotations

from core.facts import fact

# By the name of the example.
SENTENCES = {
    "first": (
        "Half of the mass must reach the other mode, and the linear curve leaves that to the end. Move the time to the right, "
        "then increase the mode separation."
    ),
    "tame": (
        "The modes are close, so all three curves move their mass at moderate speed. Increase the mode separation and watch whose ‖v‖² stays small."
    ),
    "teleportation": (
        "Far modes and a narrow latent: the linear curve must move half of the mass in the last moments, and its training misses a mode. "
        "Choose *Cured by σ*, which changes σ alone, or the gradient flow."
    ),
    "cured": (
        f"The same modes, and a latent wide enough to reach both: the linear curve's ‖v‖² ends at {fact('pair-5.5-wide-end')} instead of "
        f"{fact('pair-5.5-end')} (σ = 1), and its training finds both modes. The price comes at the start: contracting the wide latent takes "
        f"‖v‖² = {fact('pair-5.5-wide-start')}. Lower σ and see the problem return."
    ),
    "forgotten": (
        "The learned samples never reach a mode that holds two thirds of the mass. The effective sample size hides this; the mode masses "
        "reveal it. Compare both in the metrics, then raise σ."
    ),
    "unequal": (
        "A fifth of the mass belongs to the left mode, the rest to the right one. Compare the mode masses over time, then make the weights more "
        "unequal under *More settings*."
    ),
    "gmm40": (
        "Forty modes, most of them far from the latent. The gradient flow splits into them step by step, and its samples reach all of them."
    ),
}
