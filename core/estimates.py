"""What work will cost, from the sizes of a problem alone: memory and time, before anything is built.

The formulas count the largest tables and the arithmetic that dominates; the speeds below are those of one core of 2 to 3 GHz, so an
estimate is right to a factor of about three. `tests/benchmarks/cost_estimates.py` compares them with measured values.

With d dimensions, K modes, N collocation points and P parameters:

- an energy or score of a mixture costs `K (PAIR + PAIR_DIMENSION d)` seconds a point, in blocks of bounded memory;
- a Poisson problem in the plane of n × n cells takes `FACTOR n³` seconds, a solution for each of up to 64 modes `SOLUTION n²` more;
- the quadrature on the line takes `LINE_NODES K` nodes, and about `FITTINGS` evaluations of the energy on them to be placed;
- a network's value with all derivatives costs `2 (d + 3) P` operations a point, and its derivatives by the parameters twice that;
- a Gauss–Newton step holds the Jacobian (N × P, twice) and the kernel (N × N in single and three times in double precision), and
  costs `N² P + N³/3` operations; a step of Adam holds neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.problem import Problem
from core.targets import registry

# Seconds for one point and one mode, and for each of its coordinates.
PAIR, PAIR_DIMENSION = 5e-8, 3e-9
# Seconds of a factorisation by cells a side cubed, and of a solution by cells.
FACTOR, SOLUTION, MOST_SOLUTIONS = 2.5e-8, 1.5e-7, 64
# Operations a second of matrix products in single precision.
SPEED = 1.5e10
# A table of activations is kept about so many times for the backward pass.
KEPT_ACTIVATIONS = 6
# What the process takes anyway, and what blocks and buffers of an exact field take.
BASE, BLOCKS = 3e8, 1.5e8
# A time of a curve that is solved for on the line, also by nodes; nodes by modes; and how often the energy is evaluated to place them.
LINE_TIME, LINE_NODE_TIME, LINE_NODES, FITTINGS = 1e-3, 3e-8, 130, 4
# A time of a target's convolution in the plane.
PLANE_TIME = 0.05
# Cells a side of the plane's solver where none are given, and frames of one number kept for each cell and time.
CELLS, NUMBERS_A_CELL, TIMES_AT_ONCE = 128, 8, 64
# Numbers that a factorisation and its working space take for each cell.
FACTOR_NUMBERS = 200


@dataclass(frozen=True)
class Estimate:
    """What work will cost.

    Attributes:
        bytes: of memory at its peak, what the process takes anyway included.
        seconds: on one core.
    """

    bytes: float
    seconds: float

    def __add__(self, other: Estimate) -> Estimate:
        """One after the other."""
        return Estimate(max(self.bytes, other.bytes), self.seconds + other.seconds)


def num_parameters(problem: Problem) -> int:
    """Parameters of a curve's networks, to a tenth: a learned curve has two of them, others one."""
    width, depth, inputs = problem.training.width, problem.training.depth, 2 + problem.target.dim
    one = inputs * width + (depth - 1) * width**2 + (depth + 1) * width
    return one * (2 if problem.interpolation == "learned" else 1)


def training(problem: Problem) -> Estimate:
    """One step, and the memory of all of them."""
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


class Pictures(Protocol):
    """How many pictures, and how fine: what is needed of `core.render.Detail`."""

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
    """All exact frames of a curve."""
    return _times(problem, detail.num_times, _grid(problem, detail)) + _paths(problem, detail)


def moment(problem: Problem, detail: Pictures) -> Estimate:
    """One of them."""
    return _times(problem, 1, _grid(problem, detail))


def profile(problem: Problem, num_times: int, cells: int = CELLS, written: int = 0) -> Estimate:
    """An exact curve at many times, as the command line prints it: its accuracy and action take about as long again.

    Args:
        problem: the curve.
        num_times: at how many times.
        cells: along each axis, for a linear curve in the plane.
        written: points of a grid that it is written on at all times.
    """
    found = _times(problem, num_times, written, cells)
    numbers = (2 + 2 * problem.target.dim) * written * num_times
    return Estimate(found.bytes + 8 * numbers, 2 * found.seconds)


def _grid(problem: Problem, detail: Pictures) -> int:
    return {1: detail.line, 2: detail.plane**2}.get(problem.target.dim, 0)


def _times(problem: Problem, num_times: int, grid: int, cells: int = CELLS) -> Estimate:
    """A curve at some times, on its solver's nodes and on a grid."""
    dim, held = problem.target.dim, min(num_times, TIMES_AT_ONCE)
    if problem.interpolation == "gradient_flow" and problem.target.entry.is_mixture:
        nodes = _flow_nodes(problem)
        numbers = held * (nodes * (dim + 3) + grid * (dim + 1))
        return Estimate(BASE + BLOCKS + 8 * numbers, num_times * (nodes + grid) * _energy_seconds(problem))
    if dim == 1:
        nodes = LINE_NODES * _modes(problem)
        seconds = num_times * (LINE_TIME + LINE_NODE_TIME * nodes) + FITTINGS * nodes * _energy_seconds(
            problem
        )
        return Estimate(BASE + BLOCKS + 8 * 10 * held * nodes, seconds)
    if problem.interpolation != "linear":
        return Estimate(BASE + BLOCKS, PLANE_TIME * num_times)
    solutions = min(_modes(problem), MOST_SOLUTIONS)
    solved = FACTOR * cells**3 + SOLUTION * cells**2 * solutions
    looks = (cells**2 + grid) * -(-num_times // 32) * _energy_seconds(problem)
    numbers = (held * NUMBERS_A_CELL + 2 * solutions + FACTOR_NUMBERS) * cells**2
    return Estimate(BASE + BLOCKS + 8 * numbers, num_times * solved + looks)


def _paths(problem: Problem, detail: Pictures) -> Estimate:
    """Of particles, where they are carried along."""
    if problem.target.dim == 1:
        return Estimate(BASE, 0.0)
    if problem.interpolation == "linear":  # through further times between those of the frames
        return _times(problem, detail.num_times, 0)
    points = 4 * max(detail.steps, detail.num_times - 1) * detail.particles
    return Estimate(BASE + BLOCKS, points * _energy_seconds(problem))


def _flow_nodes(problem: Problem) -> int:
    """Nodes of a time of a mixture's gradient flow: the field itself says, and is quick to make."""
    from core.interpolations.build import build_latent, build_schedule, build_target
    from core.reference.gaussian_flow import GaussianFlow
    from core.targets.mixture import GaussianMixture

    target = build_target(problem)
    assert isinstance(target, GaussianMixture)
    return GaussianFlow(target.moved(-build_latent(problem).center), build_schedule(problem)).num_nodes


def _modes(problem: Problem) -> int:
    """Modes that an evaluation of the energy goes through."""
    return (
        registry.num_modes(problem.target.name, problem.target.values)
        if problem.target.entry.is_mixture
        else 1
    )


def _energy_seconds(problem: Problem) -> float:
    """Seconds of an energy with its derivatives at one point; one that is differentiated automatically takes a pass a dimension."""
    dim = problem.target.dim
    if problem.target.entry.is_mixture:
        return _modes(problem) * (PAIR + PAIR_DIMENSION * dim)
    return (2 + dim) * 2 * PAIR
