"""The notes below the player: which notes appear for which link."""

from __future__ import annotations

import pytest

from tests.dashboard.pages import open_page, texts

ROUGH, FAR = "so the value is approximate", "does not lie among"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        pytest.param(
            {"target": "gmm40", "sigma": "30", "interpolation": "linear"}, {ROUGH}, marks=pytest.mark.thorough
        ),
        ({"target": "ring", "sigma": "3", "interpolation": "linear"}, set()),
        pytest.param(
            {"target": "gmm40", "sigma": "30", "interpolation": "gradient_flow"},
            set(),
            marks=pytest.mark.thorough,
        ),
        ({"target": "mixture", "means": "9\n14", "interpolation": "linear"}, {FAR}),
        ({"target": "mixture", "means": "9\n14", "center": "target", "interpolation": "linear"}, set()),
    ],
)
def test_notes_appear_where_they_apply(link: dict[str, str], expected: set[str]) -> None:
    page = texts(open_page(**link))
    assert {part for part in (ROUGH, FAR) if part in page} == expected
