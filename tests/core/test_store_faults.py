"""Faults of the disk and of other programs: each gives an error sentence, and saved runs stay complete."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import files
from core.store.database import FILE
from core.store.errors import DamagedError, StoreError
from core.store.housekeeping import remove_leftovers, verify
from core.store.records import Result
from tests.core.command_line import ROOT
from tests.core.stores import FINISHED, LINE, frames, open_store
from tests.services import until


@pytest.mark.parametrize("harm", ["truncated", "flipped", "missing"])
def test_damaged_file_is_named_and_set_aside(harm: str, tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        whole, damaged = store.save(FINISHED, frames(1)), store.save(FINISHED, frames(2))
        place = store.folder.of(damaged.id) / "frames.npz"
        content = bytearray(place.read_bytes())
        content[len(content) // 2] ^= 1
        if harm == "missing":
            place.unlink()
        else:
            place.write_bytes(content[:-3] if harm == "truncated" else content)
        (fault,) = verify(store)
        assert damaged.id in fault
        assert "frames.npz" in fault
        assert harm == "missing" or (tmp_path / "damaged" / f"{damaged.id}-frames.npz").exists()
        with pytest.raises(DamagedError, match=damaged.id):
            store.frames(damaged.id)
        assert store.frames(whole.id) is not None
        assert len(store.runs()) == 2


def test_flipped_value_in_the_database_is_found(tmp_path: Path) -> None:
    """A byte in the middle of a value, which SQLite itself cannot notice."""
    with open_store(tmp_path) as store:
        whole, damaged = store.save(FINISHED), store.save(FINISHED)
        store.edit(damaged.id, note="a note to flip")
    content = (tmp_path / FILE).read_bytes()
    assert content.count(b"a note to flip") == 1
    (tmp_path / FILE).write_bytes(content.replace(b"a note to flip", b"a note to flap"))
    with open_store(tmp_path) as store:
        assert [run.id for run in store.runs()] == [whole.id]
        (fault,) = verify(store)
        assert damaged.id in fault
        with pytest.raises(DamagedError, match=damaged.id):
            store.run(damaged.id)
        store.delete(damaged.id)
        assert verify(store) == []


def test_changed_list_of_files_is_found(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        run = store.save(FINISHED, frames())
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("UPDATE files SET name = 'other.npz'")
    connection.commit()
    connection.close()
    with open_store(tmp_path) as store:
        (fault,) = verify(store)
        assert run.id in fault
        assert remove_leftovers(store) == []


def test_any_flipped_byte_gives_a_sentence_or_whole_runs(tmp_path: Path) -> None:
    with open_store(tmp_path / "good") as store:
        saved = {run.id: run.to_dict() for run in (store.save(FINISHED) for _ in range(4))}
    content, choice = (tmp_path / "good" / FILE).read_bytes(), random.Random(7)
    sentences = list[str]()
    for i in range(60):
        folder = tmp_path / str(i)
        folder.mkdir()
        damaged = bytearray(content)
        damaged[choice.randrange(len(damaged))] ^= 1 << choice.randrange(8)
        (folder / FILE).write_bytes(damaged)
        try:
            with open_store(folder) as store:
                for run in store.runs():
                    assert run.to_dict() == saved[run.id]
                verify(store)
        except StoreError as error:
            sentences.append(str(error))
    assert sentences
    assert all(str(tmp_path) in sentence for sentence in sentences)


def test_file_that_is_no_database_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"nonsense" * 1000)
    with pytest.raises(DamagedError, match="is damaged"):
        open_store(tmp_path)


def test_full_disk_gives_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with open_store(tmp_path) as store:
        store.save(FINISHED, frames(1))
        with monkeypatch.context() as patch:
            patch.setattr(files.os, "fsync", full)
            with pytest.raises(StoreError, match="is full"):
                store.save(FINISHED, frames(2))
        assert len(store.runs()) == len(list(store.folder.run_ids())) == 1
        assert verify(store) == []


def test_full_database_gives_a_sentence(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store._database._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(StoreError, match="is full"):
            [store.save(FINISHED, frames(i)) for i in range(100)]
        assert {run.id for run in store.runs()} == set(store.folder.run_ids())
        assert verify(store) == []


def test_locked_database_gives_a_sentence_and_is_usable_afterwards(tmp_path: Path) -> None:
    with open_store(tmp_path, busy_seconds=0.05) as store:
        run = store.save(FINISHED)
        other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="is locked"):
            store.save(FINISHED, frames())
        assert [found.id for found in store.runs()] == [run.id]
        other.execute("ROLLBACK")
        other.close()
        store.save(FINISHED)
        assert len(store.runs()) == 2


def test_read_only_store_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(tmp_path) as store:
        run = store.save(FINISHED, frames())
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with open_store(tmp_path) as store:
        assert [found.id for found in store.runs()] == [run.id]
        assert store.frames(run.id) is not None
        with pytest.raises(StoreError, match="read-only"):
            store.save(FINISHED)
        with pytest.raises(StoreError, match="read-only"):
            store.delete(run.id)
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_place_that_is_a_file_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(tmp_path / "file" / "store")


def test_crash_before_the_rename_leaves_the_older_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    def crash(*arguments: object, **options: object) -> None:
        raise Crash

    with open_store(tmp_path) as store:
        recording = store.begin(Result(LINE, "training"))
        recording.checkpoint(FINISHED, b"first")
        with monkeypatch.context() as patch:
            # The crash prevents both the rename and the removal of the temporary file.
            patch.setattr(Path, "replace", crash)
            patch.setattr(Path, "unlink", crash)
            with pytest.raises(Crash):
                recording.checkpoint(FINISHED, b"second")
        recording.close()
        assert any(name.endswith(".part") for name in store.folder.names(recording.id))
        assert verify(store) == []
        (file,) = store.files(recording.id)
        assert store.read(recording.id, file) == b"first"
        assert len(remove_leftovers(store)) == 1
        assert store.folder.names(recording.id) == [file.name]


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.core.stores import FINISHED, LINE, frames, open_store
from core.store.records import Result
with open_store(Path(sys.argv[1])) as store:
    for i in range(100_000):
        with store.begin(Result(LINE, "training")) as recording:
            for step in range(3):
                recording.checkpoint(replace(FINISHED, steps=step), bytes([step]) * 1000)
            run = recording.finish(FINISHED, frames(i))
        print(run.id, flush=True)
        if i % 5 == 4:
            oldest = store.runs()[-1].id
            print("-", oldest, flush=True)  # from now on, it may be gone
            store.delete(oldest)
"""


