"""The successive states of a run, of training or of Langevin chains, each with a function that renders its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from core.fields import AbstractField
from core.interpolations.build import build_latent, build_target
from core.jobs.request import Request
from core.pictures.frames import Frames
from core.pictures.render import (
    FINE,
    LIVE,
    STILL,
    Detail,
    empirical_frames,
    grid_axes,
    learned_exactly,
    render,
)
from core.problem import Problem
from core.results.evaluation import evaluate, scored
from core.results.report import Report
from core.sampling.generators import sample_generator
from core.sampling.langevin import langevin
from core.sampling.samples import Samples
from core.status import TrainingStatus
from core.training.loop import train
from core.training.recipe import recipe

# Chains are shown as histograms, which need wider bins than the grid of a density.
CHAINS = replace(FINE, line=81, plane=41)
MOST_CHAIN_STATES = 200
# Coordinates shown in a picture.
SEEN = 2


@dataclass(frozen=True)
class State:
    """The state of a run at one moment.

    Attributes:
        facts: step, seconds, loss and the like, as plain values.
        progress: fraction of the budget used.
        status: `training`, `finished`, `converged` or `diverged`.
        picture: computes frames, samples and their report from a detail and a number of samples.
        exact: for the learned interpolation, computes frames with the exact velocity of its trained densities; None otherwise.
    """

    facts: dict[str, Any]
    progress: float
    status: TrainingStatus
    picture: Callable[[Detail, int], tuple[Frames, Samples, Report]]
    exact: Callable[[], Frames | None] | None = None


def training_states(request: Request) -> Iterator[State]:
    """Train the requested curve; yields a state for each snapshot."""
    problem = request.problem
    for snapshot in train(problem, request.budget):
        field = snapshot.field

        def picture(detail: Detail, num: int, field: AbstractField = field) -> tuple[Frames, Samples, Report]:
            # Score and show the same paths.
            live = detail is LIVE
            settings = _quick(problem) if live else problem
            result = evaluate(settings, field, num, detail.times, thorough=not live)
            frames = render(problem, field, "learned", detail, result.flow.x.numpy())
            return frames, result.samples, result.report

        facts = {
            "step": snapshot.step,
            "seconds": snapshot.seconds,
            "loss": snapshot.loss,
            "energy_calls": snapshot.energy_calls,
            "reason": snapshot.reason,
            "start": recipe(field, problem.training)["start"],
        }
        is_learned = problem.interpolation == "learned"
        exact = partial(learned_exactly, problem, field, STILL) if is_learned else None
        yield State(facts, snapshot.progress, snapshot.status, picture, exact)


def _quick(problem: Problem) -> Problem:
    """The same problem with fewer sampling steps, if its solver has a fixed number of steps."""
    if problem.sampling.solver != "rk4":
        return problem
    steps = min(problem.sampling.num_steps, LIVE.steps)
    return replace(problem, sampling=replace(problem.sampling, num_steps=steps))


def chain_states(request: Request) -> Iterator[State]:
    """Run Langevin chains; yields a state for each snapshot. The time of a frame is the fraction of the run so far."""
    problem = request.problem
    target, generator = build_target(problem), sample_generator(problem)
    start = build_latent(problem).sample(request.num_samples, generator)
    history: list[tuple[float, torch.Tensor]] = []
    for snapshot in langevin(target, start, request.budget, generator):
        history.append((snapshot.progress, snapshot.x[:, :SEEN].clone()))
        if len(history) > MOST_CHAIN_STATES:
            history = history[::2]

        def picture(
            detail: Detail, num: int, samples: Samples = snapshot.samples, past: Any = tuple(history)
        ) -> tuple[Frames, Samples, Report]:
            which = torch.linspace(0, len(past) - 1, min(len(past), detail.num_times)).round().int()
            kept = [past[i] for i in which.tolist()]
            times = np.array([progress for progress, _ in kept]) / max(kept[-1][0], 1e-9)
            paths = torch.stack([x for _, x in kept]).numpy()
            frames = empirical_frames("chains", times, grid_axes(problem, CHAINS), paths)
            frames = replace(frames, particles=frames.particles[:, : detail.particles])
            few = samples.first(num)
            return frames, few, scored(problem, few, thorough=detail is not LIVE)

        status: TrainingStatus = "finished" if snapshot.progress >= 1 else "training"
        facts = {
            "step": snapshot.step,
            "seconds": snapshot.seconds,
            "acceptance": snapshot.acceptance,
            "step_size": snapshot.step_size,
            "energy_calls": snapshot.energy_calls,
        }
        yield State(facts, snapshot.progress, status, picture)
