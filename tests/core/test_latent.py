"""Properties that only latents have; `test_targets.py` checks what holds for every density."""

from __future__ import annotations

import math

import pytest
import torch

from core.interpolations.build import build_latent
from core.problem import INTERPOLATIONS, Problem, TargetSpec
from core.targets.latent import GaussianLatent, LaplaceLatent


@pytest.mark.parametrize("dim", [1, 3])
def test_gaussian_is_normalised_in_any_dimension(dim: int) -> None:
    latent = GaussianLatent(2.0, dim)
    at_origin = latent.energy(torch.zeros(1, dim, dtype=torch.float64))
    assert latent.log_z == 0
    assert float(at_origin) == pytest.approx(dim / 2 * math.log(2 * math.pi * 4))


@pytest.mark.parametrize(
    ("latent", "std"),
    [(GaussianLatent(2.0, 2), 2.0), (LaplaceLatent(2.0), 2.0 * math.sqrt(2))],
    ids=["gaussian", "laplace"],
)
def test_scale_is_the_standard_deviation(
    latent: GaussianLatent | LaplaceLatent, std: float, generator: torch.Generator
) -> None:
    x = latent.sample(50_000, generator)
    assert latent.scale == pytest.approx(std)
    assert float(x.std()) == pytest.approx(std, rel=0.02)
    assert bool((x.mean(0).abs() < 5 * std / math.sqrt(len(x))).all())


def test_laplace_samples_are_finite_and_symmetric(generator: torch.Generator) -> None:
    x = LaplaceLatent(1.0).sample(100_000, generator)
    assert bool(x.isfinite().all())
    assert float((x > 0).double().mean()) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("target", "interpolation", "kind"),
    [
        ("laplace", "linear", LaplaceLatent),
        ("laplace", "learned", LaplaceLatent),
        ("laplace", "gradient_flow", GaussianLatent),
        ("ring", "linear", GaussianLatent),
    ],
)
def test_latent_kind_depends_on_target_and_interpolation(target: str, interpolation: str, kind: type) -> None:
    latent = build_latent(Problem(TargetSpec.of(target), interpolation, sigma=1.5))
    assert isinstance(latent, kind)
    assert latent.sigma == 1.5


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize(("center", "sits"), [("origin", (0.0, 0.0)), ("target", (101.0, -48.0))])
def test_latent_is_centred_on_the_origin_or_the_target(
    center: str, sits: tuple[float, ...], interpolation: str
) -> None:
    target = TargetSpec.of("mixture", means=((99.0, -48.0), (103.0, -48.0)), std=0.7)
    latent = build_latent(Problem(target, interpolation, center=center))
    assert latent.center.tolist() == pytest.approx(sits)
