"""The interface of densities that are defined by an energy: base classes of all targets and latents.

Training needs an `AbstractEnergy`. Scores of samples can use further facts if they are known: see `KnownTarget`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.types import Box, Derivatives, Points, Values

# Batch size for energies at many points.
_ROWS = 2**13
# Error message where second derivatives are needed, but an energy has only a gradient.
NO_LAPLACIAN = (
    "The energy has a gradient but no Laplacian, which this computation needs; train a linear or a learned curve, or write the energy "
    "with torch."
)


@dataclass
class Counter:
    """The number of points at which an energy was evaluated, and at how many of them its gradient was computed too."""

    points: int = 0
    gradients: int = 0


class AbstractEnergy(nn.Module, ABC):
    """An unnormalised density `e^{-energy}`: all that training needs.

    Tensors are stored as buffers, so `.to(torch.float64)` converts a density like any other module.

    Attributes:
        dim: number of coordinates of x.
        kinks: positions where a 1-D energy has a corner; quadrature places nodes there.
        has_laplacian: whether second derivatives are available; false for NumPy functions.
        counter: counts the energy evaluations; shared with translated copies of the density.
    """

    dim: int
    kinks: tuple[float, ...] = ()
    has_laplacian: bool = True

    def __init__(self) -> None:
        super().__init__()
        self.counter = Counter()

    @property
    def calls(self) -> int:
        """Number of points at which the energy was evaluated so far.

        Only evaluations by `counted_energy`, `energy_gradient` and `energy_derivatives` count; direct calls of `energy` do not.
        """
        return self.counter.points

    @calls.setter
    def calls(self, points: int) -> None:
        self.counter.points = points

    @property
    def gradient_calls(self) -> int:
        """Number of points, among those that `calls` counts, at which the gradient was computed too."""
        return self.counter.gradients

    @gradient_calls.setter
    def gradient_calls(self, points: int) -> None:
        self.counter.gradients = points

    @abstractmethod
    def energy(self, x: Points) -> Values:
        """The energy f(x) = −(unnormalised log-density), in nats."""

    @property
    @abstractmethod
    def box(self) -> Box:
        """A box that contains nearly all of the mass, with a margin of about four standard deviations."""

    @property
    @abstractmethod
    def scale(self) -> float:
        """The typical width of one mode, in the units of x."""


class AbstractDensity(AbstractEnergy):
    """An energy with its exact normaliser and an exact sampler.

    Attributes:
        log_z: `log ∫ e^{-energy}`, in nats.
    """

    log_z: float

    @abstractmethod
    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        """Independent exact samples."""


class HasClosedForm(ABC):
    """The additional method of a density whose derivatives are known in closed form."""

    @abstractmethod
    def closed_form(self, x: Points) -> Derivatives | None:
        """The energy with its gradient and Laplacian; None if there is no closed form for the density's parameters."""


class HasMarginal(ABC):
    """The additional method of a density whose marginals are known."""

    @abstractmethod
    def marginal(self) -> AbstractEnergy | None:
        """The marginal density of the first two coordinates, up to a constant factor; None if unknown for the density's parameters."""


class HasModes(ABC):
    """The additional method of a density whose modes can be distinguished."""

    @abstractmethod
    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """The probability that each point belongs to each mode.

        Rows sum to one. Their mean over exact samples is `weights`, even if the modes overlap.
        """


class KnownTarget(AbstractEnergy):
    """An energy to sample from, with facts that are used to score samples. Each is None if unknown. Training uses none of them.

    The functions `exact_samples` and `membership` return two more such facts.

    Attributes:
        log_z: `log ∫ e^{-energy}`, in nats.
        modes: positions of the modes.
        weights: the mass of each mode; sums to one.
        box_mass: for heavy tails, the fraction of the mass in the box; None if the box holds nearly all of it, or if the fraction is unknown.
    """

    log_z: float | None = None
    box_mass: float | None = None
    modes: Float[Tensor, "modes dim"] | None
    weights: Float[Tensor, " modes"] | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("modes", None)
        self.register_buffer("weights", None)


