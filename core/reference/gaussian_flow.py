"""The gradient flow of a Gaussian mixture in closed form, in any dimension."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.fields import (
    Carry,
    FieldValue,
    GridSummary,
    GridValue,
    Paths,
    Report,
    evaluate_on_grid,
    grid_points,
)
from core.interpolations.schedule import NoiseSchedule
from core.reference.base import AbstractExactField, exact_paths, summary_of_parts
from core.reference.domain import PROBED_TIMES
from core.slices import Motion, Slices
from core.targets.mixture import GaussianMixture
from core.types import Axes, Box, PerTime, Points, TimeAxis, Times, Values

# In 1-D and 2-D, expectations use a grid. Its points are SPACING standard deviations of a mode apart (the trapezoidal rule converges
# geometrically for Gaussians), and it extends MARGIN standard deviations beyond the outermost modes. If an axis would need more than
# MOST_POINTS points, samples are used instead.
SPACING = 0.4
MARGIN = 7.0
MOST_POINTS = {1: 20_001, 2: 401}
MONTE_CARLO_SAMPLES = 20_000
# Several times are evaluated together, as long as they have at most this many points in all.
MOST_ROWS = 2**14


class GaussianFlow(AbstractExactField):
    """The gradient flow of a mixture, which stays a mixture with means `a μ_k` and variances `a² s_k² + σ²(1 − a²)`.

    Its velocity is `v_t = (β/2)(x + σ² ∇log ρ_t)`. The noise schedule gives β and the factor a, which shrinks the means. Since
    a(0) > 0, the density at t = 0 is close to the latent N(0, σ²I) but not equal to it.

    Args:
        target: the mixture.
        schedule: the noise schedule, with the latent's σ.
        spacing: distance between grid points, in standard deviations of the narrowest mode.
    """

    def __init__(self, target: GaussianMixture, schedule: NoiseSchedule, spacing: float = SPACING) -> None:
        self.dim = target.dim
        self.target = target
        self.schedule = schedule
        self.spacing = spacing
        lower, upper = self._reach(torch.tensor([0.0, 1.0], dtype=torch.float64))
        self.box = Box(lower.amin(0), upper.amax(0))
        self.counts = self._grid_counts()
        means = "quadrature" if self.counts is not None else f"{MONTE_CARLO_SAMPLES} samples"
        self.solver = f"closed form: a noised Gaussian mixture is a Gaussian mixture; means by {means}"

    @property
    def num_nodes(self) -> int:
        """Number of quadrature points or samples per time."""
        return MONTE_CARLO_SAMPLES if self.counts is None else math.prod(self.counts)

    def coarsened(self) -> GaussianFlow | None:
        if self.counts is None:
            return None
        return GaussianFlow(self.target, self.schedule, 2 * self.spacing)

    def density(self, t: float) -> GaussianMixture:
        """The mixture ρ_t."""
        return self._noised(self.target, t)

    def _noised(self, target: GaussianMixture, t: float) -> GaussianMixture:
        time = torch.tensor(t, dtype=torch.float64)
        return target.noised(float(self.schedule.shrink(time)), float(self.schedule.noise(time)))

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        t, x = t.to(torch.float64), x.to(torch.float64)
        log = self.target.noised_log_density(x, self.schedule.shrink(t), self.schedule.noise(t))
        velocity = self.schedule.velocity(t, x, log.gradient)
        return FieldValue(velocity, self.schedule.divergence(t, log.laplacian, self.dim), log.value)

    def log_z(self, t: TimeAxis) -> PerTime:
        """Zero: the mixture is normalised and mass is conserved."""
        return torch.zeros_like(t)

    def slices(self, t: TimeAxis) -> Slices:
        """The field on a grid that covers ρ_t and differs between times, or on samples of ρ_t if the grid would be too large."""
        parts = zip(*map(self._nodes, self._batches(t)), strict=True)
        x, mass, log_prob, velocity = (torch.cat(part) for part in parts)
        return Slices(x, mass, log_prob, velocity, self.log_z(t), torch.zeros_like(t))

    def _batches(self, t: TimeAxis) -> tuple[Float[Tensor, " _"], ...]:
        return t.split(max(1, MOST_ROWS // self.num_nodes))

    def motion(self, t: TimeAxis) -> Motion:
        return Motion.joined(Motion.on(self.slices(some)) for some in self._batches(t))

    def kinetic_energy(self, t: TimeAxis) -> PerTime:
        return self.motion(t).kinetic_energy

    def log_density(self, t: Times, x: Points) -> Values:
        return self.evaluate(t, x).log_density

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return evaluate_on_grid(self, t, axes)

    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        if len(axes) < self.dim:
            return GridSummary(self._marginal(t, axes), self.motion(t), self.log_z(t))
        return summary_of_parts(self, t, axes)

    def _marginal(self, t: TimeAxis, axes: Axes) -> GridValue:
        """The density of the first coordinates: the noised marginal of the target. The velocity is not computed (NaN)."""
        seen, x, shape = self.target.marginal(), grid_points(axes), [len(axis) for axis in axes]
        rows = [self._noised(seen, float(time)).energy(x) for time in t]
        log_density = -torch.stack(rows).reshape(-1, *shape)
        return GridValue(log_density, torch.full((*log_density.shape, len(axes)), torch.nan, dtype=x.dtype))

    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        return exact_paths(self, start, times, carry, report)

    def _nodes(self, t: TimeAxis) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Nodes, their mass, log-density and velocity."""
        x = self._places(t)
        times, num_nodes, dim = x.shape
        value = self.evaluate(t.repeat_interleave(num_nodes), x.flatten(0, 1))
        log_prob = value.log_density.reshape(times, num_nodes)
        even = torch.full_like(log_prob, 1 / num_nodes)
        mass = even if self.counts is None else log_prob.softmax(1)
        return x, mass, log_prob, value.velocity.reshape(times, num_nodes, dim)

    def _places(self, t: TimeAxis) -> Float[Tensor, "times nodes dim"]:
        if self.counts is None:
            generators = (torch.Generator().manual_seed(0) for _ in t)
            densities = (self.density(float(time)) for time in t)
            return torch.stack(
                [d.sample(MONTE_CARLO_SAMPLES, g) for d, g in zip(densities, generators, strict=True)]
            )
        lower, upper = (corner[:, None] for corner in self._reach(t))
        unit = grid_points(tuple(torch.linspace(0, 1, count, dtype=torch.float64) for count in self.counts))
        return lower + unit * (upper - lower)

    def _reach(self, t: TimeAxis) -> tuple[Float[Tensor, "times dim"], Float[Tensor, "times dim"]]:
        """The lower and upper corners of the box that the grid covers, at each time."""
        means = self.schedule.shrink(t)[:, None, None] * self.target.modes
        margin = MARGIN * self._std(t)[..., None]
        return (means - margin).amin(1), (means + margin).amax(1)

    def _std(self, t: TimeAxis) -> Float[Tensor, "times modes"]:
        """The standard deviations of the modes of ρ_t."""
        shrink, noise = self.schedule.shrink(t)[:, None], self.schedule.noise(t)[:, None]
        return (shrink.square() * self.target.std.square() + noise.square()).sqrt()

    def _grid_counts(self) -> list[int] | None:
        """Grid points per axis that resolve all densities of the curve; None if they are too many."""
        if self.dim not in MOST_POINTS:
            return None
        lower, upper = self._reach(PROBED_TIMES)
        spacing = self.spacing * self._std(PROBED_TIMES).amin(1, keepdim=True)
        counts = [math.ceil(count) + 1 for count in ((upper - lower) / spacing).amax(0).tolist()]
        return counts if max(counts) <= MOST_POINTS[self.dim] else None
