"""Compare the exact Laplacian with Hutchinson's estimate: `.venv/bin/python tests/benchmarks/laplacian.py`, half a minute.

Prints the milliseconds for what a training step needs from a network at 1000 points: value, ∂_t, ∇ and Δ, and the derivatives of their sum
with respect to each point's own copy of the parameters. Three variants:

- stacked: the forward Laplacian of `core.networks`. The velocity needs the gradient anyway, so Δ adds only one row to the stacked
  derivatives.
- nested: Δ by one further backward pass per coordinate, as in published codes.
- Hutchinson: `pᵀ∇²u p` with one random p of ±1 per point, by one further backward pass. Its mean is Δ and its variance
  `2 Σ_{i≠j} (∂_i ∂_j u)²`; the table shows the median of its standard deviation divided by |Δ|, for an untrained network.

The last column is the fraction of a whole training step taken by the stacked variant (many wells, learned curve, two networks).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from step_cost import machine, table  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.func import hessian, vmap  # noqa: E402

from core import Budget, Problem, TargetSpec, train  # noqa: E402
from core.networks import ScalarNetwork  # noqa: E402
from core.training.gauss_newton import residual_jacobian  # noqa: E402

POINTS, WIDTH, DEPTH = 1000, 40, 3
DIMENSIONS = (2, 4, 8, 16, 32)
REPETITIONS = 9
STEPS = 12
HEAD = (
    "dimension",
    "stacked",
    "nested",
    "Hutchinson",
    "its deviation",
    "a training step",
    "of which stacked",
)


class Stacked(nn.Module):
    """The derivatives computed by `ScalarNetwork`."""

    def __init__(self, network: ScalarNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, t: Tensor, x: Tensor, probe: Tensor) -> Tensor:
        u = self.network(t, x)
        return u.value + u.dt + u.gradient.sum(1) + u.laplacian


class Nested(Stacked):
    """The derivatives by backward passes through the value."""

    def forward(self, t: Tensor, x: Tensor, probe: Tensor) -> Tensor:
        t, x = t.detach().requires_grad_(), x.detach().requires_grad_()
        value = plain_value(self.network, t, x)
        dt, gradient = torch.autograd.grad(value.sum(), (t, x), create_graph=True)
        return value + dt + gradient.sum(1) + self.second(gradient, x, probe)

    def second(self, gradient: Tensor, x: Tensor, probe: Tensor) -> Tensor:
        rows = [
            torch.autograd.grad(gradient[:, i].sum(), x, create_graph=True)[0][:, i]
            for i in range(x.shape[1])
        ]
        return torch.stack(rows).sum(0)


class Hutchinson(Nested):
    """As `Nested`, but with Hutchinson's estimate of the Laplacian."""

    def second(self, gradient: Tensor, x: Tensor, probe: Tensor) -> Tensor:
        (product,) = torch.autograd.grad((gradient * probe).sum(), x, create_graph=True)
        return (product * probe).sum(1)


def plain_value(network: ScalarNetwork, t: Tensor, x: Tensor) -> Tensor:
    """u(t, x) by an ordinary forward pass, for shared parameters or one set per point."""
    units = torch.cat([(2 * t - 1)[..., None], x], dim=-1)[..., None, :]
    for weight, bias in zip(network.weights, network.biases, strict=True):
        units = (units @ weight.mT + bias[..., None, :]).tanh()
    return (units @ network.readout[..., None])[..., 0, 0]


def milliseconds(work: Callable[[], object]) -> float:
    """Median time of a call, after one to warm up."""
    work()
    times = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def deviation(network: ScalarNetwork, t: Tensor, x: Tensor) -> float:
    """Standard deviation of Hutchinson's estimate divided by |Δ|, median over points."""
    second = vmap(hessian(lambda time, place: plain_value(network, time, place), argnums=1))(t, x)
    diagonal = second.diagonal(dim1=1, dim2=2)
    off = second.square().sum((1, 2)) - diagonal.square().sum(1)
    return float(((2 * off).sqrt() / diagonal.sum(1).abs()).median().detach())


def step(dim: int) -> float:
    """Milliseconds per training step."""
    snapshots = list(train(Problem(TargetSpec.of("many_well", dim=dim), "learned"), Budget(steps=STEPS)))
    return 1e3 * snapshots[-1].seconds / STEPS


def row(dim: int) -> list[str]:
    """Row of the table for one dimension."""
    generator = torch.Generator().manual_seed(0)
    network = ScalarNetwork(dim, WIDTH, DEPTH, generator, size=1.0)
    t, x = torch.rand(POINTS, generator=generator), torch.randn(POINTS, dim, generator=generator)
    probe = torch.randint(2, x.shape, generator=generator) * 2.0 - 1
    ways = [Stacked(network), Nested(network), Hutchinson(network)]
    assert torch.allclose(ways[0](t, x, probe), ways[1](t, x, probe), rtol=1e-3, atol=1e-3)
    costs = [milliseconds(lambda way=way: residual_jacobian(way, (t, x, probe))) for way in ways]
    whole = step(dim)
    return [
        str(dim),
        *(f"{cost:.1f}" for cost in costs),
        f"{deviation(network, t[:200], x[:200]):.1f}",
        f"{whole:.0f}",
        f"{2 * costs[0] / whole:.0%}",
    ]


def main() -> None:
    print(f"{machine(torch.get_num_threads())}; milliseconds, {POINTS} points\n")
    print(table(HEAD, [row(dim) for dim in DIMENSIONS]))


if __name__ == "__main__":
    main()
