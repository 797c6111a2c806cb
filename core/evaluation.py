"""From a learned field to its samples and their report: the last step of a training run, wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch

from core.fields import AbstractField
from core.interpolations.build import build_latent, build_target
from core.metrics import Floors, floors, report
from core.problem import Problem, TargetSpec
from core.report import Report
from core.sampling.flow import Flow, carry, weighted_samples
from core.sampling.samples import Samples

# Latent samples and exact ones are drawn from streams of their own, so a longer training does not change them.
_SAMPLE_STREAM, _EXACT_STREAM = 1_000_003, 2_000_003


@dataclass(frozen=True)
class Evaluation:
    """Samples of a field, the paths that led to them, and their report."""

    flow: Flow
    samples: Samples
    report: Report


def evaluate(
    problem: Problem, field: AbstractField, num_samples: int, times: torch.Tensor | None = None
) -> Evaluation:
    """Carries latent samples along the field and scores them.

    Args:
        problem: what the field answers.
        field: exact or learned.
        num_samples: how many samples; the same problem and number always start from the same noise.
        times: where the paths are kept; both ends when left out.
    """
    latent, target = build_latent(problem), build_target(problem)
    noise = latent.sample(num_samples, sample_generator(problem))
    times = torch.tensor([0.0, 1.0]) if times is None else times
    flow = carry(field, noise, times, problem.sampling, (latent.scale, target.scale))
    samples = weighted_samples(flow, latent, target)
    return Evaluation(flow, samples, scored(problem, samples))


def scored(problem: Problem, samples: Samples) -> Report:
    """The report of samples of a problem's target, whichever method they come from.

    The floors depend on the target, the seed and the number of samples only, and are computed once.
    """
    known = _floors(problem.target, problem.seed, len(samples.x))
    return report(build_target(problem), samples, exact_generator(problem), known)


@lru_cache(maxsize=64)
def _floors(target: TargetSpec, seed: int, num_samples: int) -> Floors:
    problem = Problem(target, seed=seed)
    density, generator = build_target(problem), exact_generator(problem)
    exact = density.sample(num_samples, generator)
    return floors(density, exact, generator)


def sample_generator(problem: Problem) -> torch.Generator:
    """The source of the latent noise."""
    return torch.Generator().manual_seed(problem.seed + _SAMPLE_STREAM)


def exact_generator(problem: Problem) -> torch.Generator:
    """The source of the exact samples that others are compared with."""
    return torch.Generator().manual_seed(problem.seed + _EXACT_STREAM)
