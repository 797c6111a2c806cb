"""Render a field to frames: evaluate it on a grid, and carry particles along it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from core.arrays import Array
from core.fields import AbstractField, GridValue, Reporting, grid_points
from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_latent, build_target
from core.pictures.frames import Frames, histogram
from core.pictures.marginals import flow_marginal
from core.problem import Problem
from core.reference.base import AbstractExactField, Motion, largest_speed
from core.reference.displacement_plane import DisplacementPlane
from core.reference.gaussian_flow import GaussianFlow
from core.reference.plane import PlaneField
from core.reference.solve import solve
from core.sampling.flow import carry
from core.sampling.generators import exact_generator, sample_generator
from core.targets.base import AbstractTarget
from core.targets.modes import mode_fractions
from core.types import PerTime, TimeAxis


@dataclass(frozen=True)
class Detail:
    """Resolution of frames.

    Attributes:
        num_times: frames from t = 0 to t = 1.
        line: grid points in one dimension.
        plane: grid points per axis in two dimensions.
        particles: number of particles.
        steps: solver steps of the particles.
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
# In one dimension a frame costs a millisecond, and the last moments of a linear curve need closely spaced times.
MOVING = replace(STILL, num_times=41)
LECTURE = Detail(num_times=51, particles=0)
LIVE = Detail(num_times=21, line=201, plane=51, particles=500, steps=20)
GRID_DIMENSIONS = (1, 2)
# With this many grid points per narrowest standard deviation, the sum over the grid is as accurate as the integral.
RESOLVED = 2.0
# Steps that carry particles along an exact field in two dimensions.
STEPS_BETWEEN = 100
# Where the kinetic energy changes by more than the factor STEADY between two times, HALVINGS further times are solved in between.
STEADY, HALVINGS = 100.0, 8
# Points per axis of the histogram that replaces the density in more than two dimensions.
HISTOGRAM_POINTS = 41
EMPIRICAL_SAMPLES = 20_000


def _unheard(share: float) -> None:
    """A report that does nothing."""


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


