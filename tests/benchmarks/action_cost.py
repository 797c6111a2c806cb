"""Does the exact action predict what annealing costs? `.venv/bin/python tests/benchmarks/action_cost.py`.

For linear curves on the line, compares the exact action with the number of annealing steps that AIS needs to estimate log Z with an error
of 0.1. An estimate uses 64 points, evenly spaced times and one MALA step at each time. The error is the root mean square over 64
independent estimates.

References:
    Guo, Tao, Chen: Provable benefit of annealed Langevin Monte Carlo for non-log-concave sampling, 2024 (arXiv 2407.16936).
    Guo, Tao, Chen: Complexity analysis of normalizing constant estimation, 2025 (arXiv 2502.04575).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from step_cost import table  # noqa: E402

from core import Problem, TargetSpec, solve  # noqa: E402
from core.files import replace_text  # noqa: E402
from core.interpolations.build import build_latent, build_target  # noqa: E402
from core.reference.transport import action  # noqa: E402
from core.sampling.bridge.pilot import pilot  # noqa: E402
from core.sampling.bridge.walk import Bridge, Ladder, walk  # noqa: E402
from core.sampling.curves import LinearCurve  # noqa: E402

POINTS, ESTIMATES = 64, 64
ERROR = 0.1
MOST_STEPS = 2**12
SEPARATIONS, SIGMAS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), (0.5, 1.0, 2.0, 4.0)
# Titles of the targets: two modes on either side of the latent; a pair with one mode at the latent, so that mass must reach the other mode.
TARGETS = {"two_modes": "two modes", "shifted_pair": "pair"}


@dataclass(frozen=True)
class Point:
    """A problem, the action of its curve, and the cost of annealing along the curve.

    Attributes:
        target, separation, sigma: the settings of the problem.
        action: exact action of the linear curve, in squared units of x.
        steps: annealing steps until the error of log Z is ERROR; None if MOST_STEPS do not suffice.
    """

    target: str
    separation: float
    sigma: float
    action: float
    steps: float | None


def measured(target: str, separation: float, sigma: float) -> Point:
    """The action and the cost of a linear curve to two modes on the line."""
    problem = Problem(TargetSpec.of(target, dim=1, mode_separation=separation), "linear", sigma)
    return Point(target, separation, sigma, action(solve(problem)), _steps(problem))


def _steps(problem: Problem) -> float | None:
    """The number of steps at which the error falls to ERROR, by interpolation between powers of two."""
    generator = torch.Generator().manual_seed(0)
    latent, target = build_latent(problem), build_target(problem)
    bridge = Bridge(LinearCurve(latent, target), num_moves=1, resample_below=0.0)
    ladder = pilot(bridge, 500, generator)
    before = math.inf
    for k in range(0, int(math.log2(MOST_STEPS)) + 1):
        error = _error(bridge, _even(ladder, 2**k), target.log_z, generator)
        if error <= ERROR:
            part = (
                1.0
                if k == 0 or not math.isfinite(before)
                else math.log(before / ERROR) / math.log(before / error)
            )
            return 2 ** (k - 1 + part) if k else 1.0
        before = error
    return None


def _even(ladder: Ladder, steps: int) -> Ladder:
    """Evenly spaced times, with MALA step sizes interpolated from those of a pilot run."""
    times = np.linspace(0, 1, steps + 1)
    sizes = np.exp(np.interp(times[1:], ladder.times[1:], np.log(ladder.step_sizes)))
    return Ladder(tuple(times.tolist()), tuple(sizes.tolist()))


def _error(bridge: Bridge, ladder: Ladder, log_z: float, generator: torch.Generator) -> float:
    """The root mean square error of log Z over independent estimates."""
    *_, cloud = walk(bridge, ladder, POINTS * ESTIMATES, generator, ESTIMATES)
    return float((cloud.log_z - log_z).square().mean().sqrt())


def correlation(points: Sequence[Point]) -> float:
    """The rank correlation of action and steps; problems that need more than MOST_STEPS take the last ranks, in any order."""
    ranks = [
        np.argsort(np.argsort(values))
        for values in ([p.action for p in points], [p.steps or 2 * MOST_STEPS for p in points])
    ]
    return float(np.corrcoef(*ranks)[0, 1])


def picture(points: Sequence[Point], path: Path) -> None:
    """Write a figure of steps against action as SVG, with a line for each σ."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.fonttype"] = "none"  # write text as text, not as shapes
    figure, axis = plt.subplots(figsize=(6, 4.5))
    for target, marker in zip(TARGETS, "os", strict=True):
        for k, sigma in enumerate(SIGMAS):
            own = [p for p in points if (p.target, p.sigma) == (target, sigma)]
            steps = [p.steps or math.nan for p in own]
            label = f"{TARGETS[target]}, σ = {sigma:g}"
            axis.plot([p.action for p in own], steps, f"{marker}-", ms=4, lw=1, color=f"C{k}", label=label)
            beyond = [p.action for p in own if p.steps is None]
            axis.plot(beyond, [MOST_STEPS] * len(beyond), "^", ms=5, mfc="none", color=f"C{k}")
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="exact action of the linear curve",
        ylabel=f"annealing steps for an error of log Z of {ERROR:g}",
    )
    axis.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--picture", metavar="FILE", help="write the picture as SVG; needs matplotlib")
    arguments = parser.parse_args()
    points = [
        measured(target, separation, sigma)
        for target in TARGETS
        for sigma in SIGMAS
        for separation in SEPARATIONS
    ]
    rows = [
        [
            TARGETS[p.target],
            f"{p.sigma:g}",
            f"{p.separation:g}",
            f"{p.action:.3g}",
            f"> {MOST_STEPS}" if p.steps is None else f"{p.steps:.0f}",
        ]
        for p in points
    ]
    print(table(("", "σ", "separation", "action", "steps"), rows))
    by_sigma = [
        f"{correlation([p for p in points if p.sigma == sigma]):.2f} at σ = {sigma:g}" for sigma in SIGMAS
    ]
    print(f"\nRank correlation {correlation(points):.2f}; {', '.join(by_sigma)}")
    if arguments.json:
        replace_text(Path(arguments.json), json.dumps([asdict(p) for p in points], indent=1))
    if arguments.picture:
        picture(points, Path(arguments.picture))


if __name__ == "__main__":
    main()
