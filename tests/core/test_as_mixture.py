"""Conversion of preset mixtures to the general mixture target."""

from __future__ import annotations

import pytest
import torch

from core.as_mixture import as_mixture
from core.problem import TargetSpec
from core.targets import registry
from core.targets.base import AbstractTarget
from core.targets.registry import TARGETS

MIXTURES = [name for name, entry in TARGETS.items() if entry.is_mixture]


def build(target: TargetSpec) -> AbstractTarget:
    return registry.build(target.name, target.values)


@pytest.mark.parametrize("name", MIXTURES)
def test_converted_mixture_has_the_same_energy(name: str) -> None:
    before, after = build(TargetSpec.of(name)), build(as_mixture(TargetSpec.of(name)))
    x = before.box.sample(200, torch.Generator().manual_seed(0)).to(torch.float64)
    assert torch.allclose(before.energy(x), after.energy(x), rtol=1e-6, atol=1e-6)


def test_parameters_shared_by_all_modes_are_stored_once() -> None:
    values = as_mixture(TargetSpec.of("ring", num_modes=3, std=0.4)).values
    assert (values["std"], values["weights"]) == (0.4, None)
    assert all(str(value) != "-0.0" for mean in values["means"] for value in mean)


@pytest.mark.parametrize("name", sorted(TARGETS.keys() - set(MIXTURES)))
def test_other_targets_are_rejected(name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is not a Gaussian mixture"):
        as_mixture(TargetSpec.of(name))


def test_mixture_with_covariances_is_returned_unchanged() -> None:
    target = TargetSpec.of("mixture", means=((0.0, 0.0),), cov=((1.0, 0.5, 2.0),))
    assert as_mixture(target) == target


def test_mixture_is_returned_unchanged() -> None:
    uneven = TargetSpec.of("mixture", means=((-2.0,), (3.0,)), std=(0.5, 0.9), weights=(1e-6, 5))
    assert as_mixture(uneven) is uneven
