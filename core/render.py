"""From a Field to Frames: evaluation on a grid, and particles carried along."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from core.evaluation import exact_generator, sample_generator
from core.fields import AbstractField, FieldValue
from core.frames import Array, Frames, histogram
from core.interpolations.build import build_latent, build_target
from core.problem import Problem
from core.reference.base import AbstractExactField
from core.reference.errors import NoExactFieldError
from core.reference.line import LineField, PathValue, linear_path
from core.reference.solve import solve
from core.sampling.flow import carry
from core.types import Points, Times


@dataclass(frozen=True)
class Detail:
    """How fine the frames are.

    Attributes:
        num_times: frames from t = 0 to t = 1.
        line: grid points of a 1-D target.
        plane: grid points a side of a 2-D target.
        particles: how many points are carried along.
        steps: the steps that carry them.
    """

    num_times: int = 41
    line: int = 401
    plane: int = 81
    particles: int = 1000
    steps: int = 40

    @property
    def times(self) -> Times:
        """The frames' times."""
        return torch.linspace(0, 1, self.num_times, dtype=torch.float64)


FINE = Detail()
STILL = Detail(num_times=21, particles=400, steps=20)
LIVE = Detail(num_times=21, line=201, plane=51, particles=500, steps=20)
GRID_DIMENSIONS = (1, 2)
# Axes of the histogram that stands for the density in more than two dimensions.
HISTOGRAM_POINTS = 41
EMPIRICAL_SAMPLES = 20_000


def exact_frames(problem: Problem, detail: Detail = FINE) -> Frames:
    """What is known exactly before training.

    Where the velocity is not known, the densities alone are drawn. The learned interpolation starts from the linear curve.

    Raises:
        NoExactFieldError: neither velocity nor densities are known on a grid.
    """
    linear = replace(problem, interpolation="linear")
    field: AbstractField
    try:
        field = solve(linear if problem.interpolation == "learned" else problem)
    except NoExactFieldError:
        if problem.interpolation == "gradient_flow" or problem.target.dim not in GRID_DIMENSIONS:
            raise
        field = _DensitiesOnly(linear)
    return render(problem, field, "exact", detail)


def render(
    problem: Problem,
    field: AbstractField,
    source: str,
    detail: Detail = FINE,
    particles: Array | None = None,
) -> Frames:
    """A field on a grid over the hull of both ends, with particles from the latent carried by it.

    Args:
        problem: what the field answers.
        field: exact or learned.
        source: `exact` or `learned`.
        detail: how fine the frames are.
        particles: (T, P, dim) paths at the frames' times, where they are known already.
    """
    times = detail.times
    if particles is None:
        particles = _particles(problem, field, detail)
    particles = particles[:, : detail.particles, :2]
    axes = grid_axes(problem, detail)
    if field.dim not in GRID_DIMENSIONS:
        return empirical_frames(source, times.numpy(), axes, particles)
    density, velocity, energy, log_z = _on_grid(field, times, axes)
    if isinstance(field, AbstractExactField):
        # The grid is too coarse for what happens between two points; the exact field knows better.
        energy, log_z = field.kinetic_energy(times).numpy(), field.log_z(times).numpy()
    return Frames(source, times.numpy(), axes, density, velocity, particles, energy, log_z, _no_samples(axes))


def _no_samples(axes: tuple[Array, ...]) -> Array:
    return np.empty((0, len(axes)))


def empirical_frames(source: str, times: Array, axes: tuple[Array, ...], particles: Array) -> Frames:
    """Frames of particles alone: their histogram stands for the density."""
    seen = particles[..., : len(axes)]
    density = np.stack([histogram(points, axes) for points in seen])
    unknown = np.full(len(times), np.nan)
    velocity = np.full((*density.shape, len(axes)), np.nan)
    none = _no_samples(axes)
    return Frames(source, times, axes, density, velocity, seen, unknown, unknown, none)


