"""Sampling and scoring of a field: the last step of every run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch

from core.fields import AbstractField
from core.interpolations.build import build_latent, build_target
from core.problem import Problem, TargetSpec
from core.results.metrics import Floors, floors, report
from core.results.report import Report
from core.sampling.flow import Flow, carry, weighted_samples
from core.sampling.generators import exact_generator, sample_generator
from core.sampling.samples import Samples


@dataclass(frozen=True)
class Evaluation:
    """Samples of a field with their paths and their report."""

    flow: Flow
    samples: Samples
    report: Report


def evaluate(
    problem: Problem, field: AbstractField, num_samples: int, times: torch.Tensor | None = None
) -> Evaluation:
    """Move latent samples along a field and score the result.

    Args:
        problem: the problem that the field solves.
        field: exact or learned.
        num_samples: number of samples. The same problem and number always use the same latent samples.
        times: times at which the paths are stored; by default 0 and 1.
    """
    latent, target = build_latent(problem), build_target(problem)
    noise = latent.sample(num_samples, sample_generator(problem))
    times = torch.tensor([0.0, 1.0]) if times is None else times
    flow = carry(field, noise, times, problem.sampling, (latent.scale, target.scale))
    samples = weighted_samples(flow, latent, target)
    return Evaluation(flow, samples, scored(problem, samples))


def scored(problem: Problem, samples: Samples) -> Report:
    """The report of samples of a problem's target, from any sampler.

    The floors depend only on the target, the seed and the number of samples. They are cached.
    """
    known = _floors(problem.target, problem.seed, len(samples.x))
    return report(build_target(problem), samples, exact_generator(problem), known)


@lru_cache(maxsize=64)
def _floors(target: TargetSpec, seed: int, num_samples: int) -> Floors:
    problem = Problem(target, seed=seed)
    density, generator = build_target(problem), exact_generator(problem)
    exact = density.sample(num_samples, generator)
    return floors(density, exact, generator)
