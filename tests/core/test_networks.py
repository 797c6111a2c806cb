"""The networks: derivatives in closed form, initial weights and units."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.func import functional_call, grad, jacrev, vmap

from core.interpolations.log_normaliser import LogNormaliser
from core.networks import (
    MANY_DIMENSIONS,
    OWN_UNITS,
    AdditiveNetwork,
    NetworkMaker,
    ScalarDerivatives,
    ScalarNetwork,
)


def network(dim: int, generator: torch.Generator, depth: int = 3, num_own: int = 0) -> ScalarNetwork:
    return ScalarNetwork(dim, 12, depth, generator, num_own=num_own).double()


def points(dim: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    t = torch.rand(9, generator=generator, dtype=torch.float64)
    return t, torch.randn(9, dim, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize(("dim", "num_own"), [(0, 0), (1, 0), (2, 0), (5, 0), (1, 3), (5, 3)])
def test_derivatives_match_nested_autograd(
    dim: int, num_own: int, depth: int, generator: torch.Generator
) -> None:
    net = network(dim, generator, depth, num_own)
    t, x = points(dim, generator)

    def value(time: Tensor, place: Tensor) -> Tensor:
        return net(time[None], place[None]).value[0]

    found = net(t, x)
    assert torch.allclose(found.dt, vmap(grad(value, argnums=0))(t, x), rtol=1e-9, atol=1e-15)
    if dim:
        second = vmap(jacrev(grad(value, argnums=1), argnums=1))(t, x)
        assert torch.allclose(found.gradient, vmap(grad(value, argnums=1))(t, x), rtol=1e-9, atol=1e-15)
        assert torch.allclose(found.laplacian, second.diagonal(dim1=1, dim2=2).sum(1), rtol=1e-9, atol=1e-15)


def test_function_of_time_only_has_no_gradient(generator: torch.Generator) -> None:
    found = network(0, generator)(*points(0, generator))
    assert found.gradient.shape == (9, 0)
    assert found.laplacian.tolist() == [0] * 9


@pytest.mark.parametrize("part", ["value", "dt", "gradient", "laplacian"])
def test_every_output_depends_on_the_weights(part: str, generator: torch.Generator) -> None:
    net = network(2, generator, num_own=3)
    found: ScalarDerivatives = net(*points(2, generator))
    getattr(found, part).sum().backward()
    assert all(p.grad is not None and bool(p.grad.any()) for p in net.parameters())


def test_initial_output_is_small_but_not_constant(generator: torch.Generator) -> None:
    value = network(2, generator)(*points(2, generator)).value
    assert 0 < float(value.detach().std()) < 0.1


@pytest.mark.parametrize("num_own", [0, 3])
def test_parameters_may_differ_between_points(num_own: int, generator: torch.Generator) -> None:
    net = network(2, generator, num_own=num_own)
    t, x = points(2, generator)
    scale = torch.linspace(0.5, 1.5, len(t), dtype=torch.float64)
    own = {name: torch.stack([p * s for s in scale]) for name, p in net.named_parameters()}
    together = functional_call(net, own, (t, x))
    for i in range(len(t)):
        alone = functional_call(net, {name: p[i] for name, p in own.items()}, (t[i : i + 1], x[i : i + 1]))
        assert torch.allclose(together.laplacian[i], alone.laplacian[0], rtol=1e-10)
        assert torch.allclose(together.gradient[i], alone.gradient[0], rtol=1e-10)


def test_coordinates_have_own_units_in_many_dimensions(generator: torch.Generator) -> None:
    networks = NetworkMaker(width=8, depth=2, generator=generator)
    few, many = networks(MANY_DIMENSIONS - 1), networks(MANY_DIMENSIONS)
    assert few.additive is None
    assert many.additive is not None
    assert many.additive.readout.shape == (MANY_DIMENSIONS, OWN_UNITS)


def test_additive_network_has_no_mixed_derivatives(generator: torch.Generator) -> None:
    """Each unit depends on one coordinate, so mixed second derivatives are zero."""
    net = AdditiveNetwork(3, 4, generator, size=1.0).double()
    t, x = points(3, generator)
    second = vmap(jacrev(lambda time, place: net(time[None], place[None]).gradient[0], argnums=1))(t, x)
    assert not bool((second - torch.diag_embed(second.diagonal(dim1=1, dim2=2))).any())
    assert bool(second.diagonal(dim1=1, dim2=2).all())


def test_weights_depend_on_the_seed_only() -> None:
    first, same, other = (
        torch.cat([p.flatten() for p in network(1, torch.Generator().manual_seed(seed)).parameters()])
        for seed in (3, 3, 4)
    )
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_log_normaliser_is_exact_at_zero_and_returns_its_rate(generator: torch.Generator) -> None:
    normaliser = LogNormaliser(0.7, generator).double()
    t = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64, requires_grad=True)
    value, rate = normaliser(t)
    (expected,) = torch.autograd.grad(value.sum(), t)
    assert value[0].item() == 0.7
    assert torch.allclose(rate, expected, rtol=1e-9)
