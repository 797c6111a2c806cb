"""Compare this project's samplers with classic ones, by energy calls and by seconds: `.venv/bin/python tests/benchmarks/against.py
--quick`.

All methods have the same limit on energy calls or seconds, which includes preparation, pilot runs and training. `uses` lists what a method
uses besides the target's energy. Methods along the linear curve, and Markov chains, start from a latent as wide as the target's box, so
they use the box. The full benchmark takes hours, `--quick` about twelve minutes.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from against_report import pictures, report  # noqa: E402
from blind import with_found_box  # noqa: E402
from step_cost import machine  # noqa: E402

from core import Budget, Problem, TargetSpec, evaluate, train  # noqa: E402
from core.files import replace_text  # noqa: E402
from core.interpolations.base import AbstractInterpolation  # noqa: E402
from core.interpolations.build import build_target  # noqa: E402
from core.results.coverage import weighted_mode_masses  # noqa: E402
from core.results.evaluation import exact_log_weights  # noqa: E402
from core.results.metrics import mode_tv  # noqa: E402
from core.results.samplers import draw  # noqa: E402
from core.sampling.allowance import Allowance  # noqa: E402
from core.sampling.cost import Cost  # noqa: E402
from core.sampling.generators import exact_generator  # noqa: E402
from core.sampling.methods import METHODS  # noqa: E402
from core.sampling.samples import Samples  # noqa: E402
from core.targets.registry import TARGETS  # noqa: E402

CLASSICS = tuple(name for name in METHODS if name != "corrected")
# Training takes at most this fraction of an allowance; the rest is for samples.
TRAINING_SHARE = 0.6
# Maximum number of seconds that training may take under an allowance in energy calls.
MOST_SECONDS = 120.0
# Number of samples of a rehearsal that measures the cost per sample, and minimum number of samples that are scored.
REHEARSAL, FEWEST = 64, 100
# Number of sets of exact samples over which the best possible mode TV is averaged.
FLOOR_DRAWS = 32
SEVEN = TargetSpec.of(
    "mixture",
    means=[[0, 0, 0], [4, 1, 0], [-3, 3, 2], [1, -4, 3], [-2, -3, -4], [3, 3, -3], [-4, -1, 4]],
    std=[0.7, 0.5, 0.9, 0.6, 0.8, 0.4, 0.7],
    weights=[0.25, 0.1, 0.2, 0.1, 0.15, 0.05, 0.15],
)


@dataclass(frozen=True)
class Case:
    """A target, and the curves that are trained for it.

    Attributes:
        title: its name in the tables.
        target: the target.
        wide: σ of a latent as wide as the box.
        ours: the curves that this project trains, each with its σ.
    """

    title: str
    target: TargetSpec
    wide: float
    ours: tuple[tuple[str, float], ...]

    def problem(self, interpolation: str = "linear", sigma: float = 0.0, seed: int = 0) -> Problem:
        """The target with one of the curves; σ is `wide` by default."""
        return Problem(self.target, interpolation, sigma or self.wide, seed=seed)  # type: ignore[arg-type]


QUICK = (
    Case(
        "two modes 6 apart", TargetSpec.of("two_modes", mode_separation=6.0), 4.0, (("gradient_flow", 1.0),)
    ),
    Case("ring of 8", TargetSpec.of("ring", mode_separation=4.0), 5.0, (("gradient_flow", 1.0),)),
    Case("GMM-40", TargetSpec.of("gmm40"), 30.0, (("gradient_flow", 1.0),)),
)
MORE = (
    Case("two moons", TargetSpec.of("two_moons"), 2.0, (("gradient_flow", 2.0),)),
    Case("many wells, 8 dimensions", TargetSpec.of("many_well", dim=8), 1.5, (("learned", 1.0),)),
    Case("many wells, 32 dimensions", TargetSpec.of("many_well", dim=32), 1.5, (("learned", 1.0),)),
    Case("seven modes, 3 dimensions", SEVEN, 4.0, (("gradient_flow", 1.0),)),
)


def more_cases() -> tuple[Case, ...]:
    """All cases, with the funnel if the registry has that target."""
    if "funnel" not in TARGETS:
        return QUICK + MORE
    return (
        *QUICK,
        *MORE,
        Case("funnel, 10 dimensions", TargetSpec.of("funnel", dim=10), 3.0, (("learned", 1.0),)),
    )


@dataclass(frozen=True)
class Row:
    """The result of one method on one target within one limit. A value that is unknown or does not exist is None.

    Attributes:
        case, method: the target and the method.
        uses: what the method uses besides the energy.
        limit: how many energy calls or seconds the method may use.
        by: the unit of the limit: `energy calls` or `seconds`.
        cost: energy calls and seconds that it used.
        num_samples: number of samples.
        mode_tv, floor: mode TV of the samples after reweighting, and mode TV of equally many exact samples.
        log_z_error: error of the estimate of log Z, in nats.
        gap: EUBO − ELBO, in nats; only for methods whose samples have a density.
        refusal: why there is no result; empty if there is one.
    """

    case: str
    method: str
    uses: str
    limit: float
    by: str
    cost: Cost
    num_samples: int = 0
    mode_tv: float | None = None
    floor: float | None = None
    log_z_error: float | None = None
    gap: float | None = None
    refusal: str = ""


def known(value: float) -> float | None:
    """A number for JSON; None if it is unknown."""
    return value if math.isfinite(value) else None


def scored(row: Row, problem: Problem, samples: Samples) -> Row:
    """Add the scores of samples to a row; samples without weights count equally."""
    target, generator = build_target(problem), exact_generator(problem)
    has_weights = not bool(samples.log_weight.isnan().any())
    weight = samples.log_weight if has_weights else torch.zeros_like(samples.log_weight)
    log_z = float(weight.logsumexp(0)) - math.log(len(weight)) if has_weights else math.nan

    def tv(x: torch.Tensor, log_weight: torch.Tensor) -> float:
        return mode_tv(weighted_mode_masses(target, x, log_weight), target.weights)

    exact = [target.sample(len(weight), generator) for _ in range(FLOOR_DRAWS)]
    floor = sum(tv(x, torch.zeros(len(x), dtype=torch.float64)) for x in exact) / FLOOR_DRAWS
    return replace(
        row,
        num_samples=len(weight),
        mode_tv=known(tv(samples.x, weight)),
        floor=floor,
        log_z_error=known(log_z - target.log_z),
    )


def classic(case: Case, method: str, allowance: Allowance, row: Row, num_samples: int) -> Iterator[Row]:
    """Run a method that needs no training."""
    problem = case.problem()
    draws = draw(problem, method, allowance, num_samples)
    uses = ", ".join(name for name in draws.uses if name != "latent")
    yield scored(
        replace(row, uses=f"{uses}; box" if uses != "box" else uses, cost=draws.cost), problem, draws.samples
    )


def ours(
    case: Case, curve: str, sigma: float, allowance: Allowance, row: Row, num_samples: int
) -> Iterator[Row]:
    """Train a curve; score its reweighted samples and its corrected samples."""
    problem = case.problem(curve, sigma)
    model, spent = trained(problem, allowance)
    row = replace(row, uses="gradient; box, scale")
    yield from results(problem, model, spent, allowance, row, num_samples)


def blind(
    case: Case, curve: str, sigma: float, allowance: Allowance, row: Row, num_samples: int
) -> Iterator[Row]:
    """The same as `ours`, but without the target's box and scale: a search finds both, and its cost counts."""
    problem = case.problem(curve, sigma)
    with with_found_box(problem) as found:
        model, spent = trained(problem, allowance, found)
    row = replace(row, uses="gradient")
    yield from results(problem, model, spent, allowance, row, num_samples)


