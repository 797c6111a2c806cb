"""Pages without presets: if files are missing or damaged, their content is computed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core import teleportation
from core.presets import frames, growth
from dashboard import cache, engine
from tests.dashboard.pages import badges, open_page, reel


@pytest.fixture(params=["missing", "truncated", "swapped"])
def damaged(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Damage all presets in one way."""
    folder = tmp_path / "presets"
    shutil.copytree(frames.FOLDER, folder)
    for kind in ("npz", "json", "sqlite"):
        files = sorted(folder.rglob(f"*.{kind}"))
        contents = [file.read_bytes() for file in files]
        for i, file in enumerate(files):
            if request.param == "missing":
                file.unlink()
            else:
                swapped = contents[(i + 1) % len(files)]
                file.write_bytes(contents[i][:-50] if request.param == "truncated" else swapped)
    monkeypatch.setattr(frames, "FOLDER", folder)
    # On a busy machine, importing the engine alone may exceed a page's timeout.
    engine.load()
    _forget()
    yield
    _forget()


def _forget() -> None:
    for kept in (cache._read_preset, cache.trained_earlier, cache.growth, cache.energy_grid):
        kept.clear()


@pytest.mark.usefixtures("damaged")
def test_explore_computes_without_presets() -> None:
    app = open_page()
    assert not app.exception
    assert not app.error
    # No saved results, and complete exact frames.
    assert badges(app) == ["exact", "not trained yet · starts from the linear curve", "exact"]
    energy = reel(app)[1]["0.exact.kinetic_energy"]
    assert energy[-1] == pytest.approx(396, rel=0.01)


@pytest.mark.usefixtures("damaged")
def test_teleportation_computes_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []

    def quick_growth() -> teleportation.Growth:
        computed.append("growth")
        separations = np.array(teleportation.SEPARATIONS)
        return teleportation.Growth(separations, *[separations] * 5)

    def quick_grid(target: object) -> teleportation.EnergyGrid:
        computed.append("grid")
        sigma, separation = np.array(teleportation.PLANE_SIGMAS), np.array(teleportation.PLANE_SEPARATIONS)
        times = np.linspace(0, 1, teleportation.PLANE_TIMES)
        energy = np.ones((len(sigma), len(separation), len(times)))
        return teleportation.EnergyGrid(sigma, separation, times, energy, energy, energy[..., 0])

    monkeypatch.setattr(teleportation, "growth", quick_growth)
    monkeypatch.setattr(teleportation, "energy_grid", quick_grid)
    app = open_page()
    app.switch_page("app_pages/teleportation.py").run()
    assert not app.exception
    assert computed == ["growth", "grid"]


def test_saved_record_is_read_once() -> None:
    _forget()
    assert cache.growth() is cache.growth()
    np.testing.assert_array_equal(cache.growth().linear_action, growth().linear_action)
