"""The store's SQLite database: its connection, its transactions and its settings."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.store import schema
from core.store.errors import NewerStoreError, StoreError, in_sentences

FILE = "runs.sqlite"
# Seconds to wait for another process to finish writing.
BUSY_SECONDS = 5.0


class Database:
    """A connection to the database in a store's folder. Threads may share it.

    Attributes:
        folder: the store's folder.
        read_only: whether the database is open for reading only, because the folder cannot or must not be written.

    Raises:
        StoreError: the database cannot be opened, is damaged, or was written by a newer version.
    """

    def __init__(self, folder: Path, busy_seconds: float, *, read_only: bool = False) -> None:
        self.folder, self._busy_seconds = folder, busy_seconds
        self._lock = threading.RLock()
        with in_sentences(folder):
            if not folder.exists() and not read_only:
                folder.mkdir(parents=True, mode=0o700)
            self.read_only = read_only or not os.access(folder, os.W_OK)
            self._connection = _connect(folder / FILE, busy_seconds, self.read_only)
        try:
            with in_sentences(folder):
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        version, newest = schema.version_of(self._connection), len(schema.MIGRATIONS)
        if version > newest:
            raise NewerStoreError(
                f"A newer version of the lab wrote the run store `{self.folder}` (format {version}; this version reads up to "
                f"{newest}). Update the lab, or choose another folder with BOLTZMANN_STORE."
            )
        if self.read_only:
            if version < newest:
                self._connection = _migrated_copy(self._connection)
            return
        self._log_ahead()
        # Flush every commit to disk, so that a saved run survives a loss of power.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        schema.migrate(self._connection)

    def _log_ahead(self) -> None:
        """Switch on write-ahead logging, so that readers and a writer can work at the same time.

        SQLite fails at once if another process is doing the same, so this method tries again.
        """
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def rows(self, statement: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        """Return the rows that a query selects.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._lock, in_sentences(self.folder):
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction: either all of its changes are saved, or none.

        Raises:
            StoreError: the database cannot be written.
        """
        if self.read_only:
            raise StoreError(f"The run store `{self.folder}` is read-only, so nothing can be saved in it.")
        with self._lock, in_sentences(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def faults(self) -> list[str]:
        """Run SQLite's own check of the whole database; returns what it finds, or an empty list."""
        try:
            found = [str(row[0]) for row in self.rows("PRAGMA integrity_check(20)")]
        except StoreError as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def settle(self) -> None:
        """Move all data into one file, without SQLite's log files, which the next writer creates again.

        Raises:
            StoreError: another process uses the database, or it cannot be written.
        """
        with self._lock, in_sentences(self.folder):
            self._connection.execute("PRAGMA journal_mode = DELETE")
            self._connection.execute("VACUUM")

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


def _connect(file: Path, busy_seconds: float, read_only: bool) -> sqlite3.Connection:
    # Without write access, SQLite cannot create the files that coordinate readers and writers. `immutable=1` does without them, which is
    # safe as long as nobody writes.
    mode = "mode=ro&immutable=1" if read_only else "mode=rwc"
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    return connection


def _migrated_copy(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Copy a read-only database into memory, and migrate the copy. Closes the original."""
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    copy.row_factory = sqlite3.Row
    connection.backup(copy)
    connection.close()
    schema.migrate(copy)
    return copy
