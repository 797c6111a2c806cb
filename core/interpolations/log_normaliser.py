"""The learned log Z_t of a curve defined by unnormalised energies."""

from __future__ import annotations

import torch
from torch import nn

from core.networks import ScalarNetwork
from core.types import Times, Values

WIDTH = 16
DEPTH = 2


class LogNormaliser(nn.Module):
    """`log Z_t = log Z_0 + t·u(t)` with a small network u; exact at t = 0 without training.

    Args:
        log_z_start: log Z_0 of the latent, in nats.
        generator: draws the initial weights.
    """

    def __init__(self, log_z_start: float, generator: torch.Generator) -> None:
        super().__init__()
        self.log_z_start = log_z_start
        self.network = ScalarNetwork(0, WIDTH, DEPTH, generator)

    def forward(self, t: Times) -> tuple[Values, Values]:
        """`log Z_t` and its rate C_t = d/dt log Z_t."""
        u = self.network(t, t.new_zeros(len(t), 0))
        return self.log_z_start + t * u.value, u.value + t * u.dt
