"""The device that trains the networks: the CPU, or an accelerator that PyTorch supports."""

from __future__ import annotations

import torch

from core import checks
from core.problem import DEVICES

# With fewer collocation points per step, the matrices are too small for a second thread.
THREADED_POINTS = 600


def device_of(name: str) -> torch.device:
    """Look up a device by its name in `DEVICES`.

    Raises:
        ValueError: the name is unknown, or this machine has no such device.
    """
    checks.choice("device", name, DEVICES)
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there[name]:
        raise ValueError(f"`device` is {name}, but PyTorch finds no such device on this machine; use cpu.")
    return torch.device(name)


def choose_threads(num_points: int) -> None:
    """Limit PyTorch to one compute thread if further threads would only wait for each other; otherwise leave their number unchanged.

    Args:
        num_points: collocation points per step. With 400 of them, a step took 42 ms on one thread and 66 ms on two.
    """
    if num_points < THREADED_POINTS:
        torch.set_num_threads(1)
