"""The run store: saved runs are found again unchanged and in the right order, and are kept only as long as they should be."""

from __future__ import annotations

import math
import sqlite3
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from core import store as public
from core.results.report import Metrics
from core.store import place, schema
from core.store.database import FILE
from core.store.errors import NewerStoreError, StoreError, UnknownRunError
from core.store.housekeeping import prune, remove_leftovers, verify
from core.store.query import Query
from core.store.recording import MOST_CHECKPOINTS, thinned
from core.store.records import Result
from core.store.store import Store
from tests.core.stores import FINISHED, LINE, METRICS, REPORT, frames, open_store


def test_saved_run_is_read_back_unchanged(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        saved = store.save(FINISHED, frames(), owner="token")
    with open_store(tmp_path) as store:
        (run,) = store.runs()
        assert run.result.report is not None
        assert math.isnan(run.result.report.metrics.sinkhorn)
        assert run.to_dict() == saved.to_dict()
        assert store.run(run.id[:5]).id == run.id
        pictures = store.frames(run.id)
        assert pictures is not None
        np.testing.assert_array_equal(pictures.samples, frames().samples)
        assert (run.is_owned_by("token"), run.is_owned_by("other")) == (True, False)
        assert "token" not in str(run)
        assert run.size == store.size() > 0
        assert verify(store) == []


def test_scores_are_columns(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.save(FINISHED)
    connection = sqlite3.connect(tmp_path / FILE)
    row = connection.execute(
        "SELECT metric_mode_tv, floor_ess_fraction, metric_sinkhorn FROM runs"
    ).fetchone()
    connection.close()
    assert row == (METRICS.mode_tv, METRICS.ess_fraction, None)


def test_every_metric_has_a_column() -> None:
    """If this fails, add a migration that adds the columns of the new metric."""
    assert set(schema.METRICS) == {f.name for f in fields(Metrics)}


def test_runs_are_selected_and_sorted(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        ids = []
        for sigma, tv in ((1.0, 0.3), (2.0, 0.1), (3.0, math.nan)):
            report = replace(REPORT, metrics=replace(METRICS, mode_tv=tv))
            ids.append(store.save(replace(FINISHED, problem=replace(LINE, sigma=sigma), report=report)).id)
        assert [run.id for run in store.runs()] == ids[::-1]
        assert [run.id for run in store.runs(Query(order="mode_tv"))] == [ids[1], ids[0], ids[2]]
        assert [run.id for run in store.runs(Query(sigma=2.0))] == [ids[1]]
        assert store.runs(Query(status="stopped")) == []
        assert store.runs(Query(since="9999")) == []
        assert len(store.runs(Query(limit=2))) == 2
    with pytest.raises(ValueError, match="order"):
        Query(order="note")


def test_equal_problem_finds_its_newest_complete_run(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        assert store.equal(LINE) is None
        store.save(FINISHED)
        newest = store.save(FINISHED)
        store.save(replace(FINISHED, status="diverged"))
        store.save(replace(FINISHED, kind="mala"))
        equal = store.equal(LINE)
        assert equal is not None
        assert equal.id == newest.id
        assert store.equal(replace(LINE, seed=1)) is None


def test_run_is_interrupted_once_nobody_works_on_it(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, open_store(tmp_path) as other:
        recording = store.begin(Result(LINE, "training"))
        assert other.run(recording.id).result.status == "training"
        with pytest.raises(StoreError, match="still training"):
            other.delete(recording.id)
        with pytest.raises(StoreError, match="Another process"):
            other.resume(recording.id)
        recording.close()
        assert other.run(recording.id).result.status == "interrupted"
        with other.resume(recording.id) as resumed:
            assert resumed.finish(FINISHED).result.status == "finished"
        assert [run.id for run in store.runs(Query(status="finished"))] == [recording.id]


def test_checkpoints_are_thinned_and_the_newest_remains(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store.begin(Result(LINE, "training")) as recording:
        for step in range(40):
            recording.checkpoint(replace(FINISHED, steps=step), f"{step}".encode())
        files = store.files(recording.id)
        assert 5 <= len(files) <= MOST_CHECKPOINTS
        assert store.read(recording.id, files[-1]) == b"39"
        assert len(store.folder.names(recording.id)) == len(files)


@pytest.mark.parametrize("count", [1, 15, 16, 17, 33, 1000])
def test_thinned_checkpoints_stay_evenly_spread(count: int) -> None:
    kept: set[int] = set()
    for number in range(count):
        kept = thinned([*kept, number])
    gaps = np.diff(sorted(kept))
    assert len(kept) <= MOST_CHECKPOINTS
    assert {0, count - 1} <= kept
    assert len(set(gaps[:-1].tolist())) <= 1


def test_edited_texts_and_pins_are_kept(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        run = store.save(FINISHED)
        store.edit(run.id, name="far modes", pinned=True)
        store.edit(run.id, note="σ is too small")
        seen = store.run(run.id)
        assert (seen.name, seen.note, seen.pinned) == ("far modes", "σ is too small", True)
        with pytest.raises(StoreError, match="at most 120"):
            store.edit(run.id, name="x" * 121)
        with pytest.raises(UnknownRunError):
            store.edit("0" * 12, name="x")


def test_pruning_removes_the_oldest_that_are_not_pinned(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        ids = [store.save(FINISHED, frames(i)).id for i in range(4)]
        store.edit(ids[0], pinned=True)
        assert prune(store, store.size() - 1) == [ids[1]]
        assert not store.folder.of(ids[1]).exists()
        assert prune(store, 0) == ids[2:]
        assert [run.id for run in store.runs()] == [ids[0]]


def test_saving_beyond_the_limit_removes_older_runs(tmp_path: Path) -> None:
    with open_store(tmp_path, most_bytes=1) as store:
        ids = [store.save(FINISHED, frames(i)).id for i in range(3)]
        assert [run.id for run in store.runs()] == ids[-1:]


def test_deleted_run_leaves_no_files(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        run = store.save(FINISHED, frames())
        store.delete(run.id)
        assert store.runs() == []
        assert store.files(run.id) == []
        assert not store.folder.of(run.id).exists()
        with pytest.raises(UnknownRunError):
            store.delete(run.id)


def test_leftover_files_are_removed_but_not_those_of_a_writer(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        run = store.save(FINISHED, frames())
        (store.folder.of(run.id) / "frames.npz.1234.part").write_bytes(b"half")
        store.folder.write("0" * 12, "frames.npz", b"of a run that was never recorded")
        with store.begin(Result(LINE, "training")) as recording:
            store.folder.write(recording.id, "frames.npz", b"not listed yet")
            assert sorted(remove_leftovers(store)) == ["0" * 12, f"{run.id}/frames.npz.1234.part"]
            assert store.folder.names(recording.id) == ["frames.npz"]
        assert verify(store) == []


def test_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerStoreError, match="newer version"):
        open_store(tmp_path)


def test_older_store_migrates_and_keeps_its_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(tmp_path) as store:
        run = store.save(FINISHED, frames())
    added = (*schema.MIGRATIONS, ("ALTER TABLE runs ADD COLUMN colour TEXT",))
    monkeypatch.setattr(schema, "MIGRATIONS", added)
    for _ in range(2):
        with open_store(tmp_path) as store:
            assert [found.to_dict() for found in store.runs()] == [run.to_dict()]
            assert verify(store) == []
    # Without the last migration, the program is older than the store.
    monkeypatch.setattr(schema, "MIGRATIONS", added[:1])
    with pytest.raises(NewerStoreError):
        open_store(tmp_path)


def test_older_read_only_store_is_read_without_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path) as store:
        run = store.save(FINISHED, frames())
        store.settle()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    added = (*schema.MIGRATIONS, ("ALTER TABLE runs ADD COLUMN colour TEXT",))
    monkeypatch.setattr(schema, "MIGRATIONS", added)
    with Store(tmp_path, 10**9, 1.0, read_only=True) as store:
        assert [found.to_dict() for found in store.runs()] == [run.to_dict()]
        assert store.frames(run.id) is not None
        assert store.rows("SELECT colour FROM runs")[0]["colour"] is None
        with pytest.raises(StoreError, match="read-only"):
            store.save(FINISHED)
    assert before == {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}


def test_failed_migration_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(tmp_path) as store:
        store.save(FINISHED)
    known = schema.MIGRATIONS
    monkeypatch.setattr(schema, "MIGRATIONS", (*known, ("ALTER TABLE runs ADD COLUMN x TEXT", "NONSENSE")))
    with pytest.raises(StoreError):
        open_store(tmp_path)
    monkeypatch.setattr(schema, "MIGRATIONS", known)
    with open_store(tmp_path) as store:
        assert len(store.runs()) == 1


def test_environment_chooses_place_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(place.FOLDER, str(tmp_path / "a" / "b"))
    monkeypatch.setenv(place.SIZE, "0.5")
    with public.open() as store:
        assert (store.folder.path, store.most_bytes) == (tmp_path / "a" / "b", 500_000_000)
    monkeypatch.setenv(place.SIZE, "many")
    with pytest.raises(ValueError, match=place.SIZE):
        place.most_bytes()
    monkeypatch.delenv(place.FOLDER)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert "boltzmann-curve-lab" in str(place.store_folder())
