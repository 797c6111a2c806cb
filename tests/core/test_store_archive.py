"""Archives of runs: an import gives the same runs, and rejects any archive that is not valid."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.store.archive import MANIFEST, export
from core.store.archive_import import import_archive
from core.store.course import Course
from core.store.errors import StoreError
from core.store.housekeeping import verify
from core.store.store import Store
from core.training.checkpoint import encode
from tests.core.stores import FINISHED, LINE, frames, open_store


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An archive of two runs, one with checkpoints."""
    import torch

    folder = tmp_path_factory.mktemp("exported")
    with open_store(folder / "store") as store:
        store.edit(store.save(FINISHED, frames(1), owner="secret").id, name="one", pinned=True)
        with store.begin(FINISHED) as recording:
            content = encode(LINE, {"model.x": torch.zeros(3)})
            course = Course({"loss": 0.5}, ((0.1, 2.0),), ((0.1, 0.5, 100),), "", ((0, 20, 1.5),)).pack()
            recording.checkpoint(FINISHED, content, frames(3).pack(), lambda _: course)
            recording.finish(FINISHED, frames(2))
        export(store, store.runs(), folder / "runs.zip")
    return (folder / "runs.zip").read_bytes()


def imported(content: bytes, folder: Path) -> list[dict[str, Any]]:
    """The runs in a new store after an import."""
    (folder / "in.zip").write_bytes(content)
    with open_store(folder / "store") as store:
        import_archive(store, folder / "in.zip")
        assert verify(store) == []
        return [run.to_dict() for run in store.runs()]


def test_exported_runs_are_imported_unchanged(tmp_path: Path) -> None:
    with open_store(tmp_path / "from") as store, open_store(tmp_path / "to") as other:
        runs = [store.save(FINISHED, frames(i), owner="secret") for i in range(3)]
        export(store, runs, tmp_path / "runs.zip")
        assert b"secret" not in (tmp_path / "runs.zip").read_bytes()
        done = import_archive(other, tmp_path / "runs.zip")
        assert done.added == tuple(run.id for run in runs)
        assert {run.id: run.to_dict() for run in other.runs()} == {run.id: run.to_dict() for run in runs}
        assert all(run.owner is None for run in other.runs())
        assert [other.files(run.id) for run in runs] == [store.files(run.id) for run in runs]
        again = import_archive(other, tmp_path / "runs.zip")
        assert (again.added, again.existing) == ((), done.added)
        assert verify(other) == []


