"""Maintenance of the whole store: checks, the size limit, and removal of files that crashed processes left behind."""

from __future__ import annotations

import datetime

from core.store import studies
from core.store.errors import StoreError
from core.store.query import Query
from core.store.store import Store


def verify(store: Store) -> list[str]:
    """Check the database, the record of every run, and every file. Damaged files are moved to the folder `damaged`.

    Returns:
        One sentence for each fault; empty if the store is whole.
    """
    found = [f"The database is damaged: {fault}." for fault in store.faults()]
    try:
        found += store.unreadable() + studies.faults(store)
        runs = store.runs(Query(deleted=None))
    except StoreError as error:
        return [*found, str(error)]
    for run in runs:
        for file in store.files(run.id):
            try:
                store.read(run.id, file)
            except StoreError as error:
                # It is no fault if the file is no longer listed: the run's writer has just removed it together with older checkpoints.
                if file in store.files(run.id):
                    found.append(str(error))
    return found


# Seconds for which a deleted run can be restored.
RESTORABLE_SECONDS = 3600.0


def purge(store: Store) -> list[str]:
    """Remove the runs that their owners deleted more than RESTORABLE_SECONDS ago; returns their ids."""
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=RESTORABLE_SECONDS)
    old = [
        run.id
        for run in store.runs(Query(deleted=True))
        if run.deleted is not None and datetime.datetime.fromisoformat(run.deleted) < before
    ]
    return [run_id for run_id in old if _is_removed(store, run_id)]


def _is_removed(store: Store, run_id: str) -> bool:
    if store.folder.is_written(run_id):
        return False
    store.delete(run_id)
    return True


def prune(store: Store, most_bytes: int | None = None, keep: str | None = None) -> list[str]:
    """Remove deleted runs that can no longer be restored, then the oldest runs until the files fit the size limit.

    Pinned runs, and runs that a process is working on, are kept.

    Args:
        store: the store.
        most_bytes: size limit; by default the store's own.
        keep: id of one more run to keep.

    Returns:
        Ids of the removed runs.
    """
    limit = store.most_bytes if most_bytes is None else most_bytes
    removed = purge(store)
    total = store.size()
    if total <= limit:
        return removed
    for run in store.runs(Query(descending=False, deleted=None)):
        if total <= limit:
            break
        if not run.pinned and run.id != keep and not store.folder.is_written(run.id):
            store.delete(run.id)
            removed.append(run.id)
            total -= run.size
    return removed


def remove_leftovers(store: Store) -> list[str]:
    """Remove files that crashed processes left behind: those that no record lists, unless a process is working on their run.

    Returns:
        The removed paths, relative to the folder of runs. For a run without a record, this is its whole folder.
    """
    removed = list[str]()
    for run_id in store.folder.run_ids():
        lock = store.folder.lock(run_id)
        if store.folder.is_written(run_id) or not lock.acquire():
            continue
        try:
            removed += _leftovers_of(store, run_id)
        finally:
            lock.release()
    return removed


def _leftovers_of(store: Store, run_id: str) -> list[str]:
    if not store.has(run_id):
        store.folder.remove(run_id)
        return [run_id]
    try:
        store.run(run_id)
    except StoreError:  # its list of files cannot be trusted
        return []
    listed = {file.name for file in store.files(run_id)}
    names = [name for name in store.folder.names(run_id) if name not in listed]
    store.folder.remove(run_id, names)
    return [f"{run_id}/{name}" for name in names]
