"""“Run this in Python”: the page's runs as a script that uses `core`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
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
LANGEVIN = """
for problem, budget in {name}:
    generator = sample_generator(problem)
    start = build_latent(problem).sample({num_samples}, generator)
    for snapshot in langevin(build_target(problem), start, budget, generator):
        pass
    report = scored(problem, snapshot.samples)
    print("langevin", snapshot.step, report.metrics)
"""
LANGEVIN_IMPORTS = """from core.interpolations.build import build_latent, build_target
from core.results.evaluation import scored
from core.sampling.generators import sample_generator
"""
# The number of threads of the page's runs; with another number, sums round differently.
THREADS = f"\ntorch.set_num_threads({NUM_THREADS})\n"
NOT_RUN = """
# Not trained on the page yet: budgets in seconds give other results on other machines.
# Press Train on the page first; then this script repeats exactly the same steps.
"""
BY_CLOCK = """
# Adam's learning rate and the chains' step size depend on elapsed seconds, so results are close to the page's, not equal.
"""


@dataclass(frozen=True)
class _Parts:
    """The runs of one kind, as the source of a list."""

    name: str
    requests: Sequence[tuple[Request, Budget]]

    def __str__(self) -> str:
        rows = "".join(f"    ({_problem(r.problem)}, {_call(budget)}),\n" for r, budget in self.requests)
        return f"{self.name} = [\n{rows}]\n"


def snippet_popover(selection: Selection, made: Mapping[str, int]) -> None:
    """Draw the popover with the script that repeats the page's runs, or does what Train would do.

    Args:
        selection: the selected settings.
        made: number of steps of each ended, up-to-date run, by method.
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
    trained = [run for run in runs if run[0].kind != "langevin"]
    chains = [run for run in runs if run[0].kind == "langevin"]
    text = _imports(requests, bool(trained), bool(chains)) + THREADS
    if None in numbers:
        text += NOT_RUN
    elif any(r.kind == "langevin" or r.problem.training.optimiser == "adam" for r in requests):
        text += BY_CLOCK
    if trained:
        text += f"\n{_Parts('runs', trained)}" + TRAIN.format(num_samples=trained[0][0].num_samples)
    if chains:
        text += f"\n{_Parts('chains', chains)}" + LANGEVIN.format(
            name="chains", num_samples=chains[0][0].num_samples
        )
    return text


def _imports(requests: Sequence[Request], trained: bool, chains: bool) -> str:
    names = ["Budget", "Problem", "TargetSpec"]
    names += ["evaluate"] if trained else []
    names += ["langevin"] if chains else []
    names += ["train"] if trained else []
    settings = [
        record.__name__
        for name, record in (("sampling", SamplingSettings), ("training", TrainingSettings))
        if any(getattr(r.problem, name) != record() for r in requests)
    ]
    text = f"import torch\n\nfrom core import {', '.join(names)}\n"
    text += LANGEVIN_IMPORTS if chains else ""
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
