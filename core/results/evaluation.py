"""Draw samples from a field and score them: the last step of every run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch

from core.fields import AbstractField
from core.interpolations.build import build_latent, build_target
from core.problem import Problem, TargetSpec
from core.results.metrics import Floors, floors, report
from core.results.report import Report
from core.sampling.backward import log_weights_at
from core.sampling.cost import Cost, measured
from core.sampling.flow import Flow, carry, weighted_samples
from core.sampling.generators import exact_generator, sample_generator
from core.sampling.samples import Samples
from core.targets.base import AbstractEnergy, exact_samples
from core.types import Values

# Metrics at exact samples (the upper bound on log Z and the forward ESS) use at most this many of them, to bound their time.
MOST_EXACT = 1000


@dataclass(frozen=True)
class Evaluation:
    """Samples of a field with their paths and their report, and the cost of drawing (but not of scoring) them."""

    flow: Flow
    samples: Samples
    report: Report
    cost: Cost


def evaluate(
    problem: Problem,
    field: AbstractField,
    num_samples: int,
    times: torch.Tensor | None = None,
    *,
    thorough: bool = True,
) -> Evaluation:
    """Move latent samples along a field and score the result.

    Args:
        problem: the problem that the field solves.
        field: exact or learned.
        num_samples: number of samples. The same problem and number always use the same latent samples.
        times: times at which the paths are stored; by default 0 and 1.
        thorough: whether to compute the slow metrics too: those at exact samples, the Sinkhorn divergence and the MMD.
    """
    latent, target = build_latent(problem), build_target(problem)
    noise = latent.sample(num_samples, sample_generator(problem))
    times = torch.tensor([0.0, 1.0]) if times is None else times
    # A learned curve has its own copy of the target. Its energy calls must be counted.
    own = getattr(field, "target", None)
    with measured(own if isinstance(own, AbstractEnergy) else None) as cost:
        flow = carry(field, noise, times, problem.sampling, (latent.scale, target.scale))
        samples = weighted_samples(flow, latent, target)
    cost.energy_calls += num_samples  # to compute the weights
    above = exact_log_weights(problem, field, num_samples) if thorough else None
    return Evaluation(flow, samples, scored(problem, samples, above, thorough=thorough), cost)


def exact_log_weights(problem: Problem, field: AbstractField, num_samples: int) -> Values | None:
    """The log weights of a field, at up to MOST_EXACT exact samples of the target; None if exact samples cannot be drawn."""
    latent, target = build_latent(problem), build_target(problem)
    exact = exact_samples(target, num_samples, exact_generator(problem))
    if exact is None:
        return None
    return log_weights_at(field, exact[:MOST_EXACT], latent, target, problem.sampling)


def scored(
    problem: Problem, samples: Samples, exact_log_weight: Values | None = None, *, thorough: bool = True
) -> Report:
    """The report of samples of a problem's target, from any sampler.

    The report contains the best possible scores. They depend only on the target, the seed and the number of samples, and are cached.

    Args:
        problem: the problem; only its target and its seed (for exact samples) matter.
        samples: the samples to score.
        exact_log_weight: log weights of the sampler at exact samples; None if unknown.
        thorough: whether to compute the Sinkhorn divergence and the MMD.
    """
    known = _floors(problem.target, problem.seed, len(samples.x))
    source = exact_generator(problem)
    return report(build_target(problem), samples, source, known, exact_log_weight, thorough=thorough)


@lru_cache(maxsize=64)
def _floors(target: TargetSpec, seed: int, num_samples: int) -> Floors:
    problem = Problem(target, seed=seed)
    density, generator = build_target(problem), exact_generator(problem)
    exact = exact_samples(density, num_samples, generator)
    return floors(density, exact, generator)
