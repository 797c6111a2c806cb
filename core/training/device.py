"""Where the networks are trained: the processor, or an accelerator that PyTorch knows."""

from __future__ import annotations

import torch

from core import checks
from core.problem import DEVICES


def device_of(name: str) -> torch.device:
    """The device of a name in `DEVICES`.

    Raises:
        ValueError: no such name, or this machine has none.
    """
    checks.choice("device", name, DEVICES)
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there[name]:
        raise ValueError(f"`device` is {name}, but PyTorch finds none on this machine; use cpu.")
    return torch.device(name)
