"""Render a field to frames: evaluate it on a grid, and carry particles along it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from core.arrays import Array
from core.fields import AbstractField, AbstractVelocity, GridValue, Paths, Report, grid_points
from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_latent, build_target
from core.pictures.frames import Frames, Source, histogram
from core.problem import Problem
from core.reference.base import AbstractExactField
from core.reference.errors import NoExactFieldError
from core.reference.solve import solve, solve_learned
from core.sampling.flow import carry
from core.sampling.generators import exact_generator, sample_generator
from core.targets.base import KnownTarget, exact_samples, membership
from core.targets.modes import mode_fractions
from core.types import Points, TimeAxis


@dataclass(frozen=True)
class Detail:
    """Resolution of frames.

    Attributes:
        num_times: number of frames from t = 0 to t = 1.
        line: number of grid points in one dimension.
        plane: number of grid points per axis in two dimensions.
        particles: number of particles.
        steps: number of solver steps that move the particles from t = 0 to t = 1.
        residual: whether to compute the continuity residual of a trained curve on the grid.
    """

    num_times: int = 41
    line: int = 401
    plane: int = 81
    particles: int = 1000
    steps: int = 40
    residual: bool = False

    @property
    def times(self) -> TimeAxis:
        """(num_times,) times of the frames."""
        return torch.linspace(0, 1, self.num_times, dtype=torch.float64)


FINE = Detail(residual=True)
STILL = Detail(num_times=21, particles=400, steps=20)
# For problems in one dimension: a frame takes only a millisecond, and a linear curve changes fast near t = 1.
MOVING = replace(STILL, num_times=41)
LECTURE = Detail(num_times=51, particles=0)
LIVE = Detail(num_times=21, line=201, plane=51, particles=500, steps=20)
GRID_DIMENSIONS = (1, 2)
# Points per axis of the histogram that replaces the density in more than two dimensions.
HISTOGRAM_POINTS = 41
EMPIRICAL_SAMPLES = 20_000


def exact_frames(problem: Problem, detail: Detail = FINE) -> Frames:
    """Render the exact curve of a problem; for the learned interpolation, the linear curve that training starts from.

    Raises:
        NoExactFieldError: there is no exact solution.
    """
    return render(problem, exact_field(problem), "exact", detail)


def exact_field(problem: Problem) -> AbstractExactField:
    """Solve for the exact field that `exact_frames` renders.

    Raises:
        NoExactFieldError: there is no exact solution.
    """
    return solve(replace(problem, interpolation="linear") if problem.interpolation == "learned" else problem)


def learned_exactly(problem: Problem, model: AbstractInterpolation, detail: Detail) -> Frames | None:
    """Render a trained learned curve with the exact velocity of its densities.

    Returns:
        The frames; None for other curves, and where the velocity cannot be computed.
    """
    if problem.interpolation != "learned":
        return None
    try:
        return render(problem, solve_learned(model), "exact", detail)
    except NoExactFieldError:
        return None


def render(
    problem: Problem,
    field: AbstractField,
    source: Source,
    detail: Detail = FINE,
    particles: Array | None = None,
    times: TimeAxis | None = None,
) -> Frames:
    """Evaluate a field on a grid that covers latent and target, and carry particles from the latent along it.

    Args:
        problem: the problem of the field.
        field: exact or trained.
        source: `exact` or `learned`.
        detail: resolution.
        particles: (T, P, dim) paths at the times of the frames, if they are already computed.
        times: times of the frames, in place of those of `detail`. If they are given, no particles are moved.
    """
    if times is not None:
        particles = field.paths(torch.empty((0, field.dim), dtype=torch.float64), times, _nowhere).numpy()
    elif particles is None:
        particles = carried(problem, field, detail)
    times = detail.times if times is None else times
    axes = marginal_axes(problem, detail)
    summary = field.grid_summary(times, tuple(torch.from_numpy(axis) for axis in axes))
    seen = particles[:, : detail.particles, :2]
    if summary.value is None:
        frames = empirical_frames(source, times.numpy(), grid_axes(problem, detail), seen)
    else:
        frames = _frames_on(axes, source, times.numpy(), summary.value, seen)
    target, is_seen_whole = build_target(problem), problem.target.dim == len(axes)
    return replace(
        frames,
        kinetic_energy=summary.motion.kinetic_energy.numpy(),
        max_speed=summary.motion.max_speed.numpy(),
        log_z=summary.log_z.numpy(),
        residual=None
        if summary.residual is None or not detail.residual
        else summary.residual.float().numpy(),
        mode_mass=None
        if summary.value is None or not is_seen_whole
        else _mode_mass(target, frames.density, axes),
        particle_mass=mode_shares(target, particles),
    )


def _nowhere(field: AbstractVelocity, start: Points, times: TimeAxis, num_steps: int | None) -> Paths:
    """Return paths without points: passed to `AbstractField.paths` where no points are to be moved."""
    return start.new_empty((len(times), 0, start.shape[1]))


def _frames_on(
    axes: tuple[Array, ...], source: Source, times: Array, value: GridValue, particles: Array
) -> Frames:
    """Frames of a velocity and a density on a grid."""
    return replace(
        _unknown(source, times, axes),
        density=(value.mass / _cell(axes)).numpy(),
        velocity=value.velocity.numpy(),
        particles=particles,
    )


def _mode_mass(target: KnownTarget, density: Array, axes: tuple[Array, ...]) -> Array | None:
    """(T, K) mass of each mode of the target, summed over the grid; None if the modes are unknown."""
    belongs = membership(target, grid_points(tuple(torch.from_numpy(axis) for axis in axes)))
    if belongs is None:
        return None
    return density.reshape(len(density), -1) @ belongs.numpy() * _cell(axes)


def mode_shares(target: KnownTarget, particles: Array) -> Array | None:
    """(T, K) fraction of the particles in each mode; None if the modes are unknown.

    Failed particles are in no mode, so the sum may be below one.
    """
    if not particles.shape[1] or target.modes is None:
        return None
    shares = [mode_fractions(target, x) for x in torch.from_numpy(particles.astype(float))]
    return torch.stack([share for share in shares if share is not None]).numpy()


def empirical_frames(source: Source, times: Array, axes: tuple[Array, ...], particles: Array) -> Frames:
    """Frames of particles alone, with their histogram as the density."""
    seen = particles[..., : len(axes)]
    density = np.stack([histogram(points, axes) for points in seen])
    return replace(_unknown(source, times, axes), density=density, particles=seen)


def _unknown(source: Source, times: Array, axes: tuple[Array, ...]) -> Frames:
    """Frames in which nothing is known but the times and the grid."""
    shape = (len(times), *(len(axis) for axis in axes))
    return Frames(
        source=source,
        times=times,
        axes=axes,
        density=np.full(shape, np.nan),
        velocity=np.full((*shape, len(axes)), np.nan),
        particles=np.empty((len(times), 0, len(axes))),
        kinetic_energy=np.full(len(times), np.nan),
        log_z=np.full(len(times), np.nan),
        samples=np.empty((0, len(axes))),
    )


def marginal_axes(problem: Problem, detail: Detail) -> tuple[Array, ...]:
    """Grid for exact densities of the first two coordinates, finer than that of histograms."""
    return grid_axes(problem, detail, detail.plane)


def grid_axes(
    problem: Problem, detail: Detail, histogram_points: int = HISTOGRAM_POINTS
) -> tuple[Array, ...]:
    """Grid over the box that contains the boxes of latent and target, for the first one or two coordinates."""
    box = build_latent(problem).box.hull(build_target(problem).box)
    dim = problem.target.dim
    num_points = {1: detail.line, 2: detail.plane}.get(dim, histogram_points)
    if dim == 1:
        return (np.linspace(float(box.lower[0]), float(box.upper[0]), num_points),)
    # A square, so that circles look round.
    return tuple(
        np.linspace(c - box.half_width, c + box.half_width, num_points) for c in box.center[:2].tolist()
    )


def _cell(axes: tuple[Array, ...]) -> float:
    return math.prod(float(axis[1] - axis[0]) for axis in axes)


def carried(problem: Problem, field: AbstractField, detail: Detail, report: Report | None = None) -> Array:
    """Carry particles from the latent along a field.

    Args:
        problem: the problem of the field.
        field: exact or trained.
        detail: number of particles, times and steps.
        report: called between parts of the work with the fraction done; may raise an exception to cancel it.

    Returns:
        Paths (T, P, dim), see `AbstractField.paths`.
    """

    def carry_in_steps(
        velocity: AbstractVelocity, start: Points, times: TimeAxis, num_steps: int | None
    ) -> Paths:
        settings = replace(problem.sampling, solver="rk4", num_steps=num_steps or detail.steps)
        return carry(velocity, start, times, settings).x

    noise = build_latent(problem).sample(detail.particles, sample_generator(problem))
    return field.paths(noise, detail.times, carry_in_steps, report).numpy()


def target_frames(problem: Problem, detail: Detail = STILL) -> Frames:
    """Frames that show the target's density at all times, for comparison with Langevin chains."""
    target, axes = build_target(problem), grid_axes(problem, detail)
    times = detail.times.numpy()
    if target.dim not in GRID_DIMENSIONS:
        exact = exact_samples(target, EMPIRICAL_SAMPLES, exact_generator(problem))
        if exact is None:
            return _unknown("exact", times, axes)
        x = exact.numpy()
        return empirical_frames("exact", times, axes, np.repeat(x[None], len(times), axis=0))
    grid = grid_points(tuple(torch.from_numpy(axis) for axis in axes))
    mass = (-target.energy(grid)).softmax(0).reshape([len(axis) for axis in axes]).numpy() / _cell(axes)
    density = np.repeat(mass[None], len(times), axis=0)
    return replace(
        _unknown("exact", times, axes), density=density, mode_mass=_mode_mass(target, density, axes)
    )
