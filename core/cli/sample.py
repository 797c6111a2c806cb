"""The commands `python -m core sample` and `langevin`: run a sampler within a limit on energy calls or seconds."""

from __future__ import annotations

import math
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.arguments import DEFAULT_SECONDS, checked_samples, problem_of
from core.cli.flags import Verbs, add_problem, add_samples
from core.cli.printing import Progress, print_draws
from core.cli.saving import Saving
from core.problem import Problem
from core.sampling.methods import METHODS
from core.store.records import Result

if TYPE_CHECKING:
    from core.interpolations.base import AbstractInterpolation
    from core.training.checkpoint import State


def add(verbs: Verbs) -> None:
    """Add both commands with their flags."""
    parser = verbs.add_parser("sample", help="sample a target, without training or from a checkpoint")
    parser.add_argument("--method", choices=METHODS, required=True, help="the sampler")
    _add_common(parser)
    help = "maximum number of energy evaluations, for reproducible results"
    parser.add_argument("--energy-calls", type=int, metavar="N", help=help)
    help = "a trained curve with its problem; corrected requires one, and smc and ais follow it instead of the linear curve"
    parser.add_argument("--checkpoint", metavar="C.safetensors", help=help)
    parser.set_defaults(run=sample)

    parser = verbs.add_parser("langevin", help="the same as sample --method mala, with one chain per sample")
    _add_common(parser)
    parser.add_argument("--steps", type=int, metavar="N", help="budget in steps, for reproducible results")
    parser.add_argument("--uncorrected", action="store_true", help="use ULA instead of MALA")
    parser.set_defaults(run=langevin)


def _add_common(parser: Any) -> None:
    add_problem(parser)
    help = f"maximum number of seconds (default: {DEFAULT_SECONDS:g})"
    parser.add_argument("--seconds", type=float, metavar="N", help=help)
    add_samples(parser)


def sample(arguments: Namespace) -> None:
    """Sample a target and score the samples."""
    problem, state = _problem_and_state(arguments)
    _run(arguments, problem, arguments.method, arguments.energy_calls, state)


def langevin(arguments: Namespace) -> None:
    """Run Langevin chains from the latent and score their final states."""
    from core.budget import Budget

    calls = None
    if arguments.steps is not None:
        steps = Budget(arguments.seconds, arguments.steps).steps  # checks seconds and steps
        calls = arguments.num_samples * ((steps or 0) + 1)
    method = "ula" if arguments.uncorrected else "mala"
    _run(arguments, problem_of(arguments), method, calls, None, arguments.num_samples)


def _run(
    arguments: Namespace,
    problem: Problem,
    method: str,
    energy_calls: int | None,
    state: State | None,
    num_chains: int | None = None,
) -> None:
    """Check the input, draw samples, score them, print the result and write the samples."""
    write = checked_samples(arguments)
    from core.results.evaluation import scored
    from core.results.samplers import draw
    from core.sampling.allowance import Allowance

    seconds = DEFAULT_SECONDS if energy_calls is None and arguments.seconds is None else arguments.seconds
    allowance = Allowance(energy_calls, seconds)
    model, training = _restored(problem, state)
    progress = Progress()
    try:
        draws = draw(problem, method, allowance, arguments.num_samples, model, progress.show, num_chains)
    finally:
        progress.close()
    report = scored(problem, draws.samples)
    result = Result(
        problem,
        "finished",
        draws.cost.seconds,
        int(draws.facts.get("steps", 0)),
        _count(draws.cost.energy_calls),
        _count(draws.cost.gradient_calls),
        report,
        kind=method,
        num_samples=arguments.num_samples,
    )
    with Saving(result, not arguments.no_store) as saving:
        saved_id = saving.finish(result)
    print_draws(arguments, problem, method, draws, report, training, saved_id)
    write(draws.samples)


def _count(calls: float) -> int | None:
    """A number of calls; None if it is unknown."""
    return int(calls) if math.isfinite(calls) else None


def _problem_and_state(arguments: Namespace) -> tuple[Problem, State | None]:
    """The problem, and the state of the checkpoint if there is one.

    Raises:
        ValueError: the checkpoint was made for another problem.
    """
    if arguments.checkpoint is None:
        return problem_of(arguments), None
    from core.training import checkpoint

    path = Path(arguments.checkpoint)
    made_for, state = checkpoint.read(path)
    problem = problem_of(arguments, made_for)
    # The seed and the solver may differ: they do not change the trained curve.
    if replace(problem, seed=made_for.seed, sampling=made_for.sampling) != made_for:
        raise ValueError(f"`{path}` is the checkpoint of another problem; use the problem it was made for.")
    return problem, state


def _restored(
    problem: Problem, state: State | None
) -> tuple[AbstractInterpolation | None, dict[str, Any] | None]:
    """The trained curve of a checkpoint and the cost of its training."""
    if state is None:
        return None, None
    from core.training.loop import restore

    model = restore(problem, state)
    cost = {
        "seconds": float(state["run.seconds"]),
        "energy_calls": model.target.calls,
        "gradient_calls": model.target.gradient_calls,
    }
    return model, cost
