"""Small networks for scalar functions u(t, x), which return u, ∂_t u, ∇u and Δu in one forward pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.types import Points, Times, Values

# In MANY_DIMENSIONS or more dimensions, each coordinate has OWN_UNITS additional units that depend on this coordinate and on time only. The
# shared units are then too few to resolve each coordinate.
MANY_DIMENSIONS, OWN_UNITS = 12, 16


@dataclass(frozen=True)
class ScalarDerivatives:
    """u, ∂_t u, ∇u and Δu at a batch of points (t, x)."""

    value: Values
    dt: Values
    gradient: Points
    laplacian: Values

    def __add__(self, other: ScalarDerivatives) -> ScalarDerivatives:
        return ScalarDerivatives(
            self.value + other.value,
            self.dt + other.dt,
            self.gradient + other.gradient,
            self.laplacian + other.laplacian,
        )


class AdditiveNetwork(nn.Module):
    """A sum of functions of one coordinate each, `Σ_i u_i(t, x_i)`, with its derivatives.

    Each u_i is one layer of tanh units. Parameters may have a leading batch axis, with one copy per point.

    Args:
        dim: number of coordinates of x; x should be of order one.
        num_units: number of units per coordinate.
        generator: draws the initial weights.
        size: typical size of the initial output.
    """

    def __init__(self, dim: int, num_units: int, generator: torch.Generator, size: float) -> None:
        super().__init__()
        shape = (dim, num_units)
        self.slopes = nn.Parameter(2 * torch.randn(shape, generator=generator))
        self.speeds = nn.Parameter(torch.randn(shape, generator=generator))
        self.biases = nn.Parameter(torch.randn(shape, generator=generator))
        self.readout = nn.Parameter(size * torch.randn(shape, generator=generator) / (dim * num_units) ** 0.5)

    def forward(self, t: Times, x: Points) -> ScalarDerivatives:
        clock = (2 * t - 1)[:, None, None]
        value = (self.slopes * x[..., None] + self.speeds * clock + self.biases).tanh()
        first = self.readout * (1 - value.square())
        second = -2 * value * first * self.slopes.square()
        return ScalarDerivatives(
            value=(self.readout * value).sum((1, 2)),
            dt=2 * (self.speeds * first).sum((1, 2)),
            gradient=(self.slopes * first).sum(2),
            laplacian=second.sum((1, 2)),
        )


class ScalarNetwork(nn.Module):
    """A tanh network u(t, x) that propagates u and its derivatives through the layers.

    The value, the `1 + dim` first derivatives and the Laplacian of every unit are stacked in one tensor, so each layer
    is a single matrix product (the "forward Laplacian"). With `dim = 0` it is a function of time only.

    Parameters may have a leading batch axis, with one copy per point (see `core.training.gauss_newton`).

    Args:
        dim: number of coordinates of x; x should be of order one.
        width: number of units per hidden layer.
        depth: number of hidden layers.
        generator: draws the initial weights.
        size: typical size of the initial output. The output is added to a formula for the curve, so training starts near that formula if
            `size` is small.
        num_features: number of additional inputs, functions of (t, x) with known derivatives: 0 or 1.
        num_own: number of additional units per coordinate that depend on this coordinate only; see `AdditiveNetwork`.

    References:
        Li et al.: A computational framework for neural network-based variational Monte Carlo with Forward Laplacian, 2024.
    """

    def __init__(
        self,
        dim: int,
        width: int,
        depth: int,
        generator: torch.Generator,
        size: float = 1e-2,
        num_features: int = 0,
        num_own: int = 0,
    ) -> None:
        super().__init__()
        self.dim = dim
        sizes = [1 + dim + num_features, *[width] * depth]
        self.weights = nn.ParameterList(
            torch.randn(out, inner, generator=generator) / math.sqrt(inner) for inner, out in pairwise(sizes)
        )
        self.biases = nn.ParameterList(0.5 * torch.randn(out, generator=generator) for out in sizes[1:])
        self.readout = nn.Parameter(size * torch.randn(width, generator=generator) / width**0.5)
        self.additive = AdditiveNetwork(dim, num_own, generator, size) if num_own else None

    def forward(self, t: Times, x: Points, feature: ScalarDerivatives | None = None) -> ScalarDerivatives:
        stack = self._inputs(t, x)
        if feature is not None:
            stack = torch.cat([stack, _column(feature)], dim=2)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            stack = _tanh(stack @ weight.mT, bias)
        out = (stack @ self.readout[..., None]).squeeze(-1)
        joint = ScalarDerivatives(out[:, 0], out[:, 1], out[:, 2:-1], out[:, -1])
        return joint if self.additive is None else joint + self.additive(t, x)

    def _inputs(self, t: Times, x: Points) -> Float[Tensor, "batch stack inputs"]:
        """The inputs (2t − 1, x), their derivatives with respect to t and to each coordinate, and their Laplacian, in one stack."""
        value = torch.cat([(2 * t - 1)[:, None], x], dim=1)[:, None]
        first = torch.eye(1 + self.dim, dtype=x.dtype, device=x.device)
        first[0, 0] = 2
        return torch.cat([value, first.expand(len(x), -1, -1), torch.zeros_like(value)], dim=1)


@dataclass(frozen=True)
class NetworkMaker:
    """A factory for the networks of a curve, which all have the same width and depth.

    Attributes:
        width, depth: size of each network.
        generator: draws the initial weights.
    """

    width: int
    depth: int
    generator: torch.Generator

    def __call__(self, dim: int, size: float = 1e-2, num_features: int = 0) -> ScalarNetwork:
        """A new network; see `ScalarNetwork` for the arguments."""
        num_own = OWN_UNITS if dim >= MANY_DIMENSIONS else 0
        return ScalarNetwork(dim, self.width, self.depth, self.generator, size, num_features, num_own)


def _column(feature: ScalarDerivatives) -> Float[Tensor, "batch stack 1"]:
    rows = [feature.value[:, None], feature.dt[:, None], feature.gradient, feature.laplacian[:, None]]
    return torch.cat(rows, dim=1)[..., None]


def _tanh(
    stack: Float[Tensor, "batch stack units"], bias: Float[Tensor, "*batch units"]
) -> Float[Tensor, "batch stack units"]:
    """Add the bias to the row of values and apply tanh; apply the chain rule to the rows of derivatives."""
    value = (stack[:, :1] + bias[..., None, :]).tanh()
    slope = 1 - value.square()
    curvature = -2 * value * slope * stack[:, 2:-1].square().sum(1, keepdim=True)
    first, second = stack[:, 1:-1], stack[:, -1:]
    return torch.cat([value, slope * first, slope * second + curvature], dim=1)
