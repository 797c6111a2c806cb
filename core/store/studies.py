"""Studies in the store. A study is a named sweep: many tasks, each with the run that holds its result.

The table `studies` has the definition of each study. The table `study_tasks` has a row for each task that was tried, with its run or the
reason why there is none. Here, a task is only a key; `core.sweep` defines what the task computes.
"""

from __future__ import annotations

import hmac
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.store.errors import StoreError
from core.store.origin import new_run, now
from core.store.recording import Recording
from core.store.records import Result, RunFile, StoredRun, owner_digest
from core.store.store import Store, put

LONGEST_NAME = 60
_LIVE = "JOIN runs ON runs.id = study_tasks.run AND runs.deleted IS NULL"


@dataclass(frozen=True)
class StoredStudy:
    """A study.

    Attributes:
        name: its name, unique in the store.
        definition: its grid as JSON.
        created: UTC time in ISO format.
        owner: digest of the token of the browser that made it; None if it comes from the command line.
    """

    name: str
    definition: str
    created: str
    owner: str | None = None

    def is_owned_by(self, token: str) -> bool:
        """Whether this token belongs to the study's owner."""
        return self.owner is not None and hmac.compare_digest(self.owner, owner_digest(token))


@dataclass(frozen=True)
class TaskRecord:
    """The stored record of one task of a study.

    Attributes:
        run: id of the run with its result; None if there is none, or if it was deleted.
        action: exact action of the curve, in squared units of x; NaN if unknown.
        attempts: number of failed attempts.
        reason: why the last attempt failed; empty if none did.
    """

    run: str | None
    action: float
    attempts: int
    reason: str


