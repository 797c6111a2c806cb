"""Compare estimates of memory and time with measurements: `python tests/benchmarks/cost_estimates.py`, two minutes on one thread.

Each case runs in its own process, whose peak memory and time are measured. Estimates should be right to a factor of three.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

CASES = {
    "exact, 400 modes × 64": ("exact", 400, 64, "gradient_flow"),
    "exact, 40 modes × 64": ("exact", 40, 64, "gradient_flow"),
    "exact, 400 modes in the plane": ("exact", 400, 2, "gradient_flow"),
    "exact, 40 modes in the plane": ("exact", 40, 2, "gradient_flow"),
    "exact, linear, 40 modes in the plane": ("exact", 40, 2, "linear"),
    "exact, linear, 4 modes in the plane": ("exact", 4, 2, "linear"),
    "train, 3 × 40, 1000 points": ("train", 8, 2, 40, 3, 1000),
    "train, 3 × 128, 1000 points": ("train", 8, 2, 128, 3, 1000),
    "train, 2 × 256, 500 points": ("train", 8, 2, 256, 2, 500),
    "train, 3 × 64, 4000 points": ("train", 8, 2, 64, 3, 4000),
    "train, 3 × 40, 1000 points, 64 dimensions": ("train", 400, 64, 40, 3, 1000),
}


def case(kind: str, num_modes: int, dim: int, *rest: str | int) -> None:
    """Run one case and print [estimated bytes, measured bytes, estimated seconds, measured seconds]."""
    import resource
    import time

    import torch

    from core import estimates
    from core.budget import Budget
    from core.pictures.exact_pictures import ExactPictures
    from core.pictures.render import STILL
    from core.problem import Problem, TargetSpec, TrainingSettings
    from core.training.loop import train

    torch.set_num_threads(1)
    points = torch.rand(num_modes, dim, generator=torch.Generator().manual_seed(0)) * 40 - 20
    target = TargetSpec.of("mixture", means=points.round(decimals=3).tolist(), std=1.0)
    start = time.perf_counter()
    if kind == "exact":
        problem = Problem(target, str(rest[0]), sigma=3.0)
        cost = estimates.exact(problem, STILL)
        ExactPictures(problem, STILL).solve()
    else:
        width, depth, count = map(int, rest)
        problem = Problem(target, training=TrainingSettings(width, depth, count), sigma=10.0)
        cost = estimates.training(problem)
        for _ in train(problem, Budget(steps=1)):
            pass
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps([cost.bytes, peak, cost.seconds, seconds]))


def main() -> None:
    print(f"{'':44} {'GB':>14} {'seconds':>18}   estimated / measured")
    for name, arguments in CASES.items():
        code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import cost_estimates as e; e.case(*{arguments!r})"
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        size, peak, expected, seconds = json.loads(run.stdout)
        print(f"{name:44} {size / 1e9:6.2f} / {peak / 1e9:5.2f} {expected:8.1f} / {seconds:7.1f}", flush=True)


if __name__ == "__main__":
    main()
