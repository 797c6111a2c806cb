"""Moving the modes of a mixture: the density is the same until one of them is moved."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from core.problem import TargetSpec
from core.targets import registry
from core.targets.base import AbstractTarget
from core.targets.rearranged import as_mixture, rearranged
from core.targets.registry import TARGETS

MIXTURES = [name for name, entry in TARGETS.items() if entry.is_mixture]
UNEVEN = TargetSpec.of("mixture", means=((-2.0,), (0.0,), (3.0,)), std=(0.5, 0.7, 0.9), weights=(1, 2, 5))


def build(target: TargetSpec) -> AbstractTarget:
    return registry.build(target.name, target.values)


@pytest.mark.parametrize("name", MIXTURES)
def test_naming_the_modes_one_by_one_changes_nothing(name: str) -> None:
    before, after = build(TargetSpec.of(name)), build(as_mixture(TargetSpec.of(name)))
    x = before.box.sample(200, torch.Generator().manual_seed(0)).to(torch.float64)
    assert torch.allclose(before.energy(x), after.energy(x), rtol=1e-6, atol=1e-6)


def test_what_all_modes_share_is_told_once() -> None:
    values = as_mixture(TargetSpec.of("ring", num_modes=3, std=0.4)).values
    assert (values["std"], values["weights"]) == (0.4, None)
    assert all(str(value) != "-0.0" for mean in values["means"] for value in mean)


@pytest.mark.parametrize("name", sorted(TARGETS.keys() - set(MIXTURES)))
def test_what_is_no_mixture_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is no Gaussian mixture"):
        as_mixture(TargetSpec.of(name))


def test_each_mode_keeps_what_it_has() -> None:
    moved = rearranged(UNEVEN, [[4.0], [-1.0], [9.0]], [2, 0, None])
    assert moved.values["means"] == ((4.0,), (-1.0,), (9.0,))
    assert moved.values["std"] == (0.9, 0.5, 0.9)
    weights = moved.values["weights"]
    assert weights == pytest.approx([5 / 8, 1 / 8, 5 / 8])


@pytest.mark.parametrize(
    ("means", "kept", "named"),
    [
        ([[1.0], [2.0]], [0, 3], "`kept`"),
        ([[1.0], [2.0]], [0, 0.5], "`kept`"),
        ([[1.0], [float("nan")]], [0, 1], "`means"),
        ([[1.0], [1e9]], [0, 1], "`means"),
        ([], [], "`means`"),
        ("far", [0], "`means`"),
    ],
)
def test_places_that_are_not_valid_are_named(means: Any, kept: list[Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        rearranged(UNEVEN, means, kept)
