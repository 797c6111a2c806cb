"""What the commands print: progress, numbers and the result of a run."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from core.problem import Problem
from core.results.outcome import Outcome, judge, least_steps
from core.results.report import without_nan
from core.sampling.methods import CHAINS

if TYPE_CHECKING:
    from core.results.report import Report
    from core.sampling.draws import Draws


class Progress:
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

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self.bar.write(text, file=sys.stderr)

    def close(self) -> None:
        self.bar.close()


def print_run(arguments: Namespace, problem: Problem, run: dict[str, Any], report: Report) -> None:
    """Print the result of a run: its outcome and its metrics, or all of it as JSON."""
    least = 0 if run["status"] == "converged" else least_steps(problem.training)
    _print(arguments, problem, run, report, judge(report, run["steps"], least))


def print_draws(
    arguments: Namespace,
    problem: Problem,
    method: str,
    draws: Draws,
    report: Report,
    training: dict[str, Any] | None,
    saved: str | None,
) -> None:
    """Print the result of a sampler.

    Args:
        arguments: the parsed arguments.
        problem: the problem.
        method: name of the sampler.
        draws: its samples with their cost.
        report: their scores.
        training: cost of training the curve; None if there is none.
        saved: id of the run in the store; None if it is not saved.
    """
    run = {
        "method": method,
        "status": "finished",
        "run": saved,
        "uses": draws.uses,
        **draws.cost.to_dict(),
        **draws.facts,
    }
    run |= {} if training is None else {"training": training}
    least = least_steps(None) if method in CHAINS else 0
    outcome = judge(report, draws.facts.get("steps", 0), least)
    _print(arguments, problem, run, report, outcome)


def _print(
    arguments: Namespace, problem: Problem, run: dict[str, Any], report: Report, outcome: Outcome
) -> None:
    scores = report.to_dict()
    from core.interpolations.build import build_target
    from core.targets.base import heavy_tails

    target = build_target(problem)
    run |= {"outcome": outcome.kind, "summary": outcome.sentence, "box_mass": target.box_mass}
    if arguments.json:
        result = {**without_nan(run), **scores, "problem": problem.to_dict()}
        print(json.dumps(result, allow_nan=False))
        return
    if tails := heavy_tails(target.box_mass):
        print(tails)
    steps = f"{run['steps']} steps, " if "steps" in run else ""
    print(f"{run['status']} after {steps}{run['seconds']:.1f} s, {run['energy_calls']:.0f} energy calls")
    print(f"{run['outcome'].replace('_', ' ')}: {run['summary']}")
    print(f"{'':20} {'samples':>12} {'best possible':>22}   n = {report.num_samples}")
    spreads = scores["floor_spreads"] or {}
    for name, value in scores["metrics"].items():
        print(f"{name:20} {short(value):>12} {_with_spread(scores['floors'][name], spreads.get(name)):>22}")


def _with_spread(value: float | None, spread: float | None) -> str:
    """Format as `0.0213 ± 0.004`; without the spread if it is None or zero."""
    return f"{short(value)} ± {spread:.1g}" if spread else short(value)


def short(value: float | None) -> str:
    """Format with four significant digits; `unknown` for None."""
    return "unknown" if value is None else f"{value:.4g}"