def create(
    store: Store, name: str, definition: str, *, overwrite: bool = False, owner: str | None = None
) -> StoredStudy:
    """Add a study, or return the stored one if it has the same definition.

    Args:
        store: the store.
        name: its name.
        definition: its grid as JSON.
        overwrite: whether to replace the definition of an existing study. Results of tasks in both definitions are kept.
        owner: token of the browser that makes the study; only its digest is stored. A study that exists keeps its owner.

    Raises:
        StoreError: the name is invalid, or belongs to a study with another definition.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise StoreError(
            f"A study needs a name of 1 to {LONGEST_NAME} characters; got {name[:LONGEST_NAME]!r}."
        )
    with store.writing() as connection:
        found = next((study for study in studies(store) if study.name == name), None)
        if found is not None and _plain(found) == json.loads(definition):
            return found
        if found is not None and not overwrite:
            raise StoreError(
                f"The store already has a study `{name}` with another grid. Choose another name, or replace it."
            )
        digest = found.owner if found is not None else None if owner is None else owner_digest(owner)
        made = StoredStudy(name, definition, now(), digest)
        connection.execute(
            "INSERT INTO studies (name, definition, created, owner) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, created = excluded.created",
            (made.name, made.definition, made.created, made.owner),
        )
    return made


def studies(store: Store) -> list[StoredStudy]:
    """All studies, the newest first."""
    rows = store.rows("SELECT name, definition, created, owner FROM studies ORDER BY created DESC, name")
    return [StoredStudy(*row) for row in rows]


def study(store: Store, name: str) -> StoredStudy:
    """Find a study by its name.

    Raises:
        StoreError: there is none.
    """
    found = next((study for study in studies(store) if study.name == name), None)
    if found is None:
        raise StoreError(f"The store has no study {name[:LONGEST_NAME]!r}.")
    return found


def forget(store: Store, name: str) -> None:
    """Remove a study. Its runs stay.

    Raises:
        StoreError: there is none, or the store cannot be written.
    """
    with store.writing() as connection:
        study(store, name)
        connection.execute("DELETE FROM studies WHERE name = ?", (name,))


def _plain(study: StoredStudy) -> Any:
    """The definition of a study as plain data; None if it is damaged."""
    try:
        return json.loads(study.definition)
    except (ValueError, RecursionError):
        return None


def faults(store: Store) -> list[str]:
    """One sentence about each study whose definition is damaged."""
    return [
        f"The grid of study `{found.name}` is damaged." for found in studies(store) if _plain(found) is None
    ]


def records(store: Store, name: str) -> dict[str, TaskRecord]:
    """Map the key of each task that was tried to its record."""
    rows = store.rows(
        f"SELECT task, runs.id, action, attempts, reason FROM study_tasks LEFT {_LIVE} WHERE study = ?",
        (name,),
    )
    return {
        key: TaskRecord(run, math.nan if action is None or run is None else action, attempts, reason)
        for key, run, action, attempts, reason in rows
    }


def studies_of_runs(store: Store) -> dict[str, str]:
    """Map the id of each run in a study to the name of that study; for a run in several studies, to that of the oldest."""
    rows = store.rows(
        "SELECT run, study FROM study_tasks JOIN studies ON studies.name = study WHERE run IS NOT NULL ORDER BY created DESC, name DESC"
    )
    return {row[0]: row[1] for row in rows}


def adopt(store: Store, name: str, keys: Iterable[str]) -> None:
    """Link this study to the results that other studies have for the same tasks.

    Args:
        store: the store.
        name: the study.
        keys: keys of the tasks that have no result in this study yet.
    """
    with store.writing() as connection:
        connection.executemany(
            "INSERT INTO study_tasks (study, task, run, action, attempts, reason) "
            f"SELECT ?, task, run, action, attempts, reason FROM study_tasks {_LIVE} WHERE task = ? AND study <> ? LIMIT 1 "
            "ON CONFLICT (study, task) DO UPDATE SET run = excluded.run, action = excluded.action",
            [(name, key, name) for key in keys],
        )


def save(
    store: Store,
    name: str,
    key: str,
    result: Result,
    contents: Mapping[str, bytes],
    action: float,
    machine: str | None = None,
) -> StoredRun | None:
    """Save the result of a task as a run of the study, in one transaction.

    Args:
        store: the store.
        name: the study.
        key: key of the task.
        result: its result.
        contents: the run's files by name.
        action: exact action of the curve, in squared units of x; NaN if unknown.
        machine: the machine that computed it; by default this one.

    Returns:
        The run; None if another process has already saved a result of this task, which then stays.

    Raises:
        StoreError: the result cannot be saved; the store then contains no part of it.
    """
    from core.store.housekeeping import prune

    run = new_run(result, None)
    run = replace(run, ended=now(), machine=machine or run.machine)
    with Recording(store, run.id):
        is_new = False
        try:
            files = [
                store.folder.write(
                    run.id, file, content, result.steps if file.startswith("checkpoint") else None
                )
                for file, content in contents.items()
            ]
            run = replace(run, size=sum(file.size for file in files))
            is_new = _inserted(store, name, key, run, files, action)
        finally:
            if not is_new:
                store.folder.remove(run.id)
    prune(store, keep=run.id)
    return run if is_new else None


def _inserted(store: Store, name: str, key: str, run: StoredRun, files: list[RunFile], action: float) -> bool:
    """Add the record of a task's run, unless the task has one already; returns whether it was added."""
    with store.writing() as connection:
        previous = records(store, name).get(key)
        if previous is not None and previous.run is not None:
            return False
        put(connection, run, files)
        connection.execute(
            "INSERT INTO study_tasks (study, task, run, action, attempts, reason) VALUES (?, ?, ?, ?, 0, '') "
            "ON CONFLICT (study, task) DO UPDATE SET run = excluded.run, action = excluded.action",
            (name, key, run.id, action if math.isfinite(action) else None),
        )
    return True


def note_failure(store: Store, name: str, key: str, reason: str) -> None:
    """Count a failed attempt of a task, and store the reason.

    Raises:
        StoreError: the store cannot be written.
    """
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO study_tasks (study, task, run, action, attempts, reason) VALUES (?, ?, NULL, NULL, 1, ?) "
            "ON CONFLICT (study, task) DO UPDATE SET attempts = attempts + 1, reason = excluded.reason",
            (name, key, reason),
        )
