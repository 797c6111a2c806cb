"""Boxes: their hull, centre and samples."""

from __future__ import annotations

import torch

from core.types import Box


def box(lower: list[float], upper: list[float]) -> Box:
    return Box(torch.tensor(lower, dtype=torch.float64), torch.tensor(upper, dtype=torch.float64))


def test_hull_contains_both_boxes() -> None:
    hull = box([0, 0], [1, 2]).hull(box([-1, 1], [0.5, 5]))
    assert (hull.lower.tolist(), hull.upper.tolist()) == ([-1, 0], [1, 5])


def test_center_and_half_width() -> None:
    wide = box([-1, 0], [5, 2])
    assert wide.center.tolist() == [2, 1]
    assert wide.half_width == 3


def test_box_samples_are_uniform(generator: torch.Generator) -> None:
    x = box([-1, 4], [1, 10]).sample(20_000, generator)
    assert x.amin(0).tolist() >= [-1, 4]
    assert bool(((x >= torch.tensor([-1, 4])) & (x <= torch.tensor([1, 10]))).all())
    assert torch.allclose(x.mean(0), torch.tensor([0.0, 7.0], dtype=x.dtype), atol=0.1)
    assert torch.allclose(x.var(0), torch.tensor([4 / 12, 36 / 12], dtype=x.dtype), rtol=0.05)


def test_box_samples_have_the_precision_of_the_box(generator: torch.Generator) -> None:
    assert box([0], [1]).to(torch.float32).sample(2, generator).dtype == torch.float32