def test_damaged_run_is_not_exported(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        run = store.save(FINISHED, frames())
        (store.folder.of(run.id) / "frames.npz").write_bytes(b"nonsense")
        with pytest.raises(StoreError, match="damaged"):
            export(store, [run], tmp_path / "runs.zip")
        assert not (tmp_path / "runs.zip").exists()


def rewritten(content: bytes, change: Callable[[dict[str, Any], dict[str, bytes]], Any]) -> bytes:
    """An archive whose manifest and members have been changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    change(manifest, members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for name, data in {MANIFEST: json.dumps(manifest).encode(), **members}.items():
            new.writestr(name, data)
    return buffer.getvalue()


def of_run(key: str, value: Any) -> Callable[[dict[str, Any], dict[str, bytes]], Any]:
    return lambda manifest, members: manifest["runs"][0].update({key: value})


def of_file(key: str, value: Any) -> Callable[[dict[str, Any], dict[str, bytes]], Any]:
    return lambda manifest, members: manifest["runs"][0]["files"][0].update({key: value})


INVALID: dict[str, Callable[[dict[str, Any], dict[str, bytes]], Any]] = {
    "member outside the store": lambda manifest, members: members.update({"../outside": b"x"}),
    "absolute member": lambda manifest, members: members.update({"/outside": b"x"}),
    "file name outside the store": of_file("name", "../../outside"),
    "id outside the store": of_run("id", "../../outside"),
    "wrong checksum": of_file("sha256", "0" * 64),
    "wrong size": of_file("size", 1),
    "huge size": of_file("size", 10**15),
    "missing member": lambda manifest, members: members.popitem(),
    "two equal runs": lambda manifest, members: manifest["runs"].append(manifest["runs"][0]),
    "newer version": lambda manifest, members: manifest.update(version=99),
    "other format": lambda manifest, members: manifest.update(format="zip"),
    "unknown key": of_run("owner", "me"),
    "sigma out of range": lambda manifest, members: manifest["runs"][0]["problem"].update(sigma=-1),
    "negative steps": of_run("steps", -1),
    "endless seconds": of_run("seconds", 1e999),
    "unknown status": of_run("status", "perfect"),
    "long name": of_run("name", "x" * 10_000),
    "no time": of_run("created", "yesterday"),
    "metric that is text": lambda manifest, members: manifest["runs"][0]["report"]["metrics"].update(emc="1"),
    "checkpoint of another problem": lambda manifest, members: [
        run["problem"].update(seed=1) for run in manifest["runs"]
    ],
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_archive_is_refused_whole(name: str, archive: bytes, tmp_path: Path) -> None:
    content = rewritten(archive, INVALID[name])
    with pytest.raises(StoreError, match="Nothing is imported") as caught:
        imported(content, tmp_path)
    assert "\n" not in str(caught.value)
    with open_store(tmp_path / "store") as store:
        assert store.runs() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.zip", "store"]


def test_rewritten_archive_without_changes_is_imported(archive: bytes, tmp_path: Path) -> None:
    runs = imported(rewritten(archive, lambda manifest, members: None), tmp_path)
    assert sorted(run["name"] for run in runs) == ["", "one"]


def mutated(content: bytes, choice: random.Random) -> bytes:
    """A damaged archive: with flipped bytes, cut off, or with a value of its manifest replaced."""
    kind = choice.randrange(3)
    if kind == 0:
        return content[: choice.randrange(len(content))]
    if kind == 1:
        data = bytearray(content)
        for _ in range(choice.randrange(1, 20)):
            data[choice.randrange(len(data))] = choice.randrange(256)
        return bytes(data)
    return rewritten(content, lambda manifest, members: _replace_a_value(manifest, choice))


def _replace_a_value(node: Any, choice: random.Random) -> None:
    while True:
        key = choice.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not isinstance(node[key], (dict, list)) or not node[key] or choice.random() < 0.1:
            break
        node = node[key]
    values = [None, True, -1, 0, 1e300, 1e999, 2**70, "", "../x", "x" * 300, "\ud800", [], {}, [[]], {"a": 1}]
    node[key] = choice.choice(values)


def fuzz(count: int, archive: bytes, folder: Path) -> None:
    """Import damaged archives into one store. Each is rejected with a sentence, or gives complete runs."""
    choice, accepted, sentences = random.Random(11), 0, list[str]()
    with open_store(folder / "store") as store:
        for _ in range(count):
            (folder / "in.zip").write_bytes(mutated(archive, choice))
            try:
                accepted += bool(import_archive(store, folder / "in.zip").added)
            except StoreError as error:
                sentences.append(str(error))
            _check_and_empty(store)
    assert accepted < count / 2
    assert not any("\n" in sentence for sentence in sentences)
    assert sorted(path.name for path in folder.iterdir()) == ["in.zip", "store"]


def _check_and_empty(store: Store) -> None:
    assert {path.name for path in store.folder.path.iterdir()} <= {
        "runs",
        "locks",
        "runs.sqlite",
        "runs.sqlite-wal",
        "runs.sqlite-shm",
    }
    runs = store.runs()
    assert {run.id for run in runs} == set(store.folder.run_ids())
    if runs:
        assert verify(store) == []
    for run in runs:
        json.dumps(run.to_dict(), allow_nan=False)
        store.delete(run.id)


def test_mutated_archives_are_refused_or_imported_whole(archive: bytes, tmp_path: Path) -> None:
    fuzz(100, archive, tmp_path)


@pytest.mark.long
def test_ten_thousand_mutated_archives_are_refused_or_imported_whole(archive: bytes, tmp_path: Path) -> None:
    fuzz(10_000, archive, tmp_path)
