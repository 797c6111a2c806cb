"""The random streams of a problem, all derived from its seed."""

from __future__ import annotations

import torch

from core.problem import Problem

# Seed offsets of separate random streams, so that the number of training steps does not affect the samples.
_SAMPLE_STREAM, _EXACT_STREAM = 1_000_003, 2_000_003


def sample_generator(problem: Problem) -> torch.Generator:
    """The generator of the latent samples."""
    return torch.Generator().manual_seed(problem.seed + _SAMPLE_STREAM)


def exact_generator(problem: Problem) -> torch.Generator:
    """The generator of the exact samples that serve for comparison."""
    return torch.Generator().manual_seed(problem.seed + _EXACT_STREAM)
