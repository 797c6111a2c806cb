"""Check the baseline against exact solutions: `python tests/benchmarks/baseline_check.py [--seconds 20]`.

`time_to_quality.py` is fair only if the baseline is correct. Exits with status 1 if a check fails.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from baseline import PlainCurve, Recipe, train_plain  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from core import Problem, TargetSpec, evaluate  # noqa: E402
from core.interpolations.build import build_interpolation  # noqa: E402
from core.problem import INTERPOLATIONS, TrainingSettings  # noqa: E402

MEAN, STD = (1.0, 0.5), 0.7
GAUSSIAN = TargetSpec.of("mixture", means=[MEAN], std=STD)
SMALL = Recipe(width=16, depth=2)
Finding = tuple[str, float, bool]


class ExactSpeed(nn.Module):
    """Exact affine velocity of the linear curve from N(0, I) to one Gaussian, in place of the velocity network.

    With the precision p = 1 − t + t/s², ρ_t = N(m_t, I/p) for m_t = t μ/(s² p), so v = m' − (p'/2p)(x − m_t).
    """

    def __init__(self, curve: PlainCurve, error: float) -> None:
        super().__init__()
        self.center, self.unit, self.error = curve.box.center, curve.box.half_width, error

    def forward(self, inputs: Tensor) -> Tensor:
        t, x = (inputs[:, :1] + 1) / 2, self.unit * inputs[:, 1:] + self.center
        slope = 1 / STD**2 - 1
        precision = 1 + t * slope
        end = torch.tensor(MEAN, dtype=x.dtype) / STD**2
        mean, mean_dt = t * end / precision, end / precision.square()
        velocity = mean_dt - (1 + self.error) * slope / (2 * precision) * (x - mean)
        return velocity / self.unit


class ExactRate(nn.Module):
    """Exact d/dt log Z_t of the curve in `ExactSpeed`, by automatic differentiation of its closed form."""

    def forward(self, t: Tensor) -> Tensor:
        slope, square = 1 / STD**2 - 1, sum(m * m for m in MEAN)
        precision = 1 + t * slope
        # log ∫ e^{−f_t} is a sum of three terms: the exponent at the peak, the normalisation of latent and target, and the width.
        peak = (t / STD**2).square() * square / (2 * precision) - t * square / (2 * STD**2)
        log_z = peak - 2 * t * math.log(STD) - precision.log()
        (rate,) = torch.autograd.grad(log_z.sum(), t, create_graph=True)
        return rate


def points(count: int = 64) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    draw = {"generator": generator, "dtype": torch.float64}
    return torch.rand(count, **draw), 2 * torch.randn(count, 2, **draw)


def exact_pair() -> Iterator[Finding]:
    """Check that the exact velocity has no residual, and that a velocity 1 % off has one."""
    t, x = points()
    for error, wanted in ((0.0, False), (0.01, True)):
        curve = PlainCurve(Problem(GAUSSIAN), SMALL).double()
        curve.speed, curve.rate = ExactSpeed(curve, error), ExactRate()
        residual = float(curve.residual(t, x).detach().abs().max())
        yield (
            f"largest residual of the exact velocity, {error:.0%} off",
            residual,
            (residual > 1e-9) == wanted,
        )


def same_as_engine() -> Iterator[Finding]:
    """Check that an untrained gradient flow has the same residual as the engine's fading start."""
    problem = Problem(TargetSpec.of("ring"), "gradient_flow", training=TrainingSettings(start="fading"))
    plain = PlainCurve(problem, SMALL).double()
    engine = build_interpolation(problem, torch.Generator().manual_seed(0), torch.float64)
    with torch.no_grad():
        plain.correction[-1].weight.zero_(), plain.correction[-1].bias.zero_()
        engine.correction.readout.zero_()
    t, x = points()
    ours, theirs = plain.residual(t, x).detach(), engine(t, x).detach()
    error = float(((ours - theirs) / theirs.abs().clamp_min(1)).abs().max())
    yield "gradient flow, fading start: residual against the engine's, relative", error, error < 1e-9


def divergence() -> Iterator[Finding]:
    """Check the divergence against finite differences of the velocity."""
    for kind in INTERPOLATIONS:
        curve = PlainCurve(Problem(TargetSpec.of("ring"), kind), SMALL).double()
        t, x = points()
        h, found = 1e-5, curve.evaluate(t, x).divergence
        steps = h * torch.eye(2, dtype=x.dtype)
        differences = [(curve.motion(t, x + s) - curve.motion(t, x - s))[:, i] for i, s in enumerate(steps)]
        error = float((found - sum(differences) / (2 * h)).abs().max() / found.abs().max())
        yield f"{kind}: divergence against differences, relative", error, error < 1e-6


def learns(seconds: float) -> Iterator[Finding]:
    """Check that training on one Gaussian gives an ESS near 1 and log Z near 0."""
    for kind in ("linear", "learned"):
        problem = Problem(GAUSSIAN, kind)
        start = time.perf_counter()
        snapshots = train_plain(problem, Recipe(collocation="box"))
        snapshot = next(snapshots)
        while time.perf_counter() - start < seconds:
            snapshot = next(snapshots)
        metrics = evaluate(problem, snapshot.field, 500).report.metrics
        name = f"{kind}, one Gaussian, {snapshot.step} steps in {seconds:g} s:"
        yield f"{name} ESS", metrics.ess_fraction, metrics.ess_fraction > 0.9
        yield f"{name} log Z error", metrics.log_z_error, abs(metrics.log_z_error) < 0.05


def main() -> None:
    """Run all checks and print their results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="training time of each of two curves")
    seconds = parser.parse_args().seconds
    right = True
    for check in (exact_pair(), same_as_engine(), divergence(), learns(seconds)):
        for what, value, passed in check:
            right &= passed
            print(f"{'right' if passed else 'WRONG'}  {value:10.3g}  {what}", flush=True)
    sys.exit(not right)


if __name__ == "__main__":
    main()
