"""Time to reach a quality, engine against plain baseline: `python tests/benchmarks/time_to_quality.py [--json OUT.json]`.

Engine and baseline train in turns in one process, on the same threads, for the same wall-clock time. The one with less time so far goes
next, so a busy machine slows both. Both are scored by `core.evaluate` after the same training times (the marks), with their clocks paused.
The engine has its default settings, and its clock includes the set-up before the first step. `baseline.Recipe` describes the baseline;
with `--collocation box` it spends no time on trajectories, and often does better. A step is never interrupted, so long steps may exceed the
budget slightly.

Numbers are medians over seeds; an ESS is NaN if a sample failed. `--quick` takes under a minute and is only a smoke test.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from baseline import Recipe, train_plain  # noqa: E402
from step_cost import machine, table  # noqa: E402

from core import Budget, Problem, TargetSpec, evaluate, train  # noqa: E402
from core.files import replace_text  # noqa: E402
from core.problem import STARTS, SamplingSettings, TrainingSettings  # noqa: E402

RING, PAIR = TargetSpec.of("ring"), TargetSpec.of("two_modes", mode_separation=6.0)
PROBLEMS = {
    "two_modes-linear": Problem(PAIR),
    "two_modes-learned": Problem(PAIR, "learned"),
    "ring-linear": Problem(RING, sigma=3.0),
    "ring-learned": Problem(RING, "learned", sigma=3.0),
    "ring-gradient_flow": Problem(RING, "gradient_flow"),
    "two_moons-learned": Problem(TargetSpec.of("two_moons"), "learned", sigma=2.0),
    "two_moons-gradient_flow": Problem(TargetSpec.of("two_moons"), "gradient_flow", sigma=2.0),
    "gmm40-gradient_flow": Problem(TargetSpec.of("gmm40"), "gradient_flow"),
}
DEFAULT = ("two_modes-linear", "ring-linear", "ring-gradient_flow", "two_moons-gradient_flow")
LEVELS = (0.5, 0.9, 0.99)
FIRST_MARK = 0.5  # seconds
# Maximum number of solver steps for a sample when scoring; a sample that needs more has failed.
MOST_STEPS = 100


@dataclass(frozen=True)
class Score:
    """The score of the engine or the baseline at a mark: seconds on its own clock, and metrics (NaN if a sample failed)."""

    mark: float
    seconds: float
    steps: float
    energy_calls: float
    ess: float
    mode_tv: float
    log_z_error: float


class Lane:
    """The engine or the baseline: its clock, which runs only while it trains, and its scores after fixed training times (the marks)."""

    def __init__(self, snapshots: Iterator[Any], marks: list[float]) -> None:
        self.snapshots = snapshots
        self.marks = list(marks)
        self.seconds = 0.0
        self.ended = ""
        self.scores: list[Score] = []

    def advance(self, problem: Problem, num_samples: int) -> None:
        """Train until the next snapshot; score it if a mark was passed, or if the run converged or diverged."""
        start = time.perf_counter()
        snapshot = next(self.snapshots)
        self.seconds += time.perf_counter() - start
        if snapshot.status in ("converged", "diverged"):
            self.ended = f"{snapshot.status} at {self.seconds:.1f} s"
        elif snapshot.status == "finished":  # its own clock, slightly ahead of this one, is at the last mark
            self.seconds = max(self.seconds, self.marks[-1])
        passed = [mark for mark in self.marks if self.ended or mark <= self.seconds]
        self.marks = self.marks[len(passed) :]
        if passed:
            metrics = evaluate(problem, snapshot.field, num_samples).report.metrics
            found = (metrics.ess_fraction, metrics.mode_tv, metrics.log_z_error)
            counts = (self.seconds, snapshot.step, snapshot.energy_calls)
            self.scores += [Score(mark, *counts, *found) for mark in passed]


def race(problem: Problem, recipe: Recipe, marks: list[float], num_samples: int) -> tuple[Lane, Lane]:
    """Train both in turns until both have been scored at the last mark."""
    engine = Lane(train(problem, Budget(seconds=marks[-1])), marks)
    plain = Lane(train_plain(problem, recipe), marks)
    while going := [lane for lane in (engine, plain) if lane.marks]:
        min(going, key=lambda lane: lane.seconds).advance(problem, num_samples)
    return engine, plain


def seconds_to(scores: list[Score], level: float) -> float:
    """Seconds until the ESS first reached `level`; infinite if it never did."""
    return next((score.seconds for score in scores if score.ess >= level), math.inf)


def median_scores(lanes: list[Lane]) -> list[Score]:
    """Medians over seeds at every mark."""
    columns = zip(*(lane.scores for lane in lanes), strict=True)
    return [Score(*(statistics.median(v) for v in zip(*map(_row, at), strict=True))) for at in columns]


def _row(score: Score) -> tuple[float, ...]:
    """Values of a score, with NaN replaced by the worst value, so that medians are meaningful."""
    values = asdict(score)
    worst = {"ess": 0.0, "mode_tv": math.inf, "log_z_error": math.inf}
    return tuple(worst.get(k, v) if math.isnan(v) else v for k, v in values.items())


def compare(engines: list[Lane], plains: list[Lane]) -> list[dict[str, float | str]]:
    """For each level of the ESS: the median seconds until the engine and the baseline reach it, and their ratio. The first level is the
    lower of the two final ESS."""
    ends = [median_scores(lanes)[-1].ess for lanes in (engines, plains)]
    levels = [("the lower of both ends", min(ends)), *((f"ESS {level:g}", level) for level in LEVELS)]
    rows: list[dict[str, float | str]] = []
    for name, level in levels:
        ours, theirs = (
            statistics.median([seconds_to(lane.scores, level) for lane in lanes])
            for lanes in (engines, plains)
        )
        ratio = theirs / ours if math.isfinite(ours) and math.isfinite(theirs) else math.nan
        rows.append({"level": name, "ess": level, "engine": ours, "baseline": theirs, "ratio": ratio})
    return rows


def show(name: str, engines: list[Lane], plains: list[Lane], budget: float) -> list[dict[str, float | str]]:
    """Print both tables of a problem; returns the rows of the second."""
    print(f"\n## {name}\n")
    head = ["seconds", *(f"{w} {q}" for w in ("engine", "baseline") for q in QUANTITIES)]
    pairs = zip(median_scores(engines), median_scores(plains), strict=True)
    print(table(head, [[f"{a.mark:.2g}", *_cells(a), *_cells(b)] for a, b in pairs]))
    for who, lanes in (("engine", engines), ("baseline", plains)):
        for note in sorted({lane.ended for lane in lanes if lane.ended}):
            print(f"\nThe {who} {note}; later lines repeat its last score.")
    rows = compare(engines, plains)
    said = [[_level(r), *(_reached(r[w], budget) for w in ("engine", "baseline")), _ratio(r)] for r in rows]
    print("\n" + table(["quality", "engine, s", "baseline, s", "baseline / engine"], said), flush=True)
    return rows


QUANTITIES = ("ESS", "mode TV", "energy calls", "steps")


def _cells(score: Score) -> list[str]:
    return [
        f"{score.ess:.4f}" if score.ess else "NaN",  # an ESS fraction is at least 1/n, so 0 can represent NaN
        f"{score.mode_tv:.3f}",
        f"{score.energy_calls:.3g}",
        f"{score.steps:.0f}",
    ]


def _level(row: dict[str, Any]) -> str:
    fixed = str(row["level"]).startswith("ESS")
    return row["level"] if fixed else f"{row['level']}, ESS {row['ess'] or math.nan:.3f}"


def _reached(seconds: Any, budget: float) -> str:
    return f"{seconds:.1f}" if math.isfinite(seconds) else f"not reached in {budget:g} s"


def _ratio(row: dict[str, Any]) -> str:
    return f"{row['ratio']:.1f}" if math.isfinite(row["ratio"]) else "—"


def warm_up(recipe: Recipe) -> None:
    """Run both briefly, so that neither clock includes first-use imports."""
    for _ in train(PROBLEMS["two_modes-linear"], Budget(steps=2)):
        pass
    snapshots = train_plain(PROBLEMS["two_modes-linear"], recipe)
    next(snapshots), next(snapshots)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "problems", nargs="*", help=f"choose from {', '.join(PROBLEMS)} (default: {', '.join(DEFAULT)})"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="training time of each contestant")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--marks", type=int, default=8, help="number of times at which both are scored")
    parser.add_argument("--num-samples", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--learning-rate", type=float, default=Recipe.learning_rate, help="of the baseline")
    parser.add_argument(
        "--trajectories", type=int, default=Recipe.trajectories, help="of the baseline, per step"
    )
    parser.add_argument("--collocation", choices=("trajectories", "box"), default=Recipe.collocation)
    parser.add_argument("--start", choices=tuple(STARTS), help="of the engine's gradient flows")
    parser.add_argument("--json", type=Path, metavar="OUT.json")
    parser.add_argument("--quick", action="store_true", help="under a minute: one problem, 4 s, one seed")
    arguments = parser.parse_args()
    if unknown := set(arguments.problems) - set(PROBLEMS):
        parser.error(f"Unknown problem {', '.join(sorted(unknown))}; choose from {', '.join(PROBLEMS)}.")
    if arguments.quick:
        arguments.seconds, arguments.seeds, arguments.marks, arguments.num_samples = 4.0, 1, 3, 250
    arguments.problems = arguments.problems or list(DEFAULT[: 1 if arguments.quick else None])
    return arguments


def main() -> None:
    """Run the comparison and print the tables."""
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    recipe = Recipe(
        learning_rate=arguments.learning_rate,
        trajectories=arguments.trajectories,
        collocation=arguments.collocation,
    )
    marks = np.geomspace(min(FIRST_MARK, arguments.seconds), arguments.seconds, arguments.marks).tolist()
    print(f"# Seconds to the same quality\n\n{machine(arguments.threads)}")
    print(
        f"\nBaseline: {recipe}. Medians of {arguments.seeds} seeds, {arguments.num_samples} samples per score. Both are scored at "
        "the same marks, so times are accurate to the distance between two marks."
    )
    warm_up(recipe)
    results: dict[str, Any] = {}
    for name in arguments.problems:
        training = TrainingSettings(start=arguments.start) if arguments.start else TrainingSettings()
        sampling = SamplingSettings(num_steps=MOST_STEPS)
        problem = replace(PROBLEMS[name], training=training, sampling=sampling)
        seeds = [replace(problem, seed=seed) for seed in range(arguments.seeds)]
        lanes = [race(p, recipe, marks, arguments.num_samples) for p in seeds]
        engines, plains = map(list, zip(*lanes, strict=True))
        rows = show(name, engines, plains, arguments.seconds)
        runs = [{"engine": _run(engine), "baseline": _run(plain)} for engine, plain in lanes]
        results[name] = {"problem": problem.to_dict(), "levels": rows, "seeds": runs}
        if arguments.json:  # after every problem, so that an interrupted run leaves its results so far
            replace_text(arguments.json, _json(arguments, recipe, results))


def _run(lane: Lane) -> dict[str, Any]:
    return {"ended": lane.ended, "scores": [asdict(score) for score in lane.scores]}


def _json(arguments: argparse.Namespace, recipe: Recipe, results: dict[str, Any]) -> str:
    """Encode as JSON, with null for NaN and infinity."""
    settings = {k: v for k, v in vars(arguments).items() if k != "json"}
    whole = {
        "machine": machine(arguments.threads),
        "settings": settings,
        "baseline": asdict(recipe),
        "problems": results,
    }
    return json.dumps(_finite(whole), indent=1)


def _finite(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


if __name__ == "__main__":
    main()
