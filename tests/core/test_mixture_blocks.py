"""Block-wise evaluation of large mixtures: bounded memory, unchanged values."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.targets import mixture
from core.targets.base import energy_derivatives
from core.targets.mixture import GaussianMixture
from core.types import Points

ROOT = Path(__file__).resolve().parents[2]
NUM_POINTS = 50


def many(num_modes: int = 7, dim: int = 5) -> tuple[GaussianMixture, Points]:
    generator = torch.Generator().manual_seed(1)
    means, std, weights, x = (
        torch.rand(shape, generator=generator, dtype=torch.float64)
        for shape in ((num_modes, dim), (num_modes,), (num_modes,), (NUM_POINTS, dim))
    )
    return GaussianMixture(4 * means, 0.5 + std, 0.1 + weights), 4 * x


def values(target: GaussianMixture, x: Points) -> list[Tensor]:
    shrink, noise = torch.linspace(0.2, 1, len(x)).double(), torch.linspace(1, 0, len(x)).double()
    log = target.noised_log_density(x, shrink, noise)
    found = energy_derivatives(target, x)
    return [
        target.energy(x),
        target.responsibilities(x),
        *(found.value, found.gradient, found.laplacian),
        *(log.value, log.gradient, log.laplacian),
    ]


def test_block_size_does_not_change_values(monkeypatch: pytest.MonkeyPatch) -> None:
    target, x = many()
    whole = values(target, x)
    monkeypatch.setattr(mixture, "BLOCK", 3 * len(target.modes))
    for parts, one in zip(values(target, x), whole, strict=True):
        torch.testing.assert_close(parts, one, rtol=1e-13, atol=1e-13)


def test_tables_never_exceed_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    target, x = many()
    limit = 3 * len(target.modes)
    monkeypatch.setattr(mixture, "BLOCK", limit)
    sizes, distances = [], mixture._distances

    def watched(x: Points, modes: Tensor) -> Tensor:
        table = distances(x, modes)
        sizes.append(table.numel())
        return table

    monkeypatch.setattr(mixture, "_distances", watched)
    values(target, x)
    assert max(sizes) == limit


@pytest.mark.parametrize("dim", [1, 3])
def test_closed_form_matches_automatic_differentiation(dim: int) -> None:
    target, x = many(dim=dim)
    known = energy_derivatives(target, x)
    x = x.requires_grad_()
    value = target.energy(x)
    (gradient,) = torch.autograd.grad(value.sum(), x, create_graph=True)
    rows = [torch.autograd.grad(gradient[:, i].sum(), x, retain_graph=True)[0][:, i] for i in range(dim)]
    torch.testing.assert_close(known.value, value.detach())
    torch.testing.assert_close(known.gradient, gradient.detach())
    torch.testing.assert_close(known.laplacian, torch.stack(rows).sum(0))


def test_gradient_is_zero_at_the_mode_of_one_gaussian() -> None:
    target = GaussianMixture([[1.0, 2.0, 3.0]], 0.5)
    found = energy_derivatives(target, target.modes.clone())
    assert not found.gradient.any()
    assert float(found.laplacian) == pytest.approx(3 / 0.25)


MEASURE = """
import resource, torch
torch.set_num_threads(1)
from core.targets.mixture import GaussianMixture
from core.targets.base import energy_derivatives
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
g = torch.Generator().manual_seed(0)
target = GaussianMixture(torch.randn(400, 64, generator=g).double(), 0.7)
x = torch.randn(8000, 64, generator=g).double()
energy_derivatives(target, x[:10])
before = peak()
target.energy(x), energy_derivatives(target, x), target.responsibilities(x[:2000])
print(peak() - before)
"""


@pytest.mark.thorough
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ru_maxrss is in kilobytes on Linux")
def test_largest_mixture_needs_little_memory() -> None:
    """8000 points, 400 modes and 64 dimensions: one table of differences would take 1.6 GB."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert float(run.stdout) < 200
