"""Sketches: the text that holds them, and the smooth energy that they become."""

from __future__ import annotations

import json
import math
import zlib
from base64 import urlsafe_b64encode

import pytest
import torch

from core.problem import TargetSpec
from core.targets import packing, registry
from core.targets.base import energy_derivatives
from core.targets.sketch.example import EXAMPLE
from core.targets.sketch.packed import FLOOR, NODES, PackedSketch, levels_of, packed, unpacked
from core.targets.sketch.target import sketch, spline

X = [0.1 * k - 6 for k in range(NODES[1])]
BUMPS = levels_of([math.exp(-((x + 2) ** 2)) + 0.5 * math.exp(-((x - 2) ** 2) / 0.5) for x in X])
LINE = packed(BUMPS, 1)
SPECKLED = packed(bytes((7 * k * k + 31 * k) % 256 for k in range(NODES[2] ** 2)), 2)


@pytest.mark.parametrize("text", [LINE, SPECKLED], ids=["line", "plane"])
def test_derivatives_are_those_of_the_energy_and_continuous(text: str, generator: torch.Generator) -> None:
    energy, dim = spline(text), unpacked(text)[1]
    x = 5 * torch.randn(200, dim, generator=generator, dtype=torch.float64)
    found = energy.derivatives(x)
    (slope,) = torch.autograd.grad(energy(x.requires_grad_()).sum(), x)
    assert torch.allclose(found.gradient, slope)
    hessian = torch.autograd.functional.hessian(lambda point: energy(point[None])[0], x[3].detach())
    assert float(found.laplacian[3]) == pytest.approx(float(hessian.trace()))
    borders = torch.tensor([[-6.75], [-6.0], [0.5], [6.0], [6.75]], dtype=torch.float64).expand(-1, dim)
    left, right = (energy.derivatives(borders + shift) for shift in (-1e-9, 1e-9))
    assert torch.allclose(left.gradient, right.gradient, atol=1e-5)
    assert torch.allclose(left.laplacian, right.laplacian, atol=1e-4)


def test_energy_grows_quadratically_outside_the_box() -> None:
    far = torch.tensor([[1e3, 0.0], [2e3, 0.0]], dtype=torch.float64)
    first, second = spline(EXAMPLE)(far).tolist()
    assert second / first == pytest.approx(4.0, rel=0.02)


def test_drawn_curve_is_the_density() -> None:
    target = sketch(LINE)
    assert target.log_z_error < 1e-6
    assert target.modes[:, 0].tolist() == pytest.approx([-2, 2], abs=0.1)
    x = torch.tensor(X, dtype=torch.float64)
    drawn = (-((x + 2) ** 2)).exp() + 0.5 * (-((x - 2) ** 2) / 0.5).exp()
    painted = drawn > 0.02
    ratio = (-target.energy(x[:, None])).exp()[painted] / drawn[painted]
    assert bool(((ratio - 1).abs() < 0.15).all())
    assert target.weights.tolist() == pytest.approx([0.739, 0.261], abs=0.02)


def test_unpainted_places_keep_a_small_density() -> None:
    energy = spline(LINE)
    assert float(energy(torch.tensor([[5.5]]).double())) == pytest.approx(FLOOR, abs=0.2)


def test_closed_form_is_used_in_training() -> None:
    target = sketch(LINE)
    x = torch.tensor([[0.3], [4.0]], dtype=torch.float64)
    assert torch.equal(energy_derivatives(target, x).laplacian, spline(LINE).derivatives(x).laplacian)


def test_sketch_is_part_of_the_problem() -> None:
    spec = TargetSpec.of("sketch", sketch=LINE)
    assert TargetSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert spec.dim == 1
    assert unpacked(LINE) == (BUMPS, 1)
    assert registry.num_modes(spec.name, spec.values) == 2


def _bomb(size: int) -> str:
    return urlsafe_b64encode(zlib.compress(bytes([1, 2]) + bytes(size), 9)).decode().rstrip("=")


DAMAGED = [
    ("", "damaged"),
    ("%%%", "damaged"),
    ("Ünï", "damaged"),
    (EXAMPLE[:-9], "damaged"),
    (EXAMPLE + "AAAA", "damaged"),
    (packed(BUMPS, 2), "49 × 49"),
    (packed(BUMPS[:-1], 1), "121 levels"),
    (packing.pack(b""), "121 levels"),
    (packing.pack(bytes([9, 1]) + BUMPS), "121 levels"),
    (packed(bytes(NODES[2] ** 2), 2), "empty"),
    (packed(bytes([255]) * NODES[1], 1), "empty"),
    (_bomb(4_000_000), "at most 2403 bytes"),
    (_bomb(400_000_000), "characters"),
    ("A" * 1_000_000, "characters"),
    (17, "must be a text"),
    (None, "must be a text"),
]


@pytest.mark.parametrize(("value", "said"), DAMAGED, ids=lambda item: str(item)[:24])
@pytest.mark.mistyped
def test_damaged_sketch_is_refused_in_one_sentence(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        PackedSketch(EXAMPLE, "").check("sketch", value)
    assert len(str(caught.value)) < 250
