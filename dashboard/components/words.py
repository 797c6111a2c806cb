"""The sentences beside the pictures."""

from __future__ import annotations

import math

from core.problem import Problem

PLANE = 2
# A shift of the latent is mentioned from this share of σ on.
SEEN_SHIFT = 0.1

ABOUT = {
    "linear": (
        "The linear curve fades one energy into the other; where modes are far apart, mass must jump between them, "
        "and the velocity explodes near the end."
    ),
    "learned": (
        "The learned curve bends the linear one by t(1 − t) ψ, so that mass may travel instead of jump."
    ),
    "gradient_flow": (
        "The gradient flow runs the blurring of the target into a Gaussian backwards: "
        "modes part slowly and their mass travels with them."
    ),
    "langevin": (
        "Langevin chains learn nothing: each walks downhill in energy with noise, and rarely crosses between far modes."
    ),
}


def exact_caption(problem: Problem, method: str, has_velocity: bool) -> str:
    """What the exact picture shows."""
    if method == "langevin":
        return "The target's density: where the chains should end."
    if method == "learned":
        return "Before training ψ = 0: the curve to start from is the linear one, shown here with what is known of it."
    if problem.target.dim > PLANE:
        return "Histogram of the first two coordinates of latent samples carried by the exact velocity."
    if not has_velocity:
        return "The exact density; the exact velocity of this curve is known on the line only."
    if problem.target.dim == 1:
        return "Exact density, with the lines that keep a fixed share of the mass below them."
    return "Exact density, the velocity that carries it (arrows), and latent samples carried along (dots)."


def learned_caption(problem: Problem, method: str) -> str:
    """What the picture of a run shows."""
    if method == "langevin":
        return "Histogram of the chains over the course of the run; lines and dots are single chains."
    if problem.target.dim > PLANE:
        return "Histogram of the first two coordinates of latent samples carried by the learned velocity."
    carried = "lines" if problem.target.dim == 1 else "dots"
    if method == "linear":
        return f"The same given density; the {carried} are latent samples carried by the learned velocity."
    return f"The learned density; the {carried} are latent samples carried by its velocity."


# What the thin line stands for, where it is not the exact answer to the very same question.
_THIN = {"learned": "the linear curve that training starts from", "langevin": "the target"}


def density_caption(method: str, time: float) -> str:
    """What the density's lines are."""
    filled = "the chains" if method == "langevin" else "learned"
    return f"The density at t = {time:.2f}: thin for {_THIN.get(method, 'exact')}, filled for {filled}."


def velocity_caption(method: str) -> str:
    """What the velocity's lines are."""
    thin = _THIN.get(method, "exact")
    return f"The velocity there, large where much mass must cross a place that holds little: thin for {thin}."


def energy_caption(method: str) -> str:
    """What the lines of the kinetic energy are."""
    thin = _THIN.get(method, "exact")
    return (
        f"The kinetic energy of the velocity over time, on a log axis: thin for {thin}, coloured for learned."
    )


def leftover(problem: Problem, reach: float) -> str | None:
    """How much of the target the gradient flow still remembers at t = 0, when it can be seen.

    Args:
        problem: of a gradient flow.
        reach: how far from the origin the picture goes.
    """
    kept = math.exp(-(problem.beta_max + problem.beta_min) / 4)
    if kept * reach < SEEN_SHIFT * problem.sigma:
        return None
    return (
        f"At t = 0 the flow still keeps {kept:.2%} of every distance in the target, up to {kept * reach:.2g} here: "
        "raise the largest β under *More settings* to let it forget."
    )
