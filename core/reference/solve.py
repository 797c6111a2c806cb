"""Which exact method answers which Problem."""

from __future__ import annotations

from core.interpolations.build import build_latent, build_schedule, build_target
from core.problem import Problem
from core.reference.base import AbstractExactField
from core.reference.errors import NoExactFieldError
from core.reference.gaussian_flow import GaussianFlow
from core.reference.line import LineField, linear_path
from core.targets.mixture import GaussianMixture


def solve(problem: Problem) -> AbstractExactField:
    """The exact field of a problem, before anything is trained.

    Raises:
        NoExactFieldError: none is known here; the message says which are.
    """
    target = build_target(problem)
    if problem.interpolation == "gradient_flow":
        if isinstance(target, GaussianMixture):
            return GaussianFlow(target, build_schedule(problem))
        raise NoExactFieldError(
            f"The exact gradient flow is known for Gaussian mixtures only; the target is `{problem.target.name}`."
        )
    if problem.interpolation == "learned":
        raise NoExactFieldError("The learned interpolation has no exact field before its ψ is trained.")
    if target.dim != 1:
        raise NoExactFieldError(
            f"The exact linear field is known for targets on the line only; this one has dimension {target.dim}."
        )
    latent = build_latent(problem)
    return LineField(linear_path(latent, target), latent, target)