def render(
    problem: Problem,
    field: AbstractField,
    source: str,
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
        particles: (T, P, dim) paths at the times of the frames, if already computed.
        times: times of the frames instead of the detail's; no particles are then carried.
    """
    if isinstance(field, DisplacementPlane):
        particles = field.slices(detail.times if times is None else times).x.numpy()
    elif times is not None:
        particles = np.empty((len(times), 0, field.dim), dtype=float)
    elif particles is None:
        particles = carried(problem, field, detail)
    times = detail.times if times is None else times
    target = build_target(problem)
    particle_mass = mode_shares(target, particles)
    particles = particles[:, : detail.particles, :2]
    axes = grid_axes(problem, detail)
    if field.dim not in GRID_DIMENSIONS or isinstance(field, DisplacementPlane):
        frames = empirical_frames(source, times.numpy(), axes, particles)
        if isinstance(field, AbstractExactField):
            frames = _with_marginal(problem, detail, frames)
            motion = field.motion(times)
            frames = replace(
                frames, kinetic_energy=motion.kinetic_energy.numpy(), max_speed=motion.max_speed.numpy()
            )
        return replace(frames, particle_mass=particle_mass)
    grid, residual = tuple(torch.from_numpy(axis) for axis in axes), None
    if isinstance(field, AbstractExactField) and not _resolved(field, axes):
        # The grid may be too coarse for its sums, so integrate on the exact field's own nodes.
        summary = field.grid_summary(times, grid)
        value, motion, log_z = summary.value, summary.motion, summary.log_z
    else:
        if detail.residual and isinstance(field, AbstractInterpolation):
            value, residual = _with_residual(field, times, axes)
        else:
            value = field.on_grid(times, grid)
        motion, log_z = _motion(value), field.log_z(times.float()).double()
    density = (_shares_of_mass(value) / _cell(axes)).numpy()
    return Frames(
        source, times.numpy(), axes, density, value.velocity.numpy(), particles, motion.kinetic_energy.numpy(), log_z.numpy(),
        _no_samples(axes), residual, _mode_mass(target, density, axes), particle_mass, max_speed=motion.max_speed.numpy(),
    )  # fmt: skip


def _with_marginal(problem: Problem, detail: Detail, frames: Frames) -> Frames:
    """Replace the histogram by the exact density of the first two coordinates, if it is known."""
    axes = marginal_axes(problem, detail)
    density = flow_marginal(problem, torch.from_numpy(frames.times), axes) if problem.target.dim > 2 else None
    if density is None:
        return frames
    unknown = np.full((*density.shape, len(axes)), np.nan)
    return replace(frames, axes=axes, density=density, velocity=unknown)


def _resolved(field: AbstractExactField, axes: tuple[Array, ...]) -> bool:
    """Whether the sum over the grid gives the kinetic energy: for mixtures in one dimension, up to the tails outside the box."""
    if not isinstance(field, GaussianFlow) or field.dim > 1:
        return False
    return float(axes[0][1] - axes[0][0]) * RESOLVED < float(field.target.std.min())


def _mode_mass(target: AbstractTarget, density: Array, axes: tuple[Array, ...]) -> Array:
    """(T, K) mass of each mode of the target, summed over the grid."""
    belongs = target.responsibilities(grid_points(tuple(torch.from_numpy(axis) for axis in axes)))
    return density.reshape(len(density), -1) @ belongs.numpy() * _cell(axes)


def mode_shares(target: AbstractTarget, particles: Array) -> Array | None:
    """(T, K) fraction of the particles in each mode; failed particles are in none, so the sum may be below one."""
    if not particles.shape[1]:
        return None
    return torch.stack([mode_fractions(target, x) for x in torch.from_numpy(particles.astype(float))]).numpy()


def _no_samples(axes: tuple[Array, ...]) -> Array:
    return np.empty((0, len(axes)))


def empirical_frames(source: str, times: Array, axes: tuple[Array, ...], particles: Array) -> Frames:
    """Frames of particles alone, with their histogram as the density."""
    seen = particles[..., : len(axes)]
    density = np.stack([histogram(points, axes) for points in seen])
    unknown = np.full(len(times), np.nan)
    velocity = np.full((*density.shape, len(axes)), np.nan)
    none = _no_samples(axes)
    return Frames(source, times, axes, density, velocity, seen, unknown, unknown, none)


def marginal_axes(problem: Problem, detail: Detail) -> tuple[Array, ...]:
    """Grid for exact densities of the first two coordinates, finer than that of histograms."""
    return grid_axes(problem, detail, detail.plane)


def grid_axes(
    problem: Problem, detail: Detail, histogram_points: int = HISTOGRAM_POINTS
) -> tuple[Array, ...]:
    """Grid over the box that contains those of latent and target, for the first one or two coordinates."""
    box = build_latent(problem).box.hull(build_target(problem).box)
    dim = problem.target.dim
    num_points = {1: detail.line, 2: detail.plane}.get(dim, histogram_points)
    if dim == 1:
        return (np.linspace(float(box.lower[0]), float(box.upper[0]), num_points),)
    # A square, so that circles look round.
    return tuple(
        np.linspace(c - box.half_width, c + box.half_width, num_points) for c in box.center[:2].tolist()
    )


def _with_residual(
    model: AbstractInterpolation, times: TimeAxis, axes: tuple[Array, ...]
) -> tuple[GridValue, Array]:
    """Evaluate a trained curve on the grid; returns what `on_grid` returns, and the continuity residual (T, *grid) from the same pass."""
    dtype, shape = next(model.parameters()).dtype, [len(axis) for axis in axes]
    x = grid_points(tuple(torch.from_numpy(axis) for axis in axes)).to(dtype)
    with torch.no_grad():
        values = [model.curve(t.expand(len(x)), x) for t in times.to(dtype)]
    log_density, velocity, residual = (
        torch.stack([getattr(value, name) for value in values])
        for name in ("log_density", "velocity", "residual")
    )
    grid = GridValue(
        log_density.reshape(-1, *shape).double(), velocity.reshape(-1, *shape, len(axes)).double()
    )
    return grid, residual.reshape(-1, *shape).numpy()


def _shares_of_mass(value: GridValue) -> Tensor:
    """(T, *grid) fraction of the mass at each grid point."""
    return value.log_density.flatten(1).softmax(1).reshape(value.log_density.shape)


def _motion(value: GridValue) -> Motion:
    """Kinetic energy by the sum over the grid, and the largest speed on its points."""
    energy = (_shares_of_mass(value) * value.velocity.square().sum(-1)).flatten(1).sum(1)
    return Motion(energy, largest_speed(value.log_density.flatten(1), value.velocity.flatten(1, -2)))


def _cell(axes: tuple[Array, ...]) -> float:
    return math.prod(float(axis[1] - axis[0]) for axis in axes)


def carried(
    problem: Problem, field: AbstractField, detail: Detail, report: Callable[[float], None] = _unheard
) -> Array:
    """Carry particles from the latent along a field.

    An exact field in one dimension needs none: its quantiles show the same motion.

    Args:
        problem: the problem of the field.
        field: exact or trained.
        detail: number of particles, times and steps.
        report: called between parts of the work with the fraction done; may raise an exception to cancel it.

    Returns:
        Paths (T, P, dim).
    """
    times = detail.times
    if isinstance(field, AbstractExactField) and field.dim == 1:
        return np.empty((len(times), 0, 1))
    noise = build_latent(problem).sample(detail.particles, sample_generator(problem))
    settings = replace(problem.sampling, solver="rk4", num_steps=detail.steps)
    if not isinstance(field, PlaneField):
        return carry(Reporting(field, report), noise, times, settings).x.numpy()
    # Each time requires the solution of a linear system, so solve at some times and interpolate the velocity in between.
    between = _refined(times, field.kinetic_energy(times))
    for time in between if report is not _unheard else ():
        field.kinetic_energy(time[None])
        report(float(time))
    path = carry(field.between(between), noise, between, replace(settings, num_steps=STEPS_BETWEEN))
    return path.x[torch.isin(between, times)].numpy()


def _refined(times: TimeAxis, energy: PerTime) -> TimeAxis:
    """Add times where the velocity changes too much to interpolate, ever closer to the one with the larger kinetic energy."""
    added = [times]
    for (start, end), (first, last) in zip(pairwise(times), pairwise(energy.tolist()), strict=True):
        if math.isfinite(first + last) and max(first, last) > STEADY * min(first, last):
            away = (end - start) * 2.0 ** -torch.arange(1, HALVINGS + 1, dtype=times.dtype)
            added.append(start + away if first > last else end - away)
    return torch.cat(added).unique()


def target_frames(problem: Problem, detail: Detail = STILL) -> Frames:
    """Frames of the target alone, the same at all times, to compare Langevin chains with."""
    target, axes = build_target(problem), grid_axes(problem, detail)
    times = detail.times.numpy()
    if target.dim not in GRID_DIMENSIONS:
        x = target.sample(EMPIRICAL_SAMPLES, exact_generator(problem)).numpy()
        return empirical_frames("exact", times, axes, np.repeat(x[None], len(times), axis=0))
    grid = grid_points(tuple(torch.from_numpy(axis) for axis in axes))
    mass = (-target.energy(grid)).softmax(0).reshape([len(axis) for axis in axes]).numpy() / _cell(axes)
    density = np.repeat(mass[None], len(times), axis=0)
    unknown = np.full(len(times), np.nan)
    velocity = np.full((*density.shape, len(axes)), np.nan)
    none = np.empty((len(times), 0, len(axes)))
    mode_mass = _mode_mass(target, density, axes)
    empty = _no_samples(axes)
    return Frames("exact", times, axes, density, velocity, none, unknown, unknown, empty, mode_mass=mode_mass)
