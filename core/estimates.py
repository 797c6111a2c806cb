"""Estimates of memory and time from the sizes of a problem, before anything is built.

The formulas count the largest arrays and the dominant arithmetic. The speeds are those of one core at 2 to 3 GHz. An estimate is right up to
a factor of about three. `tests/benchmarks/cost_estimates.py` compares estimates with measurements.

With d dimensions, K modes, N collocation points and P parameters:

- an energy or score of a mixture costs `K (PAIR + PAIR_DIMENSION d)` seconds per point; it is computed in blocks, which bounds its memory;
- a Poisson problem on n × n cells takes `FACTOR n³` seconds to factorise, and then `SOLUTION n²` seconds per mode, for up to 64 modes;
- in one dimension, the quadrature has `LINE_NODES K` nodes, and placing each node takes about `FITTINGS` evaluations of the energy;
- a separable curve in the plane (one that splits into one-dimensional problems) also evaluates the energy at `ACROSS` points per node;
- a network's value with all derivatives costs `2 (d + 3) P` operations per point, and its derivatives with respect to the parameters
  cost twice that;
- a Gauss–Newton step stores the Jacobian (N × P, twice) and the kernel (N × N, once in single and three times in double precision), and
  costs `N² P + N³/3` operations; an Adam step stores neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

from core.problem import Problem
from core.targets import registry

# Seconds of an energy evaluation, per point and mode: a constant part, and a part per coordinate.
PAIR, PAIR_DIMENSION = 5e-8, 3e-9
# Poisson problem on n × n cells: seconds of a factorisation, divided by n³; seconds of a solution, divided by n²; most solutions per time.
FACTOR, SOLUTION, MOST_SOLUTIONS = 2.5e-8, 1.5e-7, 64
# Operations per second of matrix products in single precision.
SPEED = 1.5e10
# Copies of the activations stored for the backward pass.
KEPT_ACTIVATIONS = 6
# Bytes of the process itself, and of the blocks and buffers of an exact field.
BASE, BLOCKS = 3e8, 1.5e8
# One-dimensional solver: seconds per time, seconds per time and node, nodes per mode, energy evaluations to place a node.
LINE_TIME, LINE_NODE_TIME, LINE_NODES, FITTINGS = 1e-3, 3e-8, 130, 4
# Separable curve: number of points across the line through the modes, for each node along that line.
ACROSS = 12
# Seconds per time of a convolution in two dimensions.
PLANE_TIME = 0.05
# Two-dimensional solver: default cells per axis, numbers stored per cell and time, and times solved together.
CELLS, NUMBERS_A_CELL, TIMES_AT_ONCE = 128, 8, 64
# Numbers that a factorisation and its work space store per cell.
FACTOR_NUMBERS = 200


@dataclass(frozen=True)
class Estimate:
    """Estimated cost of a computation.

    Attributes:
        bytes: peak memory, including that of the process itself.
        seconds: time on one core.
    """

    bytes: float
    seconds: float

    def __add__(self, other: Estimate) -> Estimate:
        """Total cost of two computations that run one after the other."""
        return Estimate(max(self.bytes, other.bytes), self.seconds + other.seconds)


def num_parameters(problem: Problem) -> int:
    """Approximate number of network parameters, within 20 %. The learned interpolation has two networks, the others one."""
    width, depth, inputs = problem.training.width, problem.training.depth, 2 + problem.target.dim
    one = inputs * width + (depth - 1) * width**2 + (depth + 1) * width
    return one * (2 if problem.interpolation == "learned" else 1)


def training(problem: Problem) -> Estimate:
    """Cost of one training step, with the memory of the whole training."""
    settings, dim = problem.training, problem.target.dim
    points, parameters = settings.num_points(dim), num_parameters(problem)
    rows = dim + 3
    activations = 4 * points * rows * settings.width * settings.depth * KEPT_ACTIVATIONS
    passes = 2 * points * rows * parameters
    seconds = points * _energy_seconds(problem) + 7 * passes / SPEED
    if settings.optimiser == "adam":
        return Estimate(BASE + activations, seconds)
    jacobian, kernel = 2 * 4 * points * parameters, (4 + 3 * 8) * points**2
    solving = (points**2 * parameters + points**3 / 3) / SPEED
    return Estimate(BASE + activations + jacobian + kernel, seconds + solving)


@runtime_checkable
class Pictures(Protocol):
    """Resolution of the frames of a picture: the attributes of `core.pictures.render.Detail` that estimates depend on."""

    @property
    def num_times(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def plane(self) -> int: ...
    @property
    def particles(self) -> int: ...
    @property
    def steps(self) -> int: ...


def exact(problem: Problem, detail: Pictures) -> Estimate:
    """Cost of the exact frames of a curve at all times, with the paths of their particles."""
    return _times(problem, detail.num_times, _grid(problem, detail)) + _paths(problem, detail)


def moment(problem: Problem, detail: Pictures) -> Estimate:
    """Cost of one exact frame, without particles."""
    return _times(problem, 1, _grid(problem, detail))


def profile(problem: Problem, num_times: int, cells: int = CELLS, written: int = 0) -> Estimate:
    """Cost of `python -m core exact`: half of the time is for the curve at all times, half for estimates of its accuracy and its action.

    Args:
        problem: the problem of the curve.
        num_times: number of times.
        cells: cells per axis of the solver in two dimensions.
        written: grid points per time in the output file.
    """
    found = _times(problem, num_times, written, cells)
    numbers = (2 + 2 * problem.target.dim) * written * num_times
    return Estimate(found.bytes + 8 * numbers, 2 * found.seconds)


def _grid(problem: Problem, detail: Pictures) -> int:
    return {1: detail.line, 2: detail.plane**2}.get(problem.target.dim, 0)


def _times(problem: Problem, num_times: int, grid: int, cells: int = CELLS) -> Estimate:
    """Cost of a curve at some times, on the nodes of its solver and on a grid."""
    dim, held = problem.target.dim, min(num_times, TIMES_AT_ONCE)
    if problem.interpolation == "gradient_flow" and problem.target.is_mixture:
        nodes = _flow_nodes(problem)
        numbers = held * (nodes * (dim + 3) + grid * (dim + 1))
        return Estimate(BASE + BLOCKS + 8 * numbers, num_times * (nodes + grid) * _energy_seconds(problem))
    if dim == 1 or _is_separable(problem):
        nodes = LINE_NODES * _modes(problem)
        seconds = num_times * (LINE_TIME + LINE_NODE_TIME * nodes) + FITTINGS * nodes * _energy_seconds(
            problem
        )
        points = 0 if dim == 1 else num_times * (ACROSS * nodes + grid)
        return Estimate(BASE + BLOCKS + 8 * 10 * held * nodes, seconds + points * _energy_seconds(problem))
    if problem.interpolation != "linear":
        return Estimate(BASE + BLOCKS, PLANE_TIME * num_times)
    solutions = min(_modes(problem), MOST_SOLUTIONS)
    solved = FACTOR * cells**3 + SOLUTION * cells**2 * solutions
    looks = (cells**2 + grid) * -(-num_times // 32) * _energy_seconds(problem)
    numbers = (held * NUMBERS_A_CELL + 2 * solutions + FACTOR_NUMBERS) * cells**2
    return Estimate(BASE + BLOCKS + 8 * numbers, num_times * solved + looks)


# Cached, because the cost of a problem is estimated several times before it is solved.
@lru_cache(maxsize=64)
def _is_separable(problem: Problem) -> bool:
    """Whether a curve in the plane splits into one-dimensional problems and needs no mesh; see `core.reference.separable`."""
    from core.interpolations.build import build_target
    from core.reference.separable import is_separable
    from core.targets.mixture import GaussianMixture

    if problem.interpolation != "linear" or not problem.target.is_mixture:
        return False
    target = build_target(problem)
    return isinstance(target, GaussianMixture) and is_separable(target)


def _paths(problem: Problem, detail: Pictures) -> Estimate:
    """Cost of moving the particles of a picture along the curve."""
    if problem.target.dim == 1:
        return Estimate(BASE, 0.0)
    evaluations = 4 * max(detail.steps, detail.num_times - 1)
    carried = Estimate(BASE + BLOCKS, evaluations * detail.particles * _energy_seconds(problem))
    if _is_separable(problem):  # each evaluation solves along the line again
        return carried + _times(problem, evaluations, 0)
    if problem.interpolation == "linear":  # needs solutions at additional times, between those of the frames
        return _times(problem, detail.num_times, 0)
    return carried


@lru_cache(maxsize=64)
def _flow_nodes(problem: Problem) -> int:
    """Quadrature nodes per time of a mixture's gradient flow. The field is built to count them, which is fast."""
    from core.interpolations.build import build_latent, build_schedule, build_target
    from core.reference.gaussian_flow import GaussianFlow
    from core.targets.mixture import GaussianMixture

    target = build_target(problem)
    assert isinstance(target, GaussianMixture)
    return GaussianFlow(target.moved(-build_latent(problem).center), build_schedule(problem)).num_nodes


def _modes(problem: Problem) -> int:
    """Number of modes that one evaluation of the energy sums over."""
    target = problem.target
    return (registry.num_modes(target.name, target.values) or 1) if target.is_mixture else 1


def _energy_seconds(problem: Problem) -> float:
    """Seconds for the energy and its derivatives at one point. Automatic differentiation takes one backward pass per dimension."""
    dim = problem.target.dim
    kernels = problem.target.entry.count_kernels(problem.target.values)
    if problem.target.is_mixture or kernels > 1:
        return max(_modes(problem), kernels) * (PAIR + PAIR_DIMENSION * dim)
    return (2 + dim) * 2 * PAIR
