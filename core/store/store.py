"""The run store: saves runs, finds them again, and removes them."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from core.pictures.frames import Frames
from core.problem import Problem
from core.status import COMPLETE
from core.store.course import Course
from core.store.database import Database
from core.store.errors import DamagedError, StoreError, UnknownRunError
from core.store.folder import FRAMES, Folder, number_of
from core.store.origin import new_run, now
from core.store.query import Query
from core.store.recording import Recording
from core.store.records import TRAINING, Result, RunFile, StoredRun, row_of, run_of

if TYPE_CHECKING:
    from core.training.checkpoint import State

_ID = re.compile(r"[0-9a-f]{4,12}")
LONGEST_NAME, LONGEST_NOTE = 120, 4000


class Store:
    """A folder of runs. Several processes and threads may use it at once, on a local disk.

    Attributes:
        folder: the folder with its files.
        most_bytes: size limit; saving a run removes the oldest others that are not pinned.

    Args:
        busy_seconds: how long to wait for another process to finish writing.
        read_only: change nothing, and leave damaged files where they are.

    Raises:
        StoreError: it cannot be opened, is damaged, or was written by a newer version.
    """

    def __init__(self, path: Path, most_bytes: int, busy_seconds: float, *, read_only: bool = False) -> None:
        self._database = Database(path, busy_seconds, read_only=read_only)
        self.folder, self.most_bytes = Folder(path, read_only=read_only), most_bytes

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def settle(self) -> None:
        """Leave one database file and no locks, so that the folder can be copied. No other process may use the store.

        Raises:
            StoreError: the store cannot be written.
        """
        self._database.settle()
        self.folder.remove_locks()

    # Reading

    def runs(self, query: Query | None = None) -> list[StoredRun]:
        """The runs that a query selects, the newest first by default. Damaged runs are left out; `unreadable` lists them."""
        query = query or Query()
        return list(islice(self.each(query), query.limit))

    def each(self, query: Query) -> Iterator[StoredRun]:
        """Iterate over the runs that a query selects, ignoring its limit. Each run is decoded only when it is needed."""
        for run in self._selected(query):
            if isinstance(run, StoredRun) and query.status in (None, run.result.status):
                yield run

    def unreadable(self) -> list[str]:
        """Describe, in one sentence each, the runs whose records are damaged or cannot be read."""
        return [str(run) for run in self._selected(Query()) if isinstance(run, StoreError)]

    def run(self, name: str) -> StoredRun:
        """Find a run by its id, or by the first digits of its id if no other run's id begins with them.

        Raises:
            UnknownRunError: there is no such run, or more than one.
            DamagedError: its record is damaged.
        """
        found = (
            [] if not _ID.fullmatch(name) else self.rows("SELECT * FROM runs WHERE id GLOB ?", (f"{name}*",))
        )
        if not found:
            raise UnknownRunError(f"The store has no run {name[:40]!r}; `runs list` shows all runs.")
        if len(found) > 1:
            raise UnknownRunError(f"{len(found)} runs begin with {name!r}; use more digits.")
        return self._seen(run_of(found[0], self.files(found[0]["id"])))

    def equal(self, problem: Problem, kind: str = TRAINING) -> StoredRun | None:
        """The newest complete run of an equal problem; None if there is none."""
        runs = self.each(Query(problem_key=problem.key, kind=kind))
        return next(
            (run for run in runs if run.result.status in COMPLETE and run.result.problem == problem), None
        )

    def files(self, run_id: str) -> list[RunFile]:
        """The files of a run."""
        rows = self.rows("SELECT name, size, sha256, steps FROM files WHERE run = ? ORDER BY name", (run_id,))
        return [RunFile(*row) for row in rows]

    def read(self, run_id: str, file: RunFile) -> bytes:
        """Read and check a file of a run.

        Raises:
            DamagedError: it is missing or damaged.
        """
        return self.folder.read(run_id, file)

    def frames(self, run_id: str) -> Frames | None:
        """The pictures of a run; None if it has none.

        Raises:
            DamagedError: they are missing or damaged.
        """
        return self.picture(run_id, FRAMES)

    def picture(self, run_id: str, name: str) -> Frames | None:
        """The pictures in one file of a run; None if it has no such file.

        Raises:
            DamagedError: the file is missing or damaged.
        """
        file = next((file for file in self.files(run_id) if file.name == name), None)
        return None if file is None else Frames.unpack(self.read(run_id, file))

    def checkpoint(self, run_id: str) -> State | None:
        """The state in the newest undamaged checkpoint of a run; None if there is none."""
        from core.training import checkpoint

        content = self.packed_checkpoint(run_id)
        return None if content is None else checkpoint.decode(content)

    def packed_checkpoint(self, run_id: str) -> bytes | None:
        """The content of the newest undamaged checkpoint file of a run; None if there is none."""
        kept = [file for file in self.files(run_id) if file.steps is not None]
        for file in sorted(kept, key=lambda file: file.name, reverse=True):
            try:
                return self.read(run_id, file)
            except DamagedError:  # an older one may be undamaged
                continue
        return None

    def course(self, run_id: str) -> Course:
        """The course of a run; empty if it was not saved.

        Raises:
            DamagedError: the file is missing or damaged.
        """
        found = [file for file in self.files(run_id) if number_of(file.name)[0] == "course"]
        return Course.unpack(self.read(run_id, found[-1])) if found else Course()

    # Writing

    def save(self, result: Result, frames: Frames | None = None, owner: str | None = None) -> StoredRun:
        """Save a run that has ended.

        Args:
            result: the result of the run.
            frames: its pictures.
            owner: token of its owner; only its digest is stored.

        Raises:
            StoreError: it cannot be saved; the store then contains no part of it.
        """
        from core.store.housekeeping import prune

        run = replace(new_run(result, owner), ended=now())
        with Recording(self, run.id):
            try:
                files = [] if frames is None else [self.folder.write(run.id, FRAMES, frames.pack())]
                run = replace(run, size=sum(file.size for file in files))
                self.insert(run, files)
            except BaseException:
                self.folder.remove(run.id)
                raise
        prune(self, keep=run.id)
        return run

    def begin(self, result: Result, owner: str | None = None, run_id: str | None = None) -> Recording:
        """Start recording a run. It counts as interrupted if the process ends before `finish`.

        Args:
            result: the record of the run before it begins.
            owner: token of its owner; only its digest is stored.
            run_id: its id, see `new_id`; by default a new one.

        Raises:
            StoreError: it cannot be saved.
        """
        run = new_run(replace(result, status="training"), owner)
        run = replace(run, id=run_id or run.id)
        recording = Recording(self, run.id)
        try:
            self.insert(run, [])
        except BaseException:
            recording.close()
            raise
        return recording

    def resume(self, run_id: str) -> Recording:
        """Continue recording a run.

        Raises:
            StoreError: another process is working on it, or it cannot be saved.
        """
        recording = Recording(self, self.run(run_id).id)
        try:
            self.change(
                run_id, lambda run: replace(run, ended=None, result=replace(run.result, status="training"))
            )
        except BaseException:
            recording.close()
            raise
        return recording

    def edit(
        self, run_id: str, *, name: str | None = None, note: str | None = None, pinned: bool | None = None
    ) -> StoredRun:
        """Change the name or the note of a run, or pin it. None leaves a value as it is.

        Raises:
            StoreError: a text is too long, there is no such run, or it cannot be saved.
        """
        for title, text, most in (("name", name, LONGEST_NAME), ("note", note, LONGEST_NOTE)):
            if text is not None and len(text) > most:
                raise StoreError(f"A {title} has at most {most} characters; this one has {len(text)}.")
        given = {"name": name, "note": note, "pinned": pinned}
        changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        return self.change(run_id, lambda run: replace(run, **changes))

    def delete(self, run_id: str, *, force: bool = False) -> None:
        """Remove a run and its files, even if its record is damaged.

        Args:
            run_id: the whole id.
            force: remove it even if a process is working on it.

        Raises:
            StoreError: a process is working on it, there is no such run, or the store cannot be written.
        """
        if not force and self.folder.is_written(run_id):
            raise StoreError(f"Run {run_id} is still training; stop it first.")
        with self.writing() as connection:
            if not connection.execute("DELETE FROM runs WHERE id = ?", (run_id,)).rowcount:
                raise UnknownRunError(f"The store has no run {run_id[:40]!r}; `runs list` shows all runs.")
        self.folder.remove(run_id)

    def change(
        self,
        run_id: str,
        changed: Callable[[StoredRun], StoredRun],
        files: Callable[[list[RunFile]], list[RunFile]] = lambda files: files,
    ) -> StoredRun:
        """Change the record of a run in one transaction.

        Args:
            run_id: id of the run.
            changed: returns the new record.
            files: returns the new list of its files, which must be on disk.

        Raises:
            StoreError: the run does not exist, its record is damaged, or the store cannot be written.
        """
        with self.writing() as connection:
            run = self.run(run_id)
            listed = files(self.files(run.id))
            run = replace(changed(run), size=sum(file.size for file in listed))
            put(connection, run, listed)
        return run

    # Internal methods for the store's other modules

    def faults(self) -> list[str]:
        """The faults that SQLite's own check of the database finds."""
        return self._database.faults()

    def size(self) -> int:
        """Total size of the files of all runs, in bytes."""
        return int(self.rows("SELECT COALESCE(SUM(size), 0) FROM runs")[0][0])

    def has(self, run_id: str) -> bool:
        """Whether a run has a record, damaged or not."""
        return bool(self.rows("SELECT 1 FROM runs WHERE id = ?", (run_id,)))

    def insert(self, run: StoredRun, files: list[RunFile]) -> None:
        """Add the record of a run whose files are on disk."""
        with self.writing() as connection:
            put(connection, run, files)

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a transaction: either all of its changes are saved, or none.

        Raises:
            StoreError: the database cannot be written.
        """
        return self._database.writing()

    def rows(self, statement: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        """Return the rows that an SQL query selects."""
        return self._database.rows(statement, values)

    def _selected(self, query: Query) -> Iterator[StoredRun | StoreError]:
        """The selected runs; in place of a run that cannot be read, its error."""
        conditions, values = query.conditions()
        files = defaultdict[str, list[RunFile]](list)
        selected = f"SELECT id FROM runs WHERE {conditions}"
        for run_id, *file in self.rows(
            f"SELECT run, name, size, sha256, steps FROM files WHERE run IN ({selected})", values
        ):
            files[run_id].append(RunFile(*file))
        for row in self.rows(f"SELECT * FROM runs WHERE {conditions}", values):
            try:
                yield self._seen(run_of(row, files[row["id"]]))
            except StoreError as error:
                yield error

    def _seen(self, run: StoredRun) -> StoredRun:
        """The run; its status becomes `interrupted` if it is unfinished and no process works on it any more."""
        if run.result.status != "training" or self.folder.is_written(run.id):
            return run
        return replace(run, result=replace(run.result, status="interrupted"))


def put(connection: sqlite3.Connection, run: StoredRun, files: list[RunFile]) -> None:
    """Write the record of a run and the list of its files, within a transaction."""
    row = row_of(run, files)
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    updates = ", ".join(f"{name} = excluded.{name}" for name in row)
    values = tuple(row.values())
    connection.execute(
        f"INSERT INTO runs ({names}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {updates}", values
    )
    connection.execute("DELETE FROM files WHERE run = ?", (run.id,))
    entries = [(run.id, file.name, file.size, file.sha256, file.steps) for file in files]
    connection.executemany(
        "INSERT INTO files (run, name, size, sha256, steps) VALUES (?, ?, ?, ?, ?)", entries
    )
