"""From a Problem to its parts: latent, target, schedule and the interpolation to be trained."""

from __future__ import annotations

import torch

from core import checks
from core.interpolations.base import AbstractInterpolation
from core.interpolations.gradient_flow import GradientFlowInterpolation
from core.interpolations.learned import LearnedInterpolation
from core.interpolations.linear import LinearInterpolation
from core.interpolations.schedule import NoiseSchedule, forgetting_beta
from core.interpolations.starts import start_of
from core.networks import NetworkMaker
from core.problem import INTERPOLATIONS, Problem
from core.targets import registry
from core.targets.base import AbstractTarget
from core.targets.latent import AbstractLatent, GaussianLatent, LaplaceLatent
from core.targets.moved import moved
from core.types import Vector


def build_target(problem: Problem) -> AbstractTarget:
    """ρ_D in float64."""
    return registry.build(problem.target.name, problem.target.values)


def build_latent(problem: Problem) -> AbstractLatent:
    """ρ_Z in float64."""
    center = _center(problem)
    if problem.latent == "laplace":
        return LaplaceLatent(problem.sigma, center)
    return GaussianLatent(problem.sigma, problem.target.dim, center)


def _center(problem: Problem) -> Vector:
    """Where the latent sits."""
    middle = build_target(problem).box.center
    return middle if problem.center == "target" else torch.zeros_like(middle)


def build_schedule(problem: Problem) -> NoiseSchedule:
    """The noise schedule of the gradient flow."""
    beta_max = problem.beta_max
    if beta_max is None:
        reach = build_target(problem).box.reach(_center(problem))
        beta_max = forgetting_beta(problem.sigma, problem.beta_min, reach)
    return NoiseSchedule(problem.sigma, problem.beta_min, beta_max)


def build_interpolation(
    problem: Problem, generator: torch.Generator, dtype: torch.dtype = torch.float32
) -> AbstractInterpolation:
    """The untrained curve; the generator draws the networks' initial weights.

    Raises:
        ValueError: the curve is one that cannot be trained.
    """
    checks.choice("interpolation", problem.interpolation, INTERPOLATIONS)
    latent, target = build_latent(problem), build_target(problem)
    networks = NetworkMaker(problem.training.width, problem.training.depth, generator)
    model: AbstractInterpolation
    if problem.interpolation == "linear":
        model = LinearInterpolation(latent, target, networks)
    elif problem.interpolation == "learned":
        model = LearnedInterpolation(latent, target, networks)
    else:
        schedule = build_schedule(problem)
        start = start_of(moved(target, -latent.center), schedule, problem.training.start)
        model = GradientFlowInterpolation(latent, target, schedule, networks, start)
    return model.to(dtype)
