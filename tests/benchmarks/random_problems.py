"""Training on random mixtures that the engine was not tuned to: `.venv/bin/python tests/benchmarks/random_problems.py`.

Each problem has 1 to 5 dimensions, 2 to 9 modes with Dirichlet(1) weights and standard deviations from 0.3 to 1.5, means in a cube with a side
of 6 to 20 mean standard deviations, σ from 0.7 to 4 (log-uniform), and a random curve. Each curve is trained for a fixed time or number of
steps and scored on raw samples, then on corrected ones. 100 problems of 12 s take about 40 minutes; `--num 6 --steps 40` about five.

A run is good if its ESS is above 0.98 and its mode TV within 0.02 of the floor; corrected samples are good if the mode TV alone is. A
failure is a run whose mode TV is not within 0.02 of the floor. A failure is flagged if ESS, forward ESS, EUBO − ELBO or the estimates of
log Z show that something is wrong.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from step_cost import machine, table  # noqa: E402

from core import Budget, Problem, TargetSpec, evaluate, train  # noqa: E402
from core.files import replace_text  # noqa: E402
from core.problem import INTERPOLATIONS, STARTS  # noqa: E402
from core.results.evaluation import scored  # noqa: E402
from core.results.report import without_nan  # noqa: E402
from core.results.samplers import draw  # noqa: E402
from core.sampling.allowance import Allowance  # noqa: E402

GOOD_ESS, TOLERANCE = 0.98, 0.02
# A failure is flagged if the reverse or the forward ESS is below the first number, or if EUBO − ELBO or the difference between the
# estimates of log Z exceeds the second (in nats).
FLAGGED_ESS, FLAGGED_NATS = 0.95, 0.1
CORRECTION_SECONDS = 6.0

Row = dict[str, Any]


def random_problem(number: int, dims: Sequence[int], curves: Sequence[str]) -> Problem:
    """The random problem with this number. The same number gives the same problem if `dims` and `curves` are the same."""
    g = torch.Generator().manual_seed(10_007 * number + 1)

    def uniform(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=g, dtype=torch.float64))

    dim = dims[int(uniform(0, len(dims)))]
    num_modes = int(uniform(2, 10))
    std = [uniform(0.3, 1.5) for _ in range(num_modes)]
    side = uniform(6.0, 20.0) * sum(std) / num_modes
    means = [[uniform(-side / 2, side / 2) for _ in range(dim)] for _ in range(num_modes)]
    # Exponential variables that are scaled to sum to one have the Dirichlet(1) distribution.
    weights = [max(-math.log(uniform(1e-9, 1.0)), 1e-5) for _ in range(num_modes)]
    sigma = math.exp(uniform(math.log(0.7), math.log(4.0)))
    curve = curves[int(uniform(0, len(curves)))]
    target = TargetSpec.of("mixture", means=means, std=std, weights=weights)
    return Problem.from_dict({"target": target.to_dict(), "interpolation": curve, "sigma": sigma})


def scores(
    problem: Problem, budget: Budget, num_samples: int, correction: float | None
) -> tuple[Row, float | None]:
    """Train, sample and score a problem; returns the row and the mode TV after correction."""
    start = time.process_time()
    *_, last = train(problem, budget)
    seconds = time.process_time() - start
    found = evaluate(problem, last.field, num_samples).report
    corrected = None
    if correction is not None:
        allowance = Allowance(seconds=correction)
        samples = draw(problem, "corrected", allowance, num_samples, last.field).samples
        corrected = scored(problem, samples, thorough=False).metrics.mode_tv
    m = found.metrics
    row = {
        "steps": last.step,
        "cpu_seconds": seconds,
        "energy_calls": last.energy_calls,
        "ess": m.ess_fraction,
        "forward_ess": m.forward_ess_fraction,
        "gap": m.eubo_elbo_gap,
        "mode_tv": m.mode_tv,
        "floor": found.floors.mode_tv,
        "weighted_tv": m.weighted_mode_tv,
        "log_z_error": m.log_z_error,
        "log_z_difference": m.log_z_forward - m.log_z,
    }
    return row, corrected


def judged(row: Row) -> Row:
    """Add three marks to a row: whether the run is good, whether it is good after correction, and whether it is an unflagged failure."""
    excess = row["mode_tv"] - row["floor"]
    near = excess <= TOLERANCE  # False for NaN
    sound = (
        min(row["ess"], row["forward_ess"]) >= FLAGGED_ESS
        and row["gap"] <= FLAGGED_NATS
        and abs(row["log_z_difference"]) <= FLAGGED_NATS
    )
    corrected = row["corrected_tv"]
    return {
        **row,
        "good": near and row["ess"] > GOOD_ESS,
        "good_corrected": None if corrected is None else corrected - row["floor"] <= TOLERANCE,
        "silent_failure": not near and sound,
    }


def summary(rows: Sequence[Row]) -> str:
    """Counts of good runs by curve and by dimension, and the failures that no metric flags."""
    groups = [(curve, [r for r in rows if r["curve"] == curve]) for curve in INTERPOLATIONS]
    groups += [
        (f"{dim} dimension{'s' * (dim > 1)}", [r for r in rows if r["dim"] == dim]) for dim in range(1, 6)
    ]
    groups += [
        (
            "3 and 5 dimensions, gradient flow and learned",
            [r for r in rows if r["dim"] in (3, 5) and r["curve"] != "linear"],
        ),
        ("all", list(rows)),
    ]
    lines = [
        [name, str(len(group)), _count(group, "good"), _count(group, "good_corrected"), _count(group, "silent_failure")]
        for name, group in groups
        if group
    ]  # fmt: skip
    return table(["", "problems", "good", "good, corrected", "unflagged failures"], lines)


def _count(rows: Sequence[Row], name: str) -> str:
    return "—" if any(row[name] is None for row in rows) else str(sum(row[name] for row in rows))


HEAD = ("#", "dim", "modes", "curve", "σ", "steps", "CPU s", "energy calls", "ESS", "forward ESS", "EUBO − ELBO", "mode TV", "floor",
        "weighted TV", "corrected TV", "log Z error", "")  # fmt: skip


def cells(row: Row) -> list[str]:
    """The row as text."""
    corrected = row["corrected_tv"]
    return [
        *(str(row[name]) for name in ("number", "dim", "modes", "curve")),
        f"{row['sigma']:.2f}",
        str(row["steps"]),
        f"{row['cpu_seconds']:.1f}",
        f"{row['energy_calls']:.2g}",
        *(
            f"{row[name]:.3f}"
            for name in ("ess", "forward_ess", "gap", "mode_tv", "floor", "weighted_tv")
        ),
        "—" if corrected is None else f"{corrected:.3f}",
        f"{row['log_z_error']:+.3f}",
        "good" if row["good"] else "silent" if row["silent_failure"] else "",
    ]  # fmt: skip


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num", type=int, default=100, help="number of problems")
    parser.add_argument("--first", type=int, default=0, help="number of the first problem")
    parser.add_argument("--dims", default="1,2,3,4,5", help="dimensions to choose from, such as 3,5")
    parser.add_argument("--curves", default=",".join(INTERPOLATIONS), help="curves to choose from")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--seconds", type=float, help="training time of each problem (default: 12)")
    budget.add_argument(
        "--steps", type=int, help="training steps instead, which do not depend on the machine"
    )
    parser.add_argument("--start", choices=STARTS, help="density before training")
    parser.add_argument("--num-samples", type=int, default=5000)
    parser.add_argument("--no-correction", action="store_true", help="score raw samples only")
    parser.add_argument("--json", type=Path, metavar="OUT.json")
    return parser.parse_args()


def main() -> None:
    """Train the problems one by one; print a row for each, then the summary."""
    arguments = parse()
    seconds = 12.0 if arguments.steps is None and arguments.seconds is None else arguments.seconds
    budget = Budget(seconds, arguments.steps)
    dims, curves = [int(d) for d in arguments.dims.split(",")], arguments.curves.split(",")
    print(
        f"{machine(torch.get_num_threads())}; {budget.seconds or budget.steps} {'s' if budget.seconds else 'steps'} each\n"
    )
    print(table(HEAD, []), flush=True)
    rows: list[Row] = []
    for number in range(arguments.first, arguments.first + arguments.num):
        problem = random_problem(number, dims, curves)
        if arguments.start:
            data = problem.to_dict()
            problem = Problem.from_dict({**data, "training": {**data["training"], "start": arguments.start}})
        found, corrected = scores(
            problem, budget, arguments.num_samples, None if arguments.no_correction else CORRECTION_SECONDS
        )
        about = {"number": number, "dim": problem.target.dim, "modes": len(problem.target.values["means"])}
        row = {**about, "curve": problem.interpolation, "sigma": problem.sigma, **found}
        rows.append(judged({**row, "corrected_tv": corrected}))
        print("| " + " | ".join(cells(rows[-1])) + " |", flush=True)
        if arguments.json:  # after every problem, so that an interrupted run leaves its results so far
            replace_text(arguments.json, json.dumps(without_nan(rows), indent=1))
    print("\n" + summary(rows))


if __name__ == "__main__":
    main()
