"""“Run this in Python”: the page's runs as a script that uses `core`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import streamlit as st

from core.budget import Budget
from core.jobs.processes import NUM_THREADS
from core.jobs.request import Request
from core.problem import Problem, SamplingSettings, TrainingSettings
from dashboard.state import Selection

TRAIN = """
for problem, budget in runs:
    for snapshot in train(problem, budget):
        pass
    report = evaluate(problem, snapshot.field, {num_samples}, FINE.times).report
    print(problem.interpolation, snapshot.status, snapshot.step, report.metrics)
"""
SAMPLE = """
for problem, method, allowance in samplers:
    draws = draw(problem, method, allowance, {num_samples})
    report = scored(problem, draws.samples)
    print(method, draws.cost, report.metrics)
"""
SAMPLE_IMPORTS = """from core.results.evaluation import scored
from core.results.samplers import draw
from core.sampling.allowance import Allowance
"""
# The number of threads of the page's runs. With another number, sums are rounded differently.
THREADS = f"\ntorch.set_num_threads({NUM_THREADS})\n"
NOT_RUN = """
# Not trained on the page yet: budgets in seconds give other results on other machines.
# Press Train on the page first; then this script repeats exactly the same steps.
"""
BY_CLOCK = """
# Adam's learning rate and the work of a sampler depend on elapsed seconds, so results are close to the page's, not equal.
"""


def _trainings(runs: Sequence[tuple[Request, Budget]]) -> str:
    """The training runs, as the Python source of a list."""
    rows = "".join(f"    ({_problem(r.problem)}, {_call(budget)}),\n" for r, budget in runs)
    return f"\nruns = [\n{rows}]\n"


def _samplers(requests: Sequence[Request]) -> str:
    """The runs of samplers, as the Python source of a list."""
    rows = "".join(
        f"    ({_problem(r.problem)}, {r.kind!r}, Allowance(seconds={r.budget.seconds:g})),\n"
        for r in requests
    )
    return f"\nsamplers = [\n{rows}]\n"


def snippet_popover(selection: Selection, made: Mapping[str, int]) -> None:
    """Draw the popover with the script that repeats the page's runs, or does what Train would do.

    Args:
        selection: the selected settings.
        made: number of steps by method, for each run that has ended and has the current settings.
    """
    with st.popover("Python", icon=":material/code:"):
        st.markdown("**Run this in Python**, in the project's folder:")
        steps = [made.get(method) for method in selection.methods]
        st.code(snippet(selection.requests, steps), language="python")


def snippet(requests: Sequence[Request], steps: Sequence[int | None] = ()) -> str:
    """A script that repeats runs and prints their metrics; it leaves out default values.

    Args:
        requests: the requests of the runs.
        steps: number of steps of each run, which replaces its budget in seconds; None for a run that did not take place.
    """
    numbers = list(steps) or [None] * len(requests)
    runs = [
        (request, request.budget if number is None else Budget(steps=max(number, 1)))
        for request, number in zip(requests, numbers, strict=True)
    ]
    trained = [run for run in runs if run[0].kind == "train"]
    sampled = [request for request in requests if request.kind != "train"]
    text = _imports(requests, bool(trained), bool(sampled)) + THREADS
    if None in numbers:
        text += NOT_RUN
    elif any(r.kind != "train" or r.problem.training.optimiser == "adam" for r in requests):
        text += BY_CLOCK
    if trained:
        text += _trainings(trained) + TRAIN.format(num_samples=trained[0][0].num_samples)
    if sampled:
        text += _samplers(sampled) + SAMPLE.format(num_samples=sampled[0].num_samples)
    return text


def _imports(requests: Sequence[Request], trained: bool, sampled: bool) -> str:
    names = ["Budget"] if trained else []
    names += ["Problem", "TargetSpec"]
    names += ["evaluate"] if trained else []
    names += ["train"] if trained else []
    settings = [
        record.__name__
        for name, record in (("sampling", SamplingSettings), ("training", TrainingSettings))
        if any(getattr(r.problem, name) != record() for r in requests)
    ]
    text = f"import torch\n\nfrom core import {', '.join(names)}\n"
    text += SAMPLE_IMPORTS if sampled else ""
    text += f"from core.problem import {', '.join(settings)}\n" if settings else ""
    return text + ("from core.pictures.render import FINE\n" if trained else "")


def _problem(problem: Problem) -> str:
    entry, values = problem.target.entry, problem.target.values
    own = [f"{k}={v!r}" for k, v in values.items() if v != _hashable(entry.parameters[k].default)]
    parts = [f"TargetSpec.of({', '.join([repr(problem.target.name), *own])})"]
    return f"Problem({', '.join(parts + _changed(problem, skip=('target',)))})"


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _changed(record: Any, skip: Sequence[str] = ()) -> list[str]:
    """The fields of a record that differ from their defaults, as keyword arguments."""
    plain = type(record)() if not skip else Problem(record.target)
    values = [(f.name, getattr(record, f.name)) for f in fields(record) if f.name not in skip]
    return [f"{name}={_call(value)}" for name, value in values if value != getattr(plain, name)]


def _call(value: Any) -> str:
    """A value as a Python expression."""
    if isinstance(value, (TrainingSettings, SamplingSettings)):
        return f"{type(value).__name__}({', '.join(_changed(value))})"
    if isinstance(value, Budget):
        return f"Budget(seconds={value.seconds:g})" if value.seconds else f"Budget(steps={value.steps})"
    return repr(value)
