"""Time the exact fields: `python tests/benchmarks/exact_fields.py [--json OUT.json]`, about a minute on two cores.

Times are medians over several repetitions. They include building the problem if the app also does that before it shows a first picture.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import qdldl  # noqa: E402
import scipy.linalg  # noqa: E402
import scipy.sparse.linalg  # noqa: E402
import torch  # noqa: E402

from core.arrays import Array  # noqa: E402
from core.files import replace_text  # noqa: E402
from core.interpolations.build import build_latent, build_schedule, build_target  # noqa: E402
from core.problem import Problem, TargetSpec  # noqa: E402
from core.reference import poisson  # noqa: E402
from core.reference.convolved_flow import ConvolvedFlow  # noqa: E402
from core.reference.mesh import Mesh  # noqa: E402
from core.reference.path import LinearPath  # noqa: E402
from core.reference.plane import PlaneField  # noqa: E402
from core.reference.solve import solve  # noqa: E402

REPETITIONS = 7
PLANE = Problem(TargetSpec.of("shifted_pair", dim=2))
RING = Problem(TargetSpec.of("ring"), sigma=3.0)
Row = tuple[str, float, str]


def milliseconds(work: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """Median time of a call."""
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return 1e3 * float(np.median(seconds))


def times(count: int) -> torch.Tensor:
    return torch.linspace(0, 1, count, dtype=torch.float64)


def on_the_line() -> list[Row]:
    """One dimension: solve a problem, and evaluate 201 times at 2001 points."""
    rows = []
    for name, parameters in (
        ("shifted_pair", {}),
        ("two_modes", {"dim": 1}),
        ("laplace", {"mode_separation": 50.0}),
    ):
        problem = Problem(TargetSpec.of(name, **parameters))
        field = solve(problem)
        ends = build_latent(problem).box.hull(build_target(problem).box)
        axis = torch.linspace(float(ends.lower), float(ends.upper), 2001, dtype=torch.float64)
        rows.append((f"line, {name}: problem to field", milliseconds(lambda p=problem: solve(p)), ""))
        grid = milliseconds(lambda f=field, a=axis: f.on_grid(times(201), (a,)))
        rows.append((f"line, {name}: 201 times x 2001 points", grid, "20"))
    return rows


def plane_field(problem: Problem, cells: int) -> PlaneField:
    latent, target = build_latent(problem), build_target(problem)
    return PlaneField.of(LinearPath(latent, target), latent, target, cells)


def in_the_plane() -> list[Row]:
    """Two dimensions: one time on one core, 41 times on all cores, and the cost against the number of cells."""
    rows = []
    for name, problem in (("pair", PLANE), ("ring of 8", RING)):
        field = plane_field(problem, 128)
        ten = [float(t) for t in times(12)[1:-1]]
        one_core = milliseconds(lambda f=field, t=ten: list(f._solve(t)), 3) / len(ten)
        rows.append((f"plane, linear, {name}, 128²: one time on one core", one_core, "40"))

        def all_of_them(p: Problem = problem) -> object:
            return plane_field(p, 128).kinetic_energy(times(41))

        rows.append(
            (f"plane, linear, {name}, 128²: 41 times on all cores", milliseconds(all_of_them, 3), "1500")
        )
    # The pair is separable, so its ‖v‖² is the sum of those of two one-dimensional problems.
    half = torch.tensor([0.5], dtype=torch.float64)
    parts = (Problem(TargetSpec.of("shifted_pair", mode_separation=m)) for m in (4.0, 0.0))
    exact = sum(float(solve(part).kinetic_energy(half)) for part in parts)
    for cells in (64, 128, 256, 512):
        field = plane_field(PLANE, cells)
        ts = [0.4, 0.5, 0.6]
        cost = milliseconds(lambda f=field, t=ts: list(f._solve(t)), 1 if cells > 256 else 3) / len(ts)
        error = abs(float(field.kinetic_energy(half)) / exact - 1)
        rows.append(
            (f"plane, linear, pair, {cells}²: one time on one core (error of ‖v‖² {error:.1e})", cost, "")
        )
    return rows


def matrix_of(mesh: Mesh, log_prob: Array) -> scipy.sparse.csc_array:
    """The upper triangle of the matrix that the engine factorises for this density on this mesh."""
    matrices, factorised = [], poisson._factorised
    with mock.patch.object(
        poisson, "_factorised", lambda matrix, shape: (matrices.append(matrix), factorised(matrix, shape))[1]
    ):
        poisson.WeightedPoisson(mesh).solve(log_prob, np.zeros_like(log_prob))
    return matrices[0]


def solvers() -> list[Row]:
    """Factorise and solve one linear system (the pair at one time, 128² cells), by this project's solver and by two of SciPy's."""
    field = plane_field(PLANE, 128)
    (found,) = (s for _, s in field._solve([0.9]))
    upper = matrix_of(field.mesh, found.log_prob)
    whole = scipy.sparse.csc_array(upper + scipy.sparse.triu(upper, 1).T)
    n, size = field.mesh.shape[1], upper.shape[0]
    banded = np.zeros((n + 1, size))
    for offset in (0, 1, n):
        banded[offset, : size - offset] = whole.diagonal(-offset)
    right = np.ones(size)

    solver = qdldl.Solver(upper, upper=True)

    def with_ordering_kept() -> object:
        solver.update(upper, upper=True)
        return solver.solve(right)

    def superlu() -> object:
        options = {"SymmetricMode": True}
        lu = scipy.sparse.linalg.splu(
            whole, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options
        )
        return lu.solve(right)

    def lapack() -> object:
        return scipy.linalg.solveh_banded(banded, right, lower=True, check_finite=False)

    rivals = (
        ("QDLDL, ordering kept", with_ordering_kept),
        ("SciPy's SuperLU", superlu),
        ("LAPACK, banded Cholesky", lapack),
    )
    return [(f"factorise and solve once, 128²: {name}", milliseconds(work, 5), "") for name, work in rivals]


def gradient_flows() -> list[Row]:
    """Gradient flows, 41 times on 101² points: closed form of mixtures, and convolution for any target."""
    axis = torch.linspace(-10, 10, 101, dtype=torch.float64)
    problem = Problem(TargetSpec.of("ring"), "gradient_flow")
    target, schedule = build_target(problem), build_schedule(problem)

    def convolved() -> object:
        return ConvolvedFlow.of(target, schedule).on_grid(times(41), (axis, axis))

    def closed() -> object:
        return solve(problem).on_grid(times(41), (axis, axis))

    return [
        ("plane, gradient flow, ring of 8, 41 x 101²: convolution", milliseconds(convolved, 3), "300"),
        (
            "plane, gradient flow, ring of 8, 41 x 101²: closed form of mixtures",
            milliseconds(closed, 3),
            "300",
        ),
    ]


def main() -> None:
    """Run all benchmarks and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="OUT.json")
    arguments = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, torch on {torch.get_num_threads()} threads"
    )
    print(f"{'milliseconds':>13} {'bound':>6}")
    rows: list[Row] = []
    for part in (on_the_line, in_the_plane, solvers, gradient_flows):
        for row in part():
            rows.append(row)
            print(f"{row[1]:13.1f} {row[2]:>6}  {row[0]}", flush=True)
    if arguments.json:
        replace_text(
            arguments.json,
            json.dumps([{"what": a, "milliseconds": b, "bound": c} for a, b, c in rows], indent=1),
        )


if __name__ == "__main__":
    main()
