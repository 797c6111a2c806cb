"""A sentence for each example: what the reader sees, why it matters, and what to try."""

from __future__ import annotations

from core.facts import fact

# By the name of the example. Words in brackets point at a place on the pictures (see `dashboard.texts.prose`).
SENTENCES = {
    "first": (
        "Half of the mass must reach the other mode. The linear curve leaves this to the end, so "
        f"[its ‖v‖² ends at {fact('pair-4-end')}](see:linear/energy/1). On the gradient flow, "
        f"[‖v‖² stays below {fact('pair-4-flow-bound')}](see:gradient_flow/energy/0.7). Drag the time to the right, then "
        "increase the mode separation."
    ),
    "tame": (
        "The modes are close, so all three curves move their mass at moderate speed: "
        f"[the linear curve's ‖v‖² ends at {fact('pair-3-end')}](see:linear/energy/1), and "
        f"[the gradient flow stays below {fact('pair-3-flow-bound')}](see:gradient_flow/energy/0.7). Increase the mode separation and see which curve's "
        "‖v‖² stays small."
    ),
    "teleportation": (
        "The modes are far apart and the latent is narrow. The linear curve must move half of the mass in the last moments, at "
        f"[‖v‖² = {fact('pair-5.5-end')}](see:linear/energy/1), and [its training misses a mode](see:linear/masses/1). There are two "
        "cures: widen the latent, as in the example *Cured by σ*, or use the gradient flow."
    ),
    "cured": (
        "The modes are far apart, but the latent is wide enough to reach both: "
        f"[the linear curve's ‖v‖² ends at {fact('pair-5.5-wide-end')}](see:linear/energy/1) instead of {fact('pair-5.5-end')} with σ = 1, and its "
        "training finds both modes. But this has a price: contracting the wide latent at the start takes "
        f"[‖v‖² = {fact('pair-5.5-wide-start')}](see:linear/energy/0). Lower σ and watch the problem return."
    ),
    "forgotten": (
        "The learned samples never reach [a mode that holds two thirds of the mass](see:linear/masses/1). The effective sample size hides this; "
        "the mode masses reveal it. Compare both in the metrics, then raise σ."
    ),
    "unequal": (
        "The left mode holds [a fifth of the mass](see:gradient_flow/masses/1), the right mode the rest. Compare the mode masses over time, "
        "then make the weights more unequal under *More settings*."
    ),
    "gmm40": (
        "The target has forty modes, most of them far from the latent. The gradient flow splits again and again, and "
        "[its samples reach all 40](see:gradient_flow/masses/1)."
    ),
}
