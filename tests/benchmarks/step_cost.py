"""Cost of a training step: `python tests/benchmarks/step_cost.py [--json OUT.json]`, some minutes; `--quick` under one.

The benchmark varies one setting at a time: network width and depth, batch, dimension, number of modes, interpolation. Each case runs in
its own process, whose peak resident memory is measured. Milliseconds are medians over the intervals between snapshots.

FLOPs are counted from the shapes of the operations that torch executes in 25 further steps: 2·m·n·k for a matrix product, n³/3 for a
Cholesky factorisation, 2·n²·k for a solution with it. Products that sum over all parameters belong to the Gram matrix. Products with
separate matrices for each point, or with their derivatives, belong to the stacked forward pass with its Jacobian. All others are forward
passes without parameter derivatives (trial steps, relevance, trajectories) and products of the Jacobian with a vector. Operations that
are not products (tanh, the chain rule, energies) are not counted, so GFLOP/s are a lower bound.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

BASE = {"width": 40, "depth": 3, "batch": 1000, "dim": 2, "modes": 8, "interpolation": "linear"}
SWEEPS: dict[str, tuple[Any, ...]] = {
    "interpolation": ("linear", "learned", "gradient_flow"),
    "width": (20, 40, 80, 128),
    "depth": (2, 3, 4, 6),
    "batch": (250, 500, 1000, 2000),
    "dim": (2, 4, 8, 16, 32),
    "modes": (2, 8, 40, 160),
}
QUICK: dict[str, tuple[Any, ...]] = {"width": (40,), "dim": (8,)}
PARTS = ("stacked forward and Jacobian", "Gram", "Cholesky", "other products")
COUNTED_STEPS = 25
MEBI = 2**20


def machine(threads: int) -> str:
    """Processor, cores, threads and versions, in one line."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{name}, {os.cpu_count()} cores of which {usable} usable, {threads} threads; torch {version('torch')}, "
        f"Python {platform.python_version()}"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a Markdown table with right-aligned columns."""
    lines = [head, ["---:"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def measure(case: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Measure one case; runs in the case's own process."""
    import torch

    torch.set_num_threads(case["threads"])
    from core import Budget, train

    problem = _problem(case)
    for _ in train(problem, Budget(steps=2)):  # warm up
        pass
    idle = _peak_memory()
    intervals, share, rate = _intervals(train(problem, Budget(seconds=seconds)))
    peak = _peak_memory()
    counted = _counted(train(problem, Budget(steps=COUNTED_STEPS)))
    milliseconds = statistics.median(intervals)
    return {
        "milliseconds": milliseconds,
        "intervals": len(intervals),
        "snapshot_share": share,
        "snapshots_per_second": rate,
        "peak_mib": peak / MEBI,
        "peak_after_two_steps_mib": idle / MEBI,
        "mflop": {part: counted[part] / 1e6 for part in PARTS},
        "gflop_per_second": sum(counted.values()) / milliseconds / 1e6,
        "product_gflop_per_second": {kind: bare_product(kind) for kind in ("float32", "float64")},
    }


def _problem(case: Mapping[str, Any]) -> Any:
    """A ring of modes in the first two coordinates, with neighbours 4 apart."""
    from core import Problem, TargetSpec
    from core.problem import TrainingSettings

    count, dim = case["modes"], case["dim"]
    radius = 2 / math.sin(math.pi / count)
    angles = [2 * math.pi * k / count for k in range(count)]
    means = [[radius * math.cos(a), radius * math.sin(a), *[0.0] * (dim - 2)] for a in angles]
    settings = TrainingSettings(width=case["width"], depth=case["depth"], batch_size=case["batch"])
    target = TargetSpec.of("mixture", means=means, std=0.7)
    return Problem(target, case["interpolation"], sigma=3.0, training=settings)


def _intervals(snapshots: Any) -> tuple[list[float], float, float]:
    """Milliseconds per step between snapshots, fraction of the time spent on snapshots, and snapshots per second.

    The training's clock pauses during snapshots, so their time is the wall-clock time minus the training time.
    """
    first = next(snapshots)
    start = time.perf_counter()
    seen = [first, *snapshots]
    wall = time.perf_counter() - start
    pairs = pairwise(seen)
    costs = [1e3 * (b.seconds - a.seconds) / (b.step - a.step) for a, b in pairs if b.step > a.step]
    trained = seen[-1].seconds - first.seconds
    return costs, (wall - trained) / wall, (len(seen) - 1) / wall


def _counted(snapshots: Any) -> Counter[str]:
    """FLOPs per step of each part, without the set-up before the first snapshot."""
    from torch.utils._python_dispatch import TorchDispatchMode

    flops: Counter[str] = Counter()

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(
            self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
        ) -> Any:
            result = func(*args, **(kwargs or {}))
            part, count = _flops(func.overloadpacket.__name__, args, parameters)
            flops[part] += count
            return result

    first = next(snapshots)
    parameters = sum(p.numel() for p in first.field.parameters())
    with Counting():
        last = [snapshot.step for snapshot in snapshots][-1]
    del flops[""]
    return Counter({part: round(count / max(last - first.step, 1)) for part, count in flops.items()})


