"""Compute one task: train or sample, score the samples, and return plain data, which can be sent to another process."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

from core.budget import Budget
from core.fields import AbstractField
from core.interpolations.base import AbstractInterpolation
from core.pictures.render import LIVE, render
from core.problem import Problem
from core.reference.errors import NoExactFieldError, UnfitDensityError
from core.reference.solve import solve, solve_learned
from core.reference.transport import action
from core.results.evaluation import evaluate, scored
from core.results.samplers import draw
from core.sampling.allowance import Allowance
from core.store.course import Course
from core.store.folder import CHECKPOINT, COURSE, FRAMES
from core.store.origin import machine
from core.store.records import TRAINING
from core.sweep.task import Task
from core.training.checkpoint import encode
from core.training.device import choose_threads
from core.training.loop import train

# Facts of a result as plain JSON data, and the contents of its files by name.
Computed = tuple[dict[str, Any], dict[str, bytes]]


def compute(task: Task) -> Computed:
    """Compute the result of a task.

    Returns:
        The facts `status`, `seconds`, `steps`, `energy_calls`, `gradient_calls`, `report`, `action` and `machine`, with None where unknown;
        and the contents of files by name. A trained curve has its pictures, its course of training and its last checkpoint; a sampler has no
        files.

    Raises:
        ValueError: the task cannot be computed; the message is one sentence.
    """
    facts, contents = _trained(task) if task.kind == TRAINING else _sampled(task)
    return {**facts, "machine": machine()}, contents


def _trained(task: Task) -> Computed:
    problem = task.problem
    choose_threads(problem.training.num_points(problem.target.dim))
    curve = list[tuple[float, float]]()
    for snapshot in train(problem, Budget(task.effort.seconds, task.effort.steps)):
        if snapshot.step:
            curve.append((snapshot.seconds, snapshot.loss))
    evaluation = evaluate(problem, snapshot.field, task.num_samples)
    samples = evaluation.samples
    frames = render(problem, snapshot.field, "learned", LIVE)
    frames = replace(frames, samples=samples.x.numpy(), log_weight=samples.log_weight.numpy())
    facts = {
        "status": snapshot.status,
        "seconds": snapshot.seconds,
        "steps": snapshot.step,
        "energy_calls": snapshot.energy_calls,
        "gradient_calls": snapshot.gradient_calls,
        "report": evaluation.report.to_dict(),
        "action": _known(exact_action(problem, snapshot.field)) if task.with_action else None,
    }
    shown = {name: getattr(snapshot, name) for name in ("step", "seconds", "loss", "reason")}
    return facts, {
        FRAMES: frames.pack(),
        COURSE.format(0): Course(shown, tuple(curve)).pack(),
        CHECKPOINT.format(0): encode(problem, snapshot.checkpoint),
    }


def _sampled(task: Task) -> Computed:
    allowance = Allowance(task.effort.energy_calls, task.effort.seconds)
    draws = draw(task.problem, task.kind, allowance, task.num_samples)
    facts = {
        "status": "finished",
        "seconds": draws.cost.seconds,
        "steps": int(draws.facts.get("steps", 0)),
        "energy_calls": _count(draws.cost.energy_calls),
        "gradient_calls": _count(draws.cost.gradient_calls),
        "report": scored(task.problem, draws.samples).to_dict(),
        "action": None,
    }
    return facts, {}


def exact_action(problem: Problem, field: AbstractField) -> float:
    """The exact action of a problem's curve, in squared units of x; NaN where unknown.

    Args:
        problem: the problem, on the line or in the plane; the action is unknown in more dimensions.
        field: the trained curve. Only the action of a learned curve depends on it.
    """
    if problem.target.dim > 2:
        return math.nan
    if problem.interpolation != "learned":
        return curve_action(problem)
    assert isinstance(field, AbstractInterpolation)
    try:
        return action(solve_learned(field))
    except (NoExactFieldError, UnfitDensityError):
        return math.nan


def curve_action(problem: Problem) -> float:
    """The exact action of a linear curve or a gradient flow, in squared units of x; NaN where unknown. The result is cached."""
    return math.nan if problem.target.dim > 2 else _untrained_action(replace(problem, seed=0))


@lru_cache(maxsize=256)
def _untrained_action(problem: Problem) -> float:
    """The action of a curve whose densities depend neither on training nor on the seed."""
    try:
        return action(solve(problem))
    except (NoExactFieldError, UnfitDensityError):
        return math.nan


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _count(calls: float) -> int | None:
    return int(calls) if math.isfinite(calls) else None
