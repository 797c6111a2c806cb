"""Downloads of samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from core.presets import FIRST, learned
from dashboard.pins.pins import pin_of_stored

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("kind", ["CSV", "NPZ"])
def test_samples_are_downloaded_with_their_weights(page: Page, app: str, tmp_path: Path, kind: str) -> None:
    stored = learned(FIRST)
    assert stored is not None
    page.goto(f"{app}/compare?pins={pin_of_stored(stored).name}")
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Samples ({kind})").click()
    assert download.value.suggested_filename == f"shifted_pair-linear-samples.{kind.lower()}"
    file = tmp_path / "samples"
    download.value.save_as(file)
    if kind == "CSV":
        header, *rows = file.read_text().splitlines()
        assert header == "x1,log_weight"
        assert len(rows) == len(stored.frames.samples)
        return
    with np.load(file) as archive:
        np.testing.assert_array_equal(archive["x"], stored.frames.samples)
        assert archive["log_weight"].shape == (len(stored.frames.samples),)