def _flops(name: str, args: tuple[Any, ...], parameters: int) -> tuple[str, float]:
    """Part that an operation belongs to, and its FLOPs; an empty part if it is not counted."""
    if name == "linalg_cholesky_ex":
        return "Cholesky", len(args[0]) ** 3 / 3
    if name == "cholesky_solve":
        return "Cholesky", 2 * len(args[1]) ** 2 * args[0].shape[-1]
    if name not in ("mm", "addmm", "bmm", "baddbmm", "mv", "addmv"):
        return "", 0
    left, right = args[-2:]
    count = 2 * left.numel() * (1 if name.endswith("mv") else right.shape[-1])
    if "bmm" in name:
        return PARTS[0], count
    if name == "mm" and left.shape[-1] == parameters:
        return "Gram", count
    return "other products", count


def bare_product(kind: str, size: int = 1024, repetitions: int = 7) -> float:
    """GFLOP/s of a square matrix product, median over repetitions."""
    import torch

    matrix = torch.randn(size, size, dtype=getattr(torch, kind))
    rates = []
    for _ in range(repetitions):
        start = time.perf_counter()
        matrix @ matrix
        rates.append(2e-9 * size**3 / (time.perf_counter() - start))
    return statistics.median(rates)


def _peak_memory() -> int:
    """Peak resident memory of this process in bytes.

    On Linux, `getrusage` includes the parent's memory before the program was loaded, so this reads the peak value in /proc instead.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [s for s in status.read_text(encoding="utf-8").splitlines() if s.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def run(case: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Run one case in its own process; returns NaN milliseconds and the error if it fails."""
    command = [sys.executable, __file__, "--case", json.dumps(case), "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        return {"milliseconds": math.nan, "failed": lines[-1]}
    return json.loads(done.stdout)


def row(name: str, value: Any, found: Mapping[str, Any]) -> list[str]:
    """Row of the table."""
    if "failed" in found:
        return [name, str(value), "failed: " + found["failed"], *["—"] * (len(HEAD) - 3)]
    flops = [found["mflop"][part] for part in PARTS]
    peak = found["product_gflop_per_second"]["float32"]
    return [
        name,
        str(value),
        f"{found['milliseconds']:.1f}",
        *(f"{part:.0f}" for part in flops),
        f"{found['gflop_per_second']:.1f}",
        f"{found['gflop_per_second'] / peak:.0%} of {peak:.0f}",
        f"{found['peak_mib']:.0f}",
        f"{found['snapshot_share']:.1%} at {found['snapshots_per_second']:.1f}/s",
    ]


HEAD = (
    "varied",
    "value",
    "ms a step",
    *(f"{part}, MFLOP" for part in PARTS),
    "GFLOP/s",
    "of a bare float32 product",
    "peak MiB",
    "snapshots' share of time",
)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sweeps", nargs="*", help=f"settings to vary: {', '.join(SWEEPS)} (default: all)")
    parser.add_argument("--seconds", type=float, default=10.0, help="training time per case")
    parser.add_argument("--threads", type=int, help="default: OMP_NUM_THREADS, or all usable cores")
    parser.add_argument("--json", type=Path, metavar="OUT.json")
    parser.add_argument("--quick", action="store_true", help="two cases, 2 s each")
    parser.add_argument("--case", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if unknown := set(arguments.sweeps) - set(SWEEPS):
        parser.error(f"Unknown setting {', '.join(sorted(unknown))}; choose from {', '.join(SWEEPS)}.")
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    arguments.threads = arguments.threads or int(os.environ.get("OMP_NUM_THREADS", usable or 1))
    return arguments


def main() -> None:
    """Print the table; with `--case`, the measurements of one case as JSON."""
    arguments = parse()
    if arguments.case:
        print(json.dumps(measure(arguments.case, arguments.seconds)))
        return
    chosen = {name: SWEEPS[name] for name in arguments.sweeps} or (QUICK if arguments.quick else SWEEPS)
    seconds = 2.0 if arguments.quick else arguments.seconds
    base = {**BASE, "threads": arguments.threads}
    print(f"# What a training step costs\n\n{machine(arguments.threads)}")
    print(f"\nUnless varied: {', '.join(f'{k} {v}' for k, v in BASE.items())}.\n\n{table(HEAD, [])}")
    results = []
    for name, values in chosen.items():
        for value in values:
            case = {**base, name: value}
            found = run(case, seconds)
            results.append({"varied": name, "case": case, **found})
            print("| " + " | ".join(row(name, value, found)) + " |", flush=True)
    if arguments.json:
        whole = {"machine": machine(arguments.threads), "seconds": seconds, "cases": results}
        from core.files import replace_text

        replace_text(arguments.json, json.dumps(whole, indent=1))


if __name__ == "__main__":
    main()
