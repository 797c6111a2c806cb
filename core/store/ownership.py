"""Delete and restore a run for its owner, and copy a run for another owner."""

from __future__ import annotations

from dataclasses import replace

from core.store.errors import StoreError
from core.store.origin import new_id, now
from core.store.recording import Recording
from core.store.records import StoredRun, owner_digest
from core.store.store import Store


def discard(store: Store, run_id: str) -> StoredRun:
    """Mark a run as deleted. `restore` can bring it back until housekeeping removes it for good, after an hour at the earliest.

    Raises:
        StoreError: a process is working on it, there is no such run, or it cannot be saved.
    """
    if store.folder.is_written(run_id):
        raise StoreError(f"Run {run_id} is still training; stop it first.")
    return store.change(run_id, lambda run: replace(run, deleted=now()))


def restore(store: Store, run_id: str) -> StoredRun:
    """Bring back a run that `discard` deleted.

    Raises:
        StoreError: it has been removed for good, or it cannot be saved.
    """
    return store.change(run_id, lambda run: replace(run, deleted=None))


def copy(
    store: Store, source_id: str, owner: str, *, run_id: str | None = None, pinned: bool = False
) -> StoredRun:
    """Copy a run for another owner, with its pictures and checkpoints.

    Args:
        store: the store.
        source_id: id of the run.
        owner: token of the copy's owner.
        run_id: id of the copy; by default a new one.
        pinned: whether the copy is pinned.

    Raises:
        StoreError: there is no such run, a file of it is damaged, or the copy cannot be saved.
    """
    source = store.run(source_id)
    run = replace(source, id=run_id or new_id(), owner=owner_digest(owner), pinned=pinned, name="", note="")
    with Recording(store, run.id):
        try:
            files = [
                store.folder.write(run.id, file.name, store.read(source.id, file), file.steps)
                for file in store.files(source.id)
            ]
            store.insert(run, files)
        except BaseException:
            store.folder.remove(run.id)
            raise
    return run