class AbstractTarget(KnownTarget, AbstractDensity, HasModes):
    """A target with known log Z, modes and mode masses, and with an exact sampler."""

    log_z: float
    modes: Float[Tensor, "modes dim"]
    weights: Float[Tensor, " modes"]


def heavy_tails(box_mass: float | None) -> str:
    """A sentence that gives the fraction of the mass in the box, rounded down, of a target with heavy tails; empty for None."""
    if box_mass is None:
        return ""
    return f"Heavy tails: the box holds {math.floor(1e4 * box_mass + 1e-6) / 100:g}% of the mass."


def exact_samples(target: AbstractEnergy, num_samples: int, generator: torch.Generator) -> Points | None:
    """Independent exact samples; None if there is no sampler."""
    return target.sample(num_samples, generator) if isinstance(target, AbstractDensity) else None


def membership(target: AbstractEnergy, x: Points) -> Float[Tensor, "batch modes"] | None:
    """The probability that each point belongs to each mode; None if the modes are unknown."""
    return target.responsibilities(x) if isinstance(target, HasModes) else None


def energy_derivatives(density: AbstractEnergy, x: Points) -> Derivatives:
    """The energy, its gradient and its Laplacian.

    Uses the closed form if there is one, otherwise automatic differentiation with `1 + dim` backward passes. At a corner of
    the energy (see `kinks`) the Laplacian has a point mass, which the result does not contain.
    """
    count_calls(density, len(x), len(x))
    if (known := closed_form(density, x.detach())) is not None:
        return known
    if not density.has_laplacian:
        raise ValueError(NO_LAPLACIAN)
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        value = density.energy(x)
        (gradient,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        second = [_second_derivative(gradient, x, axis) for axis in range(density.dim)]
    return Derivatives(value.detach(), gradient.detach(), torch.stack(second).sum(0))


def closed_form(density: AbstractEnergy, x: Points) -> Derivatives | None:
    """The energy with its gradient and Laplacian in closed form; None if none is implemented."""
    return density.closed_form(x) if isinstance(density, HasClosedForm) else None


def marginal(density: AbstractEnergy) -> AbstractEnergy | None:
    """The marginal density of the first two coordinates, up to a constant factor; None if unknown."""
    if density.dim <= 2:
        return density
    return density.marginal() if isinstance(density, HasMarginal) else None


def energy_in_parts(density: AbstractEnergy, x: Points) -> Values:
    """The energy at any number of points. It is evaluated in batches, because a mixture stores points × modes numbers."""
    return torch.cat([density.energy(part) for part in x.split(_ROWS)])


def counted_energy(density: AbstractEnergy, x: Points) -> Values:
    """The energy at any number of points; adds their number to the density's `calls`."""
    count_calls(density, len(x))
    return energy_in_parts(density, x)


def energy_gradient(density: AbstractEnergy, x: Points) -> tuple[Values, Points]:
    """The energy and its gradient, in closed form or by automatic differentiation with one backward pass."""
    count_calls(density, len(x), len(x))
    if (known := closed_form(density, x.detach())) is not None:
        return known.value, known.gradient
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        value = density.energy(x)
        (gradient,) = torch.autograd.grad(value.sum(), x)
    return value.detach(), gradient


def count_calls(density: AbstractEnergy, calls: int, gradient_calls: int = 0) -> None:
    """Add to the density's counts of points: `calls` points with an energy, of which `gradient_calls` points have a gradient too."""
    density.calls += calls
    density.gradient_calls += gradient_calls


def _second_derivative(gradient: Points, x: Points, axis: int) -> Values:
    if not gradient.requires_grad:  # an energy that is linear in x
        return torch.zeros_like(gradient[:, axis])
    (row,) = torch.autograd.grad(gradient[:, axis].sum(), x, retain_graph=True, allow_unused=True)
    return torch.zeros_like(gradient[:, axis]) if row is None else row[:, axis].detach()
