"""The device that trains the networks: the CPU, or an accelerator that PyTorch supports."""

from __future__ import annotations

import torch

from core import checks
from core.problem import DEVICES


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
