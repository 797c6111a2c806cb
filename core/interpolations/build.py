"""Build the parts of a `Problem`: latent, target, noise schedule and untrained interpolation."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch

from core import checks
from core.interpolations.base import AbstractInterpolation
from core.interpolations.gradient_flow import GradientFlowInterpolation
from core.interpolations.learned import LearnedInterpolation
from core.interpolations.linear import LinearInterpolation
from core.interpolations.particle_survey import MOST_DIMENSIONS, ParticleSurvey
from core.interpolations.schedule import NoiseSchedule, default_beta_max
from core.interpolations.starts import start_of
from core.interpolations.surveyed import SurveyedInterpolation
from core.networks import NetworkMaker
from core.problem import INTERPOLATIONS, Problem, TargetSpec
from core.targets import registry
from core.targets.base import NO_LAPLACIAN, AbstractEnergy, AbstractTarget, KnownTarget, count_calls
from core.targets.latent import AbstractLatent, GaussianLatent, LaplaceLatent
from core.targets.moved import moved
from core.types import Vector


def build_target(problem: Problem) -> KnownTarget:
    """The target ρ_D, in float64."""
    return registry.build(problem.target.name, problem.target.values)


def known_target(problem: Problem) -> AbstractTarget:
    """The target of a problem, with all of its modes and their masses, which exact solutions need.

    Raises:
        ValueError: some modes or their masses are unknown.
    """
    target = build_target(problem)
    if not isinstance(target, AbstractTarget):
        raise ValueError(f"Some modes of `{problem.target.name}` or their masses are unknown.")
    return target


def build_latent(problem: Problem) -> AbstractLatent:
    """The latent ρ_Z, in float64."""
    center = _center(problem)
    if problem.latent == "laplace":
        return LaplaceLatent(problem.sigma, center)
    return GaussianLatent(problem.sigma, problem.target.dim, center)


def _center(problem: Problem) -> Vector:
    """The centre of the latent: the origin or the centre of the target's box."""
    if problem.center == "target":
        return build_target(problem).box.center
    return torch.zeros(problem.target.dim, dtype=torch.float64)


def build_schedule(problem: Problem) -> NoiseSchedule:
    """The noise schedule of the gradient flow. If β_max is not given, it is derived from the extent of the target's box."""
    beta_max = problem.beta_max
    if beta_max is None:
        reach = build_target(problem).box.reach(_center(problem))
        beta_max = default_beta_max(problem.sigma, problem.beta_min, reach)
    return NoiseSchedule(problem.sigma, problem.beta_min, beta_max)


def build_interpolation(
    problem: Problem,
    generator: torch.Generator,
    dtype: torch.dtype = torch.float32,
    survey: Callable[[], ParticleSurvey | None] | None = None,
) -> AbstractInterpolation:
    """The untrained curve of a problem.

    Args:
        problem: gives the densities, the kind of curve and the size of the networks.
        generator: draws the networks' initial weights.
        dtype: precision of parameters and buffers.
        survey: returns the target's survey, from which the untrained curve is built, in coordinates relative to the latent's centre; None
            for a curve without survey. By default, the target is surveyed if `problem.training.start` requires it.

    Raises:
        ValueError: the kind of curve is unknown, or the target has no Laplacian, which a gradient flow needs.
    """
    checks.choice("interpolation", problem.interpolation, INTERPOLATIONS)
    latent, target = build_latent(problem), build_target(problem)
    networks = NetworkMaker(problem.training.width, problem.training.depth, generator)
    start = problem.training.start
    survey = survey or (lambda: _survey(problem, target, latent))
    model: AbstractInterpolation
    if problem.interpolation == "linear":
        model = LinearInterpolation(latent, target, networks)
    elif problem.interpolation == "learned":
        model = _learned(latent, target, networks, survey if start == "survey" else None)
    else:
        if not target.has_laplacian:
            raise ValueError(NO_LAPLACIAN)
        schedule, centered = build_schedule(problem), moved(target, -latent.center)
        before = start_of(centered, schedule, start, survey)
        model = GradientFlowInterpolation(latent, target, schedule, networks, before)
    return model.to(dtype)


def _learned(
    latent: AbstractLatent,
    target: AbstractEnergy,
    networks: NetworkMaker,
    survey: Callable[[], ParticleSurvey | None] | None,
) -> AbstractInterpolation:
    """A learned curve. It starts from the survey's mixture if that resembles the target, otherwise from the linear curve."""
    if survey is not None and isinstance(latent, GaussianLatent) and target.dim <= MOST_DIMENSIONS:
        found = survey()
        if found is not None and found.is_reliable:
            return SurveyedInterpolation(latent, target, found, networks)
    return LearnedInterpolation(latent, target, networks)


def _survey(problem: Problem, target: AbstractEnergy, latent: AbstractLatent) -> ParticleSurvey:
    """The survey of a target, relative to the latent's centre. Its energy calls are counted even if the survey comes from the cache."""
    survey = surveyed(problem.target)
    count_calls(target, survey.calls, survey.gradient_calls)
    return survey.moved(-latent.center)


@lru_cache(maxsize=8)
def surveyed(spec: TargetSpec) -> ParticleSurvey:
    """The survey of a target, cached so that other curves to the same target can use it."""
    return ParticleSurvey.of(registry.build(spec.name, spec.values))
