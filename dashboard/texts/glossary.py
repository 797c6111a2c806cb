"""The terms of the pages, each in one sentence. All definitions that readers see come from here."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term.

    Attributes:
        name: as in a list of terms.
        meaning: one sentence.
        pattern: a regular expression for the words that a text uses for it.
    """

    name: str
    meaning: str
    pattern: str


TERMS = {
    "energy": Term(
        "Energy",
        "f(x) = −log ρ(x), up to a constant: low where the density is high. A sampler sees the target only through its energy.",
        r"(?<!kinetic )energ(?:y|ies)",
    ),
    "target": Term(
        "Target", "The density to sample, given by its energy. Every curve ends there, at t = 1.", r"targets?"
    ),
    "latent": Term(
        "Latent",
        "The simple density that samples start from at t = 0: a Gaussian of width σ.",
        r"latents?",
    ),
    "curve": Term(
        "Curve", "A density ρₜ for each time t, from the latent at t = 0 to the target at t = 1.", r"curves?"
    ),
    "linear": Term(
        "Linear curve",
        "The curve that blends the energies of latent and target: fₜ = (1 − t) f₀ + t f₁.",
        r"linear curve",
    ),
    "learned": Term(
        "Learned curve",
        "The linear curve with the correction t(1 − t) ψ added to its energy, where ψ is a trained network.",
        r"learned curve",
    ),
    "gradient_flow": Term(
        "Gradient flow",
        "Noise blurs the target into a Gaussian. The gradient flow plays this backwards.",
        r"gradient flows?",
    ),
    "mode": Term("Mode", "A peak of a density with the mass around it.", r"modes?"),
    "mode_mass": Term("Mode mass", "The fraction of the mass that belongs to a mode.", r"mode mass(?:es)?"),
    "velocity": Term(
        "Velocity",
        "vₜ(x): the direction and speed at which mass at x moves at time t, so that the density follows the curve.",
        r"velocit(?:y|ies)",
    ),
    "kinetic_energy": Term(
        "Kinetic energy ‖vₜ‖²",
        "The mean of |vₜ|² over the density at this time. It explodes when mass has to hurry.",
        r"‖v[ₜt]?‖²|kinetic energy",
    ),
    "largest_speed": Term(
        "Largest speed max |vₜ|",
        "The largest speed where ρ|v|² is above 10⁻⁶ of its maximum; its square is at least ‖vₜ‖².",
        r"max \|vₜ\|",
    ),
    "action": Term(
        "Action",
        "‖vₜ‖² integrated over time: the cost of a curve. It is never below W₂² between latent and target.",
        r"actions?",
    ),
    "w2": Term(
        "W₂²",
        "The squared Wasserstein distance: the least action of any curve between latent and target.",
        r"W₂²",
    ),
    "residual": Term(
        "Residual",
        "How much a learned velocity and density violate the continuity equation; zero if they fit exactly.",
        r"residuals?",
    ),
    "ess": Term(
        "Effective sample size (ESS)",
        "The fraction of samples that still count after reweighting. It does not reveal a mode that no sample has reached.",
        r"effective samples?(?: size)?|ESS",
    ),
    "forward_ess": Term(
        "Forward ESS",
        "The effective sample size computed from exact samples of the target. It is near 0 if a run never reaches a mode.",
        r"forward ESS",
    ),
    "pareto_k": Term(
        "Pareto k̂",
        "How heavy the tail of the importance weights is. From 0.7 on, the weights are unreliable; a smaller value does not rule out a missed mode.",
        r"pareto k̂|k̂",
    ),
    "log_z": Term(
        "log Z", "The logarithm of Z = ∫ exp(−f(x)) dx, which makes exp(−f)/Z a density.", r"log Z"
    ),
    "elbo": Term(
        "ELBO", "A lower bound on log Z, computed from the run's samples. Unequal weights lower it.", r"ELBO"
    ),
    "eubo": Term(
        "EUBO", "An upper bound on log Z, computed from exact samples. A missed mode raises it.", r"EUBO"
    ),
    "gap": Term(
        "EUBO − ELBO",
        "The gap between the two bounds on log Z: 0 if the samples are exact, large if they miss a mode.",
        r"EUBO − ELBO",
    ),
    "mode_mass_error": Term(
        "Mode mass error",
        "The fraction of the samples that would have to move to another mode to give every mode its mass: the total variation between "
        "sampled and exact mode masses.",
        r"mode mass errors?",
    ),
    "modes_covered": Term(
        "Modes covered",
        "The number of modes whose samples hold at least 5 % of the mode's exact mass.",
        r"modes covered",
    ),
    "best_possible": Term(
        "Best possible",
        "The score of the same number of exact samples. It is not perfect, because exact samples are random, too.",
        r"best possible",
    ),
    "energy_distance": Term(
        "Energy distance",
        "A distance between samples and exact samples, from the mean distances between their points; 0 for equal distributions.",
        r"energy distances?",
    ),
    "emc": Term(
        "Entropic mode coverage (EMC)",
        "The entropy of the sampled mode masses relative to its maximum: 1 if all modes hold the same mass, 0 if one holds all.",
        r"entropic mode coverage|EMC",
    ),
    "ejs": Term(
        "Jensen–Shannon distance (EJS)",
        "The difference between sampled and exact mode masses, measured by entropies: 0 is best, 1 is worst.",
        r"jensen–shannon distance|EJS",
    ),
    "sinkhorn": Term(
        "Sinkhorn distance",
        "A smoothed Wasserstein distance W₂ to exact samples, in the units of x.",
        r"sinkhorn distance",
    ),
    "mmd": Term(
        "Maximum mean discrepancy (MMD)",
        "A distance to exact samples, computed with a Gaussian kernel between the points; 0 for equal distributions.",
        r"maximum mean discrepancy|MMD",
    ),
    "strays": Term(
        "Strays", "The fraction of the samples far outside the target, failed ones included.", r"strays"
    ),
    "failed": Term("Failed samples", "Samples for which the ODE solver failed.", r"failed samples?"),
    "ancestors": Term(
        "Distinct ancestors",
        "The number of latent samples from which resampled points descend. A small number means many copies.",
        r"distinct ancestors",
    ),
    "energy_calls": Term(
        "Energy calls",
        "How often a method evaluates the energy at a point, with or without its gradient: the cost that does not depend on the machine.",
        r"energy calls?",
    ),
    "psi": Term("ψ", "The network whose correction bends the learned curve.", r"ψ"),
    "exact": Term("Exact", "Computed from the target, without training.", r"exact(?:ly)?"),
}
# Longer names first, so that `mode masses` is not taken for `mode`.
PATTERN = re.compile(
    rf"(?<![\w*])(?:{'|'.join(f'(?P<{key}>{term.pattern})' for key, term in sorted(TERMS.items(), key=lambda item: -len(item[1].name)))})(?!\w)",
    re.IGNORECASE,
)
# The definitions that the player shows at its key numbers.
OF_PLAYER = {key: TERMS[key].meaning for key in ("kinetic_energy", "largest_speed", "action")}


def terms_in(text: str) -> list[str]:
    """The terms that a text uses, by key, in the order of their first use."""
    return list(dict.fromkeys(str(found.lastgroup) for found in PATTERN.finditer(text)))


def listed() -> str:
    """All terms with their definitions, as Markdown."""
    return "\n".join(f"- **{term.name}**: {term.meaning}" for term in TERMS.values())
