"""The successive states of a sampler's run, each with a function that renders its picture."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from core.budget import SNAPSHOT_SECONDS
from core.interpolations.base import AbstractInterpolation
from core.jobs.request import Request
from core.jobs.states import State
from core.problem import Problem
from core.results.report import without_nan
from core.results.sampler_pictures import Trail, sampler_picture
from core.results.samplers import sampler
from core.sampling.allowance import Allowance
from core.sampling.draws import Draws
from core.sampling.moment import Moment
from core.training.checkpoint import decode
from core.training.loop import restore


def sampler_states(request: Request) -> Iterator[State]:
    """Run the requested sampler; yields about four states a second, the last with the result.

    Raises:
        ValueError: the sampler cannot run, see `core.results.samplers.sampler`.
    """
    problem, allowance = request.problem, Allowance(seconds=request.budget.seconds)
    meter, moments = sampler(problem, request.kind, allowance, request.num_samples, _trained(request))
    trail, step, shown = Trail(), 0, -SNAPSHOT_SECONDS
    while True:
        try:
            moment = next(moments)
        except StopIteration as end:
            draws: Draws = end.value
            break
        trail.add(moment)
        step, cost = step + 1, meter.cost
        if cost.seconds - shown >= SNAPSHOT_SECONDS:
            shown = cost.seconds
            meter.watch.pause()
            yield _state(problem, trail, moment, {"step": step, **cost.to_dict()})
            meter.watch.start()
    facts = {"step": step, **draws.cost.to_dict(), "uses": draws.uses, **draws.facts}
    picture = partial(sampler_picture, problem, trail.places, lambda: draws.samples)
    yield State(without_nan(facts), 1.0, "finished", picture)


def _state(problem: Problem, trail: Trail, moment: Moment, facts: dict[str, Any]) -> State:
    """The state at a moment before the end of the run."""
    facts |= {"text": moment.text}
    facts |= {} if moment.acceptance is None else {"acceptance": moment.acceptance}
    samples = moment.samples
    picture = None if samples is None else partial(sampler_picture, problem, trail.places, samples)
    return State(without_nan(facts), moment.progress, "training", picture)


def _trained(request: Request) -> AbstractInterpolation | None:
    """The trained curve of the request; None if it has none."""
    return restore(request.problem, decode(request.checkpoint)) if request.checkpoint else None
