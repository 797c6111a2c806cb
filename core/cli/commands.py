"""Commands of `python -m core`. Each takes the parsed arguments and prints to standard output."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import checks
from core.budget import Budget
from core.files import check_writable, replace_file
from core.problem import Problem
from core.results.outcome import judge, least_steps
from core.targets.registry import TARGETS

if TYPE_CHECKING:
    from core.results.report import Report
    from core.sampling.samples import Samples

DEFAULT_SECONDS = 20.0
MOST_SAMPLES = 1_000_000


def problem_of(arguments: Namespace, base: Problem | None = None) -> Problem:
    """Build the problem from the file in `--problem` and the other flags; flags override the file.

    Args:
        arguments: the parsed arguments.
        base: problem to start from, if there is no file.

    Raises:
        ValueError: no target is given, or a value is outside its limits.
        OSError: the file cannot be read.
    """
    given = {key: value for key, value in vars(arguments).items() if value is not None}
    data: dict[str, Any] = {} if base is None else base.to_dict()
    if "problem" in given:
        data = Problem.from_json(Path(given["problem"]).read_text(encoding="utf-8")).to_dict()
    if "target" in given and given["target"] != data.get("target", {}).get("name"):
        data["target"] = {"name": given["target"]}
    if "target" not in data:
        raise ValueError("A target is required: use --target NAME or --problem P.json.")
    for key, value in given.items():
        group, _, name = key.rpartition(".")
        if group:
            data.setdefault(group, {})[name] = value
        elif key in ("interpolation", "sigma", "center", "beta_min", "beta_max", "seed"):
            data[key] = value
    return Problem.from_dict(data)


def _budget(arguments: Namespace) -> Budget:
    if arguments.seconds is None and arguments.steps is None:
        return Budget(seconds=DEFAULT_SECONDS)
    return Budget(arguments.seconds, arguments.steps)


class _Progress:
    """Progress on standard error: a bar on a terminal, otherwise a line for every 10 %."""

    def __init__(self) -> None:
        from tqdm import tqdm

        layout = "{l_bar}{bar}| {elapsed}<{remaining} {postfix}"
        self.bar = tqdm(total=1.0, bar_format=layout, disable=None, file=sys.stderr)
        self.tenths = 0

    def show(self, progress: float, text: str) -> None:
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(progress - self.bar.n)
        if self.bar.disable and int(progress * 10) > self.tenths:
            self.tenths = int(progress * 10)
            print(f"{progress:4.0%}  {text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        self.bar.close()


def targets(arguments: Namespace) -> None:
    """List the targets and their parameters."""
    if arguments.json:
        table = [
            {
                "name": name,
                "title": entry.title,
                "definition": entry.definition,
                "parameters": {key: asdict(parameter) for key, parameter in entry.parameters.items()},
            }
            for name, entry in TARGETS.items()
        ]
        print(json.dumps(table, ensure_ascii=False))
        return
    for name, entry in TARGETS.items():
        print(f"{name:15} {entry.definition}")
        for key, parameter in entry.parameters.items():
            print(f"{'':15}   --{key.replace('_', '-'):16} {parameter.help} Default: {parameter.default}")


def presets(arguments: Namespace) -> None:
    """Write the dashboard's presets, and print each file once it is written."""
    from core.presets.build import write

    for path in write(arguments.only):
        print(path, flush=True)


def train(arguments: Namespace) -> None:
    """Train, sample and score. An interrupt (Ctrl+C) ends the training early; the result so far is still scored."""
    problem, budget, write = _prepare(arguments)
    from core.results.evaluation import evaluate
    from core.training import checkpoint
    from core.training.loop import train
    from core.training.recipe import recipe

    resume = None if arguments.resume is None else checkpoint.load(Path(arguments.resume), problem)
    kept = writable(arguments.checkpoint)
    progress, status, snapshot = _Progress(), "training", None
    try:
        for snapshot in train(problem, budget, resume, arguments.device):
            status = snapshot.status
            progress.show(snapshot.progress, f"step {snapshot.step}, loss {snapshot.loss:.3g}")
    except KeyboardInterrupt:
        status = "stopped"
    progress.close()
    if snapshot is None:
        raise ValueError("Interrupted before training began.")
    if kept is not None:
        checkpoint.save(kept, problem, snapshot.checkpoint)
    evaluation = evaluate(problem, snapshot.field, arguments.num_samples)
    run = {
        "seconds": snapshot.seconds,
        "steps": snapshot.step,
        "status": status,
        "reason": snapshot.reason,
        "energy_calls": snapshot.energy_calls,
        "recipe": recipe(snapshot.field, problem.training),
    }
    _print_run(arguments, problem, run, evaluation.report)
    write(evaluation.samples)