def copies(num_copies: int, folder: Path) -> list[tuple[Path, set[str]]]:
    """Copy the files of a store at random moments of a write load, as after a loss of power.

    Returns:
        Each copy, with the runs that had been reported as saved, and not deleted, before the copy was made.
    """
    choice, made = random.Random(3), list[tuple[Path, set[str]]]()
    log = folder / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-c", WRITER, str(folder / "store")]
        with subprocess.Popen(command, cwd=ROOT, stdout=output) as writer:
            try:
                assert until(lambda: b"\n" in log.read_bytes())
                for i in range(num_copies):
                    time.sleep(choice.random() / 20)
                    writer.send_signal(signal.SIGSTOP)
                    shutil.copytree(folder / "store", folder / str(i))
                    lines = log.read_text(encoding="utf-8").splitlines()
                    writer.send_signal(signal.SIGCONT)
                    # A loss of power also loses the memory that processes share.
                    (folder / str(i) / f"{FILE}-shm").unlink(missing_ok=True)
                    gone = {line[2:] for line in lines if line.startswith("-")}
                    made.append((folder / str(i), set(lines) - gone))
                assert writer.poll() is None
            finally:
                writer.kill()
    return made


def check_copies(num_copies: int, folder: Path) -> None:
    """Check that every copy can be opened, and that every run that was reported as saved is complete."""
    for copy, reported in copies(num_copies, folder):
        with open_store(copy) as store:
            assert verify(store) == []
            runs = {run.id: run for run in store.runs()}
            for run_id in (name for name in reported if not name.startswith("-")):
                assert runs[run_id].result.status == "finished"
                assert store.frames(run_id) is not None
            remove_leftovers(store)
            assert verify(store) == []


def test_copies_during_a_write_load_are_whole(tmp_path: Path) -> None:
    check_copies(20, tmp_path)


@pytest.mark.long
def test_many_copies_during_a_write_load_are_whole(tmp_path: Path) -> None:
    check_copies(200, tmp_path)


def test_run_of_a_killed_process_is_interrupted_and_resumes_from_its_last_checkpoint(tmp_path: Path) -> None:
    code = WRITER.replace("run = recording.finish", "print(recording.id, flush=True); sys.stdin.read()")
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as writer:  # type: ignore[call-overload]
        run_id = writer.stdout.readline().strip()
        with open_store(tmp_path) as store:
            assert store.run(run_id).result.status == "training"
            writer.kill()
            writer.wait()
            run = store.run(run_id)
            assert (run.result.status, run.result.steps) == ("interrupted", 2)
            assert store.read(run_id, store.files(run_id)[-1]) == bytes([2]) * 1000
            with store.resume(run_id) as recording:
                assert recording.finish(FINISHED).result.status == "finished"


def test_two_processes_save_at_once(tmp_path: Path) -> None:
    code = WRITER.replace("100_000", "4")
    command = [sys.executable, "-c", code, str(tmp_path)]
    writers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [writer.communicate(timeout=120)[0].split() for writer in writers]
    with open_store(tmp_path) as store:
        assert {run.id for run in store.runs()} == {*printed[0], *printed[1]}
        assert verify(store) == []
        assert len(store.runs()) == 8
