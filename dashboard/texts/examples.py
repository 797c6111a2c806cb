"""A sentence for each example: what the reader sees, why it matters, and what to try."""

from __future__ import annotations

from core.facts import fact

# By the name of the example. Words in brackets point at a place on the pictures (see `dashboard.texts.prose`).
SENTENCES = {
    "first": (
        "Half of the mass must reach the other mode, and the linear curve leaves that to the end: "
        f"[its ‖v‖² ends at {fact('pair-4-end')}](see:linear/energy/1), while "
        f"[that of the gradient flow stays below {fact('pair-4-flow-bound')}](see:gradient_flow/energy/0.7). Move the time to the right, then "
        "increase the mode separation."
    ),
    "tame": (
        "The modes are close, so all three curves move their mass at moderate speed: "
        f"[the linear curve's ‖v‖² ends at {fact('pair-3-end')}](see:linear/energy/1), and "
        f"[the gradient flow stays below {fact('pair-3-flow-bound')}](see:gradient_flow/energy/0.7). Increase the mode separation and watch whose ‖v‖² "
        "stays small."
    ),
    "teleportation": (
        "Far modes and a narrow latent: the linear curve must move half of the mass in the last moments, at "
        f"[‖v‖² = {fact('pair-5.5-end')}](see:linear/energy/1), and [its training misses a mode](see:linear/masses/1). There are two "
        "cures: a wider latent, as in the example *Cured by σ*, or the gradient flow."
    ),
    "cured": (
        "The same modes, and a latent wide enough to reach both: "
        f"[the linear curve's ‖v‖² ends at {fact('pair-5.5-wide-end')}](see:linear/energy/1) instead of {fact('pair-5.5-end')} (σ = 1), and its "
        "training finds both modes. The price comes at the start: contracting the wide latent takes "
        f"[‖v‖² = {fact('pair-5.5-wide-start')}](see:linear/energy/0). Lower σ and see the problem return."
    ),
    "forgotten": (
        "The learned samples never reach [a mode that holds two thirds of the mass](see:linear/masses/1). The effective sample size hides this; "
        "the mode masses reveal it. Compare both in the metrics, then raise σ."
    ),
    "unequal": (
        "[A fifth of the mass](see:gradient_flow/masses/1) belongs to the left mode, the rest to the right one. Compare the mode masses over time, "
        "then make the weights more unequal under *More settings*."
    ),
    "gmm40": (
        "Forty modes, most of them far from the latent. The gradient flow splits into them step by step, and "
        "[its samples reach all 40](see:gradient_flow/masses/1)."
    ),
}