def langevin(arguments: Namespace) -> None:
    """Run Langevin chains from the latent and score their final states."""
    problem, budget, write = _prepare(arguments)
    from core.interpolations.build import build_latent, build_target
    from core.results.evaluation import scored
    from core.sampling.generators import sample_generator
    from core.sampling.langevin import langevin

    target, generator = build_target(problem), sample_generator(problem)
    start = build_latent(problem).sample(arguments.num_samples, generator)
    progress, snapshot = _Progress(), None
    corrected = not arguments.uncorrected
    for snapshot in langevin(target, start, budget, generator, corrected=corrected):
        progress.show(snapshot.progress, f"step {snapshot.step}, accepted {snapshot.acceptance:.0%}")
    progress.close()
    assert snapshot is not None
    run = {
        "seconds": snapshot.seconds,
        "steps": snapshot.step,
        "status": "finished",
        "energy_calls": snapshot.energy_calls,
    }
    _print_run(arguments, problem, run, scored(problem, snapshot.samples))
    write(snapshot.samples)


def _prepare(arguments: Namespace) -> tuple[Problem, Budget, Any]:
    """Check all input before any long computation, including that output files can be written.

    Returns:
        The problem, the budget and a function that writes the samples.
    """
    problem, budget = problem_of(arguments), _budget(arguments)
    checks.integer("num_samples", arguments.num_samples, 2, MOST_SAMPLES)
    path = writable(arguments.samples)
    if path is None:
        return problem, budget, lambda samples: None
    return problem, budget, lambda samples: _write(path, samples)


def writable(name: str | None) -> Path | None:
    """Check that an output file can be written; returns its path, or None if no file is requested.

    Raises:
        OSError: the file cannot be written.
    """
    if name is None:
        return None
    path = Path(name)
    check_writable(path)
    return path


def _write(path: Path, samples: Samples) -> None:
    from core.sampling import samples_file

    content = samples_file.encode(path.name, samples.x.numpy(), samples.log_weight.numpy())
    replace_file(path, lambda file: file.write(content))


def _print_run(arguments: Namespace, problem: Problem, run: dict[str, Any], report: Report) -> None:
    scores = report.to_dict()
    training = None if arguments.verb == "langevin" else problem.training
    least = 0 if run["status"] == "converged" else least_steps(training)
    outcome = judge(report, run["steps"], least)
    run |= {"outcome": outcome.kind, "summary": outcome.sentence}
    if arguments.json:
        result = {**run, **scores, "problem": problem.to_dict()}
        print(json.dumps(result, allow_nan=False))
        return
    print(f"{run['status']} after {run['steps']} steps, {run['seconds']:.1f} s")
    print(f"{run['outcome'].replace('_', ' ')}: {run['summary']}")
    print(f"{'':16} {'samples':>12} {'best possible':>22}   n = {report.num_samples}")
    spreads = scores["floor_spreads"] or {}
    for name, value in scores["metrics"].items():
        print(f"{name:16} {short(value):>12} {_with_spread(scores['floors'][name], spreads.get(name)):>22}")


def _with_spread(value: float | None, spread: float | None) -> str:
    """Format as `0.0213 ± 0.004`, without a spread if it is None or zero."""
    return f"{short(value)} ± {spread:.1g}" if spread else short(value)


def short(value: float | None) -> str:
    """Format with four significant digits; `unknown` for None."""
    return "unknown" if value is None else f"{value:.4g}"
