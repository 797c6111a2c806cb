"""Build the parts of a Problem: latent, target, noise schedule and untrained interpolation."""

from __future__ import annotations

import torch

from core import checks
from core.interpolations.base import AbstractInterpolation
from core.interpolations.gradient_flow import GradientFlowInterpolation
from core.interpolations.learned import LearnedInterpolation
from core.interpolations.linear import LinearInterpolation
from core.interpolations.schedule import NoiseSchedule, default_beta_max
from core.interpolations.starts import start_of
from core.networks import NetworkMaker
from core.problem import INTERPOLATIONS, Problem
from core.targets import registry
from core.targets.base import AbstractTarget
from core.targets.latent import AbstractLatent, GaussianLatent, LaplaceLatent
from core.targets.moved import moved
from core.types import Vector


def build_target(problem: Problem) -> AbstractTarget:
    """The target ρ_D, in float64."""
    return registry.build(problem.target.name, problem.target.values)


def build_latent(problem: Problem) -> AbstractLatent:
    """The latent ρ_Z, in float64."""
    center = _center(problem)
    if problem.latent == "laplace":
        return LaplaceLatent(problem.sigma, center)
    return GaussianLatent(problem.sigma, problem.target.dim, center)


def _center(problem: Problem) -> Vector:
    """The centre of the latent: the origin or the centre of the target's box."""
    middle = build_target(problem).box.center
    return middle if problem.center == "target" else torch.zeros_like(middle)


def build_schedule(problem: Problem) -> NoiseSchedule:
    """The noise schedule of the gradient flow; an unset β_max is derived from the target's extent."""
    beta_max = problem.beta_max
    if beta_max is None:
        reach = build_target(problem).box.reach(_center(problem))
        beta_max = default_beta_max(problem.sigma, problem.beta_min, reach)
    return NoiseSchedule(problem.sigma, problem.beta_min, beta_max)


def build_interpolation(
    problem: Problem, generator: torch.Generator, dtype: torch.dtype = torch.float32
) -> AbstractInterpolation:
    """The untrained curve of a problem.

    Args:
        problem: gives the densities, the kind of curve and the size of the networks.
        generator: draws the networks' initial weights.
        dtype: precision of parameters and buffers.

    Raises:
        ValueError: the curve has no trainable form.
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
