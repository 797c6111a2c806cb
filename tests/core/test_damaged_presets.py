"""Damaged, missing and misplaced presets are treated as absent, and logged once."""

from __future__ import annotations

import logging
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import presets
from core.pictures.frames import Frames
from core.presets import EXAMPLES, FIRST, frames, records, runs, sealed
from core.results.report import Report
from core.store.database import FILE
from core.store.folder import COURSE, EXACT, FRAMES
from core.store.records import Result

LEARNED = replace(FIRST, interpolation="learned")
(RING,) = (problem for problem in EXAMPLES["forgotten"].problems)
FOLDER = frames.FOLDER
RUN = FOLDER / "runs" / runs.id_of(LEARNED)
Read = Callable[[], Any]
READS: dict[str, tuple[Path, Read]] = {
    "exact": (presets.path(FIRST), lambda: presets.exact(FIRST)),
    "exact in the plane": (presets.path(RING), lambda: presets.exact(RING)),
    "records of the runs": (FOLDER / FILE, lambda: presets.learned(LEARNED)),
    "frames of a run": (RUN / FRAMES, lambda: presets.learned(LEARNED)),
    "exact frames of a run": (RUN / EXACT, lambda: presets.learned(LEARNED)),
    "course of a run": (RUN / COURSE.format(0), lambda: presets.learned(LEARNED)),
    "growth": (FOLDER / records.GROWTH, presets.growth),
    "energies": (FOLDER / records.ENERGIES.format("ring"), lambda: presets.energy_grid("ring")),
}
each = pytest.mark.parametrize("name", READS)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the presets that tests may damage."""
    folder = tmp_path / "presets"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setattr(frames, "FOLDER", folder)
    sealed.log_absent.cache_clear()
    return folder


def file_of(name: str, folder: Path) -> tuple[Path, Read]:
    path, read = READS[name]
    return folder / path.relative_to(FOLDER), read


@each
def test_truncated_file_is_absent(name: str, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    file, read = file_of(name, folder)
    assert read() is not None
    whole = file.read_bytes()
    # The last bytes of the database may be unused.
    for size in (0, 1, len(whole) // 2, *([] if file.name == FILE else [len(whole) - 3])):
        file.write_bytes(whole[:size])
        assert read() is None, size
    assert (runs.id_of(LEARNED) if "run" in name else file.stem) in caplog.text


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


def test_run_of_another_seed_is_absent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `id_of` replaced, the problem with another seed leads to the file of `LEARNED`."""
    assert presets.learned(replace(LEARNED, seed=1)) is None
    known = runs.id_of(LEARNED)
    monkeypatch.setattr(runs, "id_of", lambda problem: known)
    assert presets.learned(LEARNED) is not None
    assert presets.learned(replace(LEARNED, seed=1)) is None


def test_new_run_with_an_older_file_is_absent(folder: Path) -> None:
    older = (folder / RUN.relative_to(FOLDER) / FRAMES).read_bytes()
    run = presets.learned(LEARNED)
    assert run is not None
    (file, *_) = [
        file
        for file in runs.save(replace(run, frames=replace(run.frames, log_z=run.frames.log_z + 1)))
        if file.name == FRAMES
    ]
    assert presets.learned(LEARNED) is not None
    file.write_bytes(older)
    assert presets.learned(LEARNED) is None


def test_record_with_a_changed_number_is_absent(folder: Path) -> None:
    with sqlite3.connect(folder / FILE) as connection:
        connection.execute("UPDATE runs SET steps = steps + 1 WHERE id = ?", (runs.id_of(LEARNED),))
    connection.close()
    assert presets.learned(LEARNED) is None


def test_reading_changes_no_file(folder: Path) -> None:
    """Damaged files stay where they are, since the folder may belong to a source tree or to another user."""
    (folder / RUN.relative_to(FOLDER) / FRAMES).write_bytes(b"nonsense")
    before = sorted(folder.rglob("*"))
    assert presets.learned(LEARNED) is None
    assert sorted(folder.rglob("*")) == before


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
    if file.name != FILE:  # most of the database holds other runs
        assert absent > times / 2


def _plain(value: Any) -> Any:
    """Convert to a value that compares equal to itself, NaN included."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Report):
        return repr(value.to_dict())
    if isinstance(value, (Frames, Result, presets.Stored)):
        return [_plain(getattr(value, field.name)) for field in fields(value)]
    if hasattr(value, "__dataclass_fields__") and hasattr(value, "separation"):
        return [_plain(item) for item in vars(value).values()]
    return value