def grid_axes(problem: Problem, detail: Detail) -> tuple[Array, ...]:
    """The grid over the hull of the latent's and the target's boxes, for the first two coordinates."""
    box = build_latent(problem).box.hull(build_target(problem).box)
    dim = problem.target.dim
    num_points = {1: detail.line, 2: detail.plane}.get(dim, HISTOGRAM_POINTS)
    if dim == 1:
        return (np.linspace(float(box.lower[0]), float(box.upper[0]), num_points),)
    # A square, so that a circle looks like one.
    return tuple(
        np.linspace(c - box.half_width, c + box.half_width, num_points) for c in box.center[:2].tolist()
    )


def _on_grid(
    field: AbstractField, times: Times, axes: tuple[Array, ...]
) -> tuple[Array, Array, Array, Array]:
    """Density and velocity on the grid; kinetic energy by its sum; log Z_t as the field tells it."""
    grid = [torch.from_numpy(axis) for axis in axes]
    x = torch.cartesian_prod(*grid).reshape(-1, len(axes))
    cell = math.prod(float(axis[1] - axis[0]) for axis in axes)
    shape = [len(axis) for axis in axes]
    density, velocity, energy = [], [], []
    for t in times:
        value = field.evaluate(t.expand(len(x)), x)
        mass = value.log_density.softmax(0)
        density.append((mass / cell).reshape(shape))
        velocity.append(value.velocity.reshape(*shape, len(axes)))
        energy.append((mass * value.velocity.square().sum(1)).sum())
    stacked = (torch.stack(density), torch.stack(velocity), torch.stack(energy))
    arrays = [values.numpy() for values in stacked]
    return arrays[0], arrays[1], arrays[2], field.log_z(times.float()).double().numpy()


def _particles(problem: Problem, field: AbstractField, detail: Detail) -> Array:
    """(T, P, dim) points carried from the latent.

    There are none where the velocity is not known, nor for an exact field on the line, where quantiles show the same motion.
    """
    if isinstance(field, (_DensitiesOnly, LineField)):
        return np.empty((detail.num_times, 0, field.dim))
    noise = build_latent(problem).sample(detail.particles, sample_generator(problem))
    settings = replace(problem.sampling, solver="rk4", num_steps=detail.steps)
    return carry(field, noise, detail.times, settings).x.numpy()


class _DensitiesOnly(AbstractField):
    """The linear curve where its velocity is not known: NaN."""

    def __init__(self, problem: Problem) -> None:
        self.dim = problem.target.dim
        self.path = linear_path(build_latent(problem), build_target(problem))

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        value: PathValue = self.path(t, x)
        unknown = torch.full_like(x, math.nan)
        return FieldValue(unknown, unknown[:, 0], value.log_density)

    def log_z(self, t: Times) -> Tensor:
        return torch.full_like(t, math.nan)


def target_frames(problem: Problem, detail: Detail = STILL) -> Frames:
    """The target alone, the same at all times: what chains without a curve are compared with."""
    target, axes = build_target(problem), grid_axes(problem, detail)
    times = detail.times.numpy()
    if target.dim not in GRID_DIMENSIONS:
        x = target.sample(EMPIRICAL_SAMPLES, exact_generator(problem)).numpy()
        return empirical_frames("exact", times, axes, np.repeat(x[None], len(times), axis=0))
    grid = torch.cartesian_prod(*[torch.from_numpy(axis) for axis in axes]).reshape(-1, len(axes))
    cell = math.prod(float(axis[1] - axis[0]) for axis in axes)
    mass = (-target.energy(grid)).softmax(0).reshape([len(axis) for axis in axes]).numpy() / cell
    density = np.repeat(mass[None], len(times), axis=0)
    unknown = np.full(len(times), np.nan)
    velocity = np.full((*density.shape, len(axes)), np.nan)
    none = np.empty((len(times), 0, len(axes)))
    return Frames("exact", times, axes, density, velocity, none, unknown, unknown, _no_samples(axes))