def left(allowance: Allowance, spent: Cost) -> Allowance:
    """The allowance minus what was spent.

    Raises:
        ValueError: nothing is left.
    """
    if allowance.energy_calls is not None:
        calls = int(allowance.energy_calls - spent.energy_calls)
        if calls < 1:
            raise ValueError(f"The start alone needs {spent.energy_calls:.2g} energy calls.")
        return Allowance(energy_calls=calls)
    seconds = (allowance.seconds or 0.0) - spent.seconds
    if seconds < 0.1:
        raise ValueError(f"The start alone needs {spent.seconds:.2g} s.")
    return Allowance(seconds=seconds)


def trained(
    problem: Problem, allowance: Allowance, before: Cost | None = None
) -> tuple[AbstractInterpolation, Cost]:
    """Train until the fraction TRAINING_SHARE of the allowance is spent; returns the curve and what it cost.

    Raises:
        ValueError: the start alone exceeds the allowance.
    """
    start, before = time.perf_counter(), before or Cost()
    seconds = (
        MOST_SECONDS
        if allowance.seconds is None
        else max(TRAINING_SHARE * allowance.seconds - before.seconds, 0.1)
    )
    most = math.inf if allowance.energy_calls is None else TRAINING_SHARE * allowance.energy_calls
    for snapshot in train(problem, Budget(seconds=seconds)):
        cost = Cost(time.perf_counter() - start, snapshot.energy_calls, snapshot.gradient_calls).plus(before)
        left(allowance, cost)
        if cost.energy_calls >= most:
            break
    return snapshot.field, cost


