"""The training loop: a generator that yields snapshots of a Field while its residual is made small."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from core.budget import SNAPSHOT_SECONDS, Budget, Stopwatch
from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_interpolation
from core.problem import Problem, TrainingSettings
from core.training.adam import Adam
from core.training.collocation import Collocation
from core.training.gauss_newton import GaussNewton
from core.training.objective import Objective
from core.training.optimiser import AbstractOptimiser


@dataclass(frozen=True)
class Snapshot:
    """The state of a training run.

    Attributes:
        field: the learned Field, a copy that later steps do not change.
        step: steps taken.
        seconds: wall-clock seconds of training so far.
        loss: the mean robust loss over the steps since the last snapshot; NaN before the first step.
        progress: the used share of the budget.
        status: `training`, `finished`, or `diverged`: then the field is the last one with a finite loss.
        energy_calls: points at which training has evaluated the target's energy, each with its derivatives.
    """

    field: AbstractInterpolation
    step: int
    seconds: float
    loss: float
    progress: float
    status: str
    energy_calls: int


def train(problem: Problem, budget: Budget) -> Iterator[Snapshot]:
    """Trains the problem's interpolation; yields about four snapshots a second, the first before any step.

    The last snapshot has the status `finished` or `diverged`. The caller may stop at any snapshot.
    """
    generator = torch.Generator().manual_seed(problem.seed)
    model = build_interpolation(problem, generator)
    settings = problem.training
    collocation = Collocation(model, settings.collocation, settings.batch_size, generator)
    optimiser = _optimiser(Objective(model), settings)
    yield Snapshot(copy.deepcopy(model), 0, 0.0, math.nan, 0.0, "training", model.target.calls)

    watch = Stopwatch()
    step, status, losses, shown = 0, "training", list[float](), 0.0
    while status == "training":
        batch = collocation.draw()
        loss, residual = optimiser.step(batch, budget.progress(watch.read(), step))
        collocation.observe(batch, residual)
        if math.isfinite(loss):
            step += 1
            losses.append(loss)
        seconds = watch.read()
        progress = budget.progress(seconds, step)
        status = _status(loss, progress)
        if status != "training" or seconds - shown > SNAPSHOT_SECONDS:
            mean = sum(losses) / len(losses) if losses else math.nan
            watch.pause()
            yield Snapshot(copy.deepcopy(model), step, seconds, mean, progress, status, model.target.calls)
            watch.start()
            losses, shown = [], seconds


def _optimiser(objective: Objective, settings: TrainingSettings) -> AbstractOptimiser:
    if settings.optimiser == "adam":
        return Adam(objective, settings.learning_rate)
    return GaussNewton(objective)


def _status(loss: float, progress: float) -> str:
    if not math.isfinite(loss):
        return "diverged"
    return "finished" if progress >= 1 else "training"
