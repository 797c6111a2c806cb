"""Ranges of sliders, for all targets."""

from __future__ import annotations

import pytest

from core.targets.parameters import Number
from core.targets.registry import TARGETS
from dashboard.controls.slider_ranges import slider_range

NUMBERS = [
    (target, name, spec)
    for target, entry in TARGETS.items()
    for name, spec in entry.parameters.items()
    if isinstance(spec, Number)
]


@pytest.mark.parametrize(("target", "name", "spec"), NUMBERS)
def test_range_lies_within_the_limits_and_holds_the_default(target: str, name: str, spec: Number) -> None:
    low, high = slider_range(target, name, spec)
    assert spec.minimum <= low <= spec.default <= high <= spec.maximum


def test_parameter_without_a_range_slides_over_its_limits() -> None:
    assert slider_range("new", "spread", Number(1.0, 0.1, 10.0, "")) == (0.1, 10.0)
