"""Damaged, missing and misplaced presets are treated as absent, and logged once."""

from __future__ import annotations

import logging
import random
import shutil
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import presets
from core.pictures.frames import Frames
from core.presets import EXAMPLES, FIRST, records, sealed, store
from core.results.report import Report

LEARNED = replace(FIRST, interpolation="learned")
(RING,) = (problem for problem in EXAMPLES["forgotten"].problems)
Read = Callable[[], Any]
READS: dict[str, tuple[Path, Read]] = {
    "exact": (store.path(FIRST), lambda: presets.exact(FIRST)),
    "exact in the plane": (store.path(RING), lambda: presets.exact(RING)),
    "record of a run": (store.files(LEARNED)[0], lambda: presets.learned(LEARNED)),
    "frames of a run": (store.files(LEARNED)[1], lambda: presets.learned(LEARNED)),
    "exact frames of a run": (store.files(LEARNED)[2], lambda: presets.learned(LEARNED)),
    "growth": (store.FOLDER / records.GROWTH, presets.growth),
    "energies": (store.FOLDER / records.ENERGIES.format("ring"), lambda: presets.energy_grid("ring")),
}
each = pytest.mark.parametrize("name", READS)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the presets that tests may damage."""
    folder = tmp_path / "presets"
    shutil.copytree(store.FOLDER, folder)
    monkeypatch.setattr(store, "FOLDER", folder)
    sealed.log_absent.cache_clear()
    return folder


def file_of(name: str, folder: Path) -> tuple[Path, Read]:
    path, read = READS[name]
    return folder / path.name, read


@each
def test_truncated_file_is_absent(name: str, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    file, read = file_of(name, folder)
    assert read() is not None
    whole = file.read_bytes()
    for size in (0, 1, len(whole) // 2, len(whole) - 3):
        file.write_bytes(whole[:size])
        assert read() is None, size
    assert file.stem.split("-exact")[0] in caplog.text


@each
def test_damage_is_logged_once(name: str, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    file, read = file_of(name, folder)
    file.write_bytes(b"nonsense")
    with caplog.at_level(logging.WARNING):
        assert [read() for _ in range(3)] == [None] * 3
    assert len(caplog.records) == 1


@each
def test_missing_file_is_absent(name: str, folder: Path) -> None:
    file, read = file_of(name, folder)
    file.unlink()
    assert read() is None


@pytest.mark.parametrize(("name", "other"), [(a, b) for a in READS for b in READS if a != b])
def test_file_in_the_place_of_another_is_absent(name: str, other: str, folder: Path) -> None:
    file, read = file_of(name, folder)
    shutil.copy2(READS[other][0], file)
    assert read() is None


def test_run_of_another_seed_is_absent(folder: Path) -> None:
    """The test renames the files of one run to those of another problem."""
    other = replace(LEARNED, seed=1)
    for file, place in zip(store.files(LEARNED), store.files(other), strict=True):
        shutil.copy2(file, place)
    assert presets.learned(other) is None


def test_new_frames_with_an_older_record_are_absent(folder: Path) -> None:
    run = presets.learned(LEARNED)
    assert run is not None
    replace(run, frames=replace(run.frames, log_z=run.frames.log_z + 1)).save()
    record, frames, _ = store.files(LEARNED)
    older = READS["record of a run"][0].read_bytes()
    assert presets.learned(LEARNED) is not None
    record.write_bytes(older)
    assert presets.learned(LEARNED) is None
    assert frames.exists()


def test_changed_number_in_a_record_is_absent(folder: Path) -> None:
    """Changed digits leave valid JSON, so the digest must reveal them."""
    file, read = file_of("record of a run", folder)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"step": ', '"step": 1', 1), encoding="utf-8")
    assert read() is None


@each
def test_flipped_bits_never_change_what_is_shown(name: str, folder: Path) -> None:
    _flip(name, folder, 25)


@pytest.mark.long
@each
def test_many_flipped_bits_never_change_what_is_shown(name: str, folder: Path) -> None:
    _flip(name, folder, 1000)


def _flip(name: str, folder: Path, times: int) -> None:
    file, read = file_of(name, folder)
    whole, before, draws = file.read_bytes(), read(), random.Random(name)
    absent = 0
    for _ in range(times):
        damaged = bytearray(whole)
        for _ in range(draws.choice((1, 1, 2, 8))):
            damaged[draws.randrange(len(whole))] ^= 1 << draws.randrange(8)
        file.write_bytes(damaged)
        after = read()
        absent += after is None
        assert after is None or _plain(after) == _plain(before)
    assert absent > times / 2


def _plain(value: Any) -> Any:
    """Convert to a value that compares equal to itself, NaN included."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Report):
        return repr(value.to_dict())
    if isinstance(value, (Frames, presets.Stored)):
        return [_plain(getattr(value, field.name)) for field in fields(value)]
    if hasattr(value, "__dataclass_fields__") and hasattr(value, "separation"):
        return [_plain(item) for item in vars(value).values()]
    return value
