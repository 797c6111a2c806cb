"""The successive states of a training run, each with a function that renders its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from core.fields import AbstractField
from core.jobs.request import Request
from core.pictures.frames import Frames
from core.pictures.render import LIVE, STILL, Detail, learned_exactly, render
from core.problem import Problem
from core.results.evaluation import evaluate
from core.results.report import Report
from core.sampling.samples import Samples
from core.status import TrainingStatus
from core.training.checkpoint import decode, encode
from core.training.loop import train
from core.training.recipe import recipe


@dataclass(frozen=True)
class State:
    """The state of a run at one moment.

    Attributes:
        facts: step, seconds, loss and the like, as plain values.
        progress: fraction of the budget used.
        status: `training`, `finished`, `converged` or `diverged`.
        picture: computes frames, samples and their report for a level of detail and a number of samples; None before the first samples.
        exact: for the learned interpolation, computes frames with the exact velocity of its trained densities; None otherwise.
        checkpoint: computes the content of a checkpoint file, from which the run can resume; None for samplers.
    """

    facts: dict[str, Any]
    progress: float
    status: TrainingStatus
    picture: Callable[[Detail, int], tuple[Frames, Samples, Report]] | None
    exact: Callable[[], Frames | None] | None = None
    checkpoint: Callable[[], bytes] | None = None


def training_states(request: Request) -> Iterator[State]:
    """Train the requested curve, from its checkpoint if it has one; yields a state for each snapshot.

    Raises:
        ValueError: the checkpoint is damaged or belongs to another problem.
    """
    problem, content = request.problem, request.checkpoint
    for snapshot in train(problem, request.budget, decode(content) if content else None):
        field = snapshot.field

        def picture(detail: Detail, num: int, field: AbstractField = field) -> tuple[Frames, Samples, Report]:
            # The picture shows the sample paths that are scored.
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
            "gradient_calls": snapshot.gradient_calls,
            "reason": snapshot.reason,
            "start": recipe(field, problem.training)["start"],
        }
        is_learned = problem.interpolation == "learned"
        exact = partial(learned_exactly, problem, field, STILL) if is_learned else None
        kept = partial(encode, problem, snapshot.checkpoint)
        yield State(facts, snapshot.progress, snapshot.status, picture, exact, kept)


def _quick(problem: Problem) -> Problem:
    """The same problem with fewer sampling steps, if its solver has a fixed number of steps."""
    if problem.sampling.solver != "rk4":
        return problem
    steps = min(problem.sampling.num_steps, LIVE.steps)
    return replace(problem, sampling=replace(problem.sampling, num_steps=steps))
