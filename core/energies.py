"""Draw weighted samples from a density whose energy is a Python function, in one call."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from core.budget import Budget
from core.fields import AbstractField
from core.problem import Interpolation, Problem, TargetSpec, TrainingSettings
from core.results.evaluation import evaluate
from core.results.report import Report
from core.targets.local.function import Function
from core.targets.local.register import Ends, register
from core.targets.registry import TARGETS
from core.training.loop import train
from core.types import Points, Values

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class EnergySamples:
    """Weighted samples of the density `e^{−energy}`.

    Attributes:
        x: positions, shape (num_samples, dim); NaN for failed samples.
        log_weight: log of the unnormalised importance weights.
        log_z: the estimate of log ∫ e^{−energy} from the weights, in nats.
        report: scores of the samples; NaN for scores that need unknown facts about the energy, such as its exact log Z.
        problem: the problem that was solved; its target exists in this process only.
        field: the trained curve, which can be evaluated, drawn or sampled again.
    """

    x: Points
    log_weight: Values
    log_z: float
    report: Report
    problem: Problem
    field: AbstractField

    @property
    def weights(self) -> Values:
        """The importance weights, normalised to sum to one."""
        return self.log_weight.softmax(0)


def sample_energy(
    energy: Function,
    dim: int,
    *,
    gradient: Function | None = None,
    box: Ends | None = None,
    scale: float | None = None,
    sigma: float | None = None,
    interpolation: Interpolation = "learned",
    budget: Budget | None = None,
    training: TrainingSettings | None = None,
    num_samples: int = 10_000,
    seed: int = 0,
) -> EnergySamples:
    """Train a curve to the density `e^{−energy}` and sample it.

        result = core.sample_energy(lambda x: (x**4).sum(1) / 4, dim=2)
        mean = result.weights @ result.x

    Args:
        energy, dim, gradient, box, scale: see `core.targets.local.register.register`.
        sigma: scale σ of the latent; by default derived from the box.
        interpolation: kind of curve.
        budget: seconds or steps of training; 20 s by default.
        training: settings of the training.
        num_samples: number of samples.
        seed: seed of networks, collocation points and samples.

    Raises:
        ValueError: a value is outside its limits.
        UnusableEnergyError: the function cannot be used as an energy; the message is one sentence.
    """
    name = next(name for name in (f"energy{i}" for i in _NUMBERS) if name not in TARGETS)
    register(name, energy, dim, gradient=gradient, box=box, scale=scale)
    problem = Problem(
        TargetSpec(name),
        interpolation,
        sigma=TARGETS[name].sigma[2] if sigma is None else sigma,
        center="target",
        seed=seed,
        training=training or TrainingSettings(),
    )
    field: AbstractField | None = None
    for snapshot in train(problem, budget or Budget(seconds=20.0)):
        field = snapshot.field
    assert field is not None
    found = evaluate(problem, field, num_samples)
    samples = found.samples
    return EnergySamples(
        samples.x, samples.log_weight, found.report.metrics.log_z, found.report, problem, field
    )
