"""Training on an accelerator, and the error if the machine has none."""

from __future__ import annotations

import math

import pytest
import torch

from core.budget import Budget
from core.interpolations.build import build_latent
from core.problem import INTERPOLATIONS, OPTIMISERS, Problem, TargetSpec, TrainingSettings
from core.training.device import DEVICES, choose_threads, device_of
from core.training.loop import train

HERE = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
ACCELERATORS = [
    pytest.param(name, marks=pytest.mark.skipif(not there, reason=f"PyTorch finds no {name} device here"))
    for name, there in HERE.items()
]


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("device", ACCELERATORS)
def test_accelerator_trains_the_same_curve(device: str, optimiser: str, interpolation: str) -> None:
    training = TrainingSettings(width=8, depth=2, batch_size=64, optimiser=optimiser)
    problem = Problem(TargetSpec.of("two_modes"), interpolation, sigma=2.0, training=training)
    # A snapshot's loss is the mean since the last snapshot, whose time depends on the clock. After one step it is that step's loss.
    first = [list(train(problem, Budget(steps=1), device=name))[-1].loss for name in (device, "cpu")]
    assert math.isfinite(first[0])
    assert first[0] == pytest.approx(first[1], rel=1e-3)
    there, here = [list(train(problem, Budget(steps=5), device=name))[-1].field for name in (device, "cpu")]
    x = build_latent(problem).sample(64, torch.Generator().manual_seed(0))
    t = torch.linspace(0, 1, 64, dtype=torch.float64)
    expected = here.evaluate(t, x).velocity
    error = (there.evaluate(t, x).velocity - expected).norm() / expected.norm()
    assert error < 0.02


@pytest.mark.parametrize("device", [name for name, there in HERE.items() if not there])
def test_missing_device_is_refused(device: str) -> None:
    with pytest.raises(
        ValueError, match=f"`device` is {device}, but PyTorch finds no such device on this machine"
    ):
        device_of(device)


def test_unknown_device_name_is_refused() -> None:
    assert [device_of("cpu").type] == ["cpu"]
    with pytest.raises(ValueError, match="`device`.*" + ".*".join(DEVICES)):
        device_of("tpu")


@pytest.mark.parametrize(("num_points", "expected"), [(400, 1), (1000, 2)])
def test_small_steps_use_one_thread(num_points: int, expected: int) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        choose_threads(num_points)
        assert torch.get_num_threads() == expected
    finally:
        torch.set_num_threads(before)