def results(
    problem: Problem,
    model: AbstractInterpolation,
    spent: Cost,
    allowance: Allowance,
    row: Row,
    num_samples: int,
) -> Iterator[Row]:
    """The reweighted and the corrected samples of a trained curve. Each may spend the rest of the allowance."""
    rest = left(allowance, spent)
    price = evaluate(problem, model, REHEARSAL, thorough=False).cost.times(1 / REHEARSAL)
    fit = (
        rest.energy_calls / price.energy_calls if rest.energy_calls else (rest.seconds or 0.0) / price.seconds
    )
    count = min(int(fit), num_samples)
    if count >= FEWEST:
        found = evaluate(problem, model, count, thorough=False)
        above = exact_log_weights(problem, model, count)
        gap = known(float(above.mean() - found.samples.log_weight.mean()))
        cost = spent.plus(found.cost)
        yield replace(scored(replace(row, cost=cost), problem, found.samples), gap=gap)
    else:
        yield replace(row, refusal=f"The rest of the limit pays for {count} samples.")
    corrected = replace(row, method=f"{row.method}, corrected")
    try:
        draws = draw(problem, "corrected", rest, num_samples, model)
    except ValueError as error:
        yield replace(corrected, refusal=str(error))
        return
    yield scored(replace(corrected, cost=spent.plus(draws.cost)), problem, draws.samples)


def rows(case: Case, limit: float, by: str, num_samples: int) -> Iterator[Row]:
    """All methods on a target within an allowance. A method that cannot run gives a row with the reason."""
    allowance = Allowance(energy_calls=int(limit)) if by == "energy calls" else Allowance(seconds=limit)
    runs = [(METHODS[name].title, classic, (name,)) for name in CLASSICS]
    for curve, sigma in case.ours:
        title = f"{curve.replace('_', ' ')}, σ = {sigma:g}"
        runs.append((title, ours, (curve, sigma)))  # type: ignore[arg-type]
        runs.append((f"{title}, blind", blind, (curve, sigma)))  # type: ignore[arg-type]
    for title, how, arguments in runs:
        row = Row(case.title, title, "", limit, by, Cost())
        try:
            yield from how(case, *arguments, allowance, row, num_samples)  # type: ignore[operator]
        except ValueError as error:
            yield replace(row, refusal=str(error))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three targets, small allowances, 2000 samples")
    parser.add_argument("--only", default="", help="only targets whose title contains this text")
    parser.add_argument("--json", metavar="FILE", help="write all rows; the default prints tables only")
    parser.add_argument("--pictures", metavar="FOLDER", help="write the pictures as SVG; needs matplotlib")
    arguments = parser.parse_args()
    cases = QUICK if arguments.quick else more_cases()
    limits = [(1e4, "energy calls"), (1e5, "energy calls"), (1e6, "energy calls"), (10.0, "seconds")]
    if not arguments.quick:
        limits = [(10.0**k, "energy calls") for k in (4, 5, 6, 7)] + [
            (s, "seconds") for s in (1.0, 5.0, 20.0, 60.0)
        ]
    found: list[Row] = []
    for case in (case for case in cases if arguments.only in case.title):
        for limit, by in limits:
            for row in rows(case, limit, by, 2000 if arguments.quick else 10_000):
                found.append(row)
                print(json.dumps(asdict(row), ensure_ascii=False), file=sys.stderr, flush=True)
    print(f"{machine(torch.get_num_threads())}\n")
    data = [asdict(row) for row in found]
    print(report(data))
    if arguments.json:
        replace_text(Path(arguments.json), json.dumps(data, ensure_ascii=False, indent=1))
    if arguments.pictures:
        pictures(data, Path(arguments.pictures))


if __name__ == "__main__":
    main()
