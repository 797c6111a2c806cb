"""Quality of samples after a fixed training time: `.venv/bin/python tests/benchmarks/quality.py`.

Each case is trained with several seeds and scored on 10 000 samples; the table shows medians over the seeds. All cases with three seeds
take about half an hour.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from step_cost import machine, table  # noqa: E402

from core import Budget, Problem, TargetSpec, evaluate, train  # noqa: E402
from core.files import replace_text  # noqa: E402

OFF_CENTRE = TargetSpec.of(
    "mixture",
    means=[[30, 10], [36, 12], [28, 18], [40, 20]],
    std=[0.7, 1.0, 0.5, 1.3],
    weights=[0.6, 0.25, 0.1, 0.05],
)
PAIR, RING = TargetSpec.of("two_modes", mode_separation=6.0), TargetSpec.of("ring", mode_separation=4.0)
ASYMMETRIC, MOONS = TargetSpec.of("asymmetric_gmm"), TargetSpec.of("two_moons")
GMM40 = TargetSpec.of("gmm40")
WELLS, MORE_WELLS = (TargetSpec.of("many_well", dim=dim) for dim in (8, 32))


class Case(NamedTuple):
    """One row of the table."""

    title: str
    problem: Problem
    seconds: float


CASES = (
    Case("two modes, linear", Problem(PAIR, "linear"), 5),
    Case("two modes, learned", Problem(PAIR, "learned"), 5),
    Case("ring of 8, linear", Problem(RING, "linear", 3.0), 10),
    Case("ring of 8, learned", Problem(RING, "learned", 3.0), 10),
    Case("ring of 8, gradient flow", Problem(RING, "gradient_flow"), 15),
    Case("unequal modes far off the centre, gradient flow", Problem(OFF_CENTRE, "gradient_flow"), 20),
    Case("asymmetric mixture, learned", Problem(ASYMMETRIC, "learned", ASYMMETRIC.entry.sigma[2]), 15),
    Case(
        "asymmetric mixture, gradient flow",
        Problem(ASYMMETRIC, "gradient_flow", ASYMMETRIC.entry.sigma[2]),
        15,
    ),
    Case("two moons, learned", Problem(MOONS, "learned", MOONS.entry.sigma[2]), 20),
    Case("two moons, gradient flow", Problem(MOONS, "gradient_flow", MOONS.entry.sigma[2]), 20),
    Case("GMM-40, gradient flow", Problem(GMM40, "gradient_flow"), 60),
    Case("GMM-40, linear", Problem(GMM40, "linear", 30.0), 60),
    Case("GMM-40, learned", Problem(GMM40, "learned", 30.0), 60),
    Case("many wells, 8 dimensions, learned", Problem(WELLS, "learned"), 120),
    Case("many wells, 32 dimensions, learned", Problem(MORE_WELLS, "learned"), 120),
)
HEAD = ("", "σ", "seconds", "ESS", "k̂", "mode TV", "its floor", "modes", "log Z error", "strays")


def scored(case: Case, seed: int, num_samples: int) -> dict[str, float]:
    """Train and score one seed of a case; returns its metrics."""
    problem = Problem.from_dict({**case.problem.to_dict(), "seed": seed})
    *_, last = train(problem, Budget(seconds=case.seconds))
    report = evaluate(problem, last.field, num_samples).report
    found = report.to_dict()["metrics"]
    print(f"{case.title}, seed {seed}: {last.step} steps, {found}", file=sys.stderr, flush=True)
    return {**found, "floor": report.floors.mode_tv, "modes": report.num_modes, "steps": last.step}


def row(case: Case, runs: list[dict[str, float]]) -> list[str]:
    """Row of medians; NaN if a value is unknown in any run."""

    def median(name: str) -> float:
        values = [float("nan") if run[name] is None else run[name] for run in runs]
        return float("nan") if any(map(math.isnan, values)) else statistics.median(values)

    return [
        case.title,
        f"{case.problem.sigma:g}",
        f"{case.seconds:g}",
        f"{median('ess_fraction'):.4f}",
        f"{median('pareto_k'):.2f}",
        f"{median('mode_tv'):.4f}",
        f"{median('floor'):.4f}",
        f"{median('modes_covered'):.0f}/{runs[0]['modes']:.0f}",
        f"{median('log_z_error'):+.4f}",
        f"{median('stray_fraction'):.0e}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only cases whose title contains this text")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--num-samples", type=int, default=10_000)
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    rows, kept = [], {}
    for case in (case for case in CASES if arguments.only in case.title):
        kept[case.title] = [scored(case, seed, arguments.num_samples) for seed in range(arguments.seeds)]
        rows.append(row(case, kept[case.title]))
    print(
        f"{machine(torch.get_num_threads())}; medians of {arguments.seeds} seeds, n = {arguments.num_samples}\n"
    )
    print(table(HEAD, rows))
    if arguments.json:
        replace_text(Path(arguments.json), json.dumps(kept))


if __name__ == "__main__":
    main()
