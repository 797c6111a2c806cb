"""Recording of a run while it trains: its checkpoints, and its result at the end."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from core.pictures.frames import Frames
from core.store.errors import StoreError, in_sentences
from core.store.folder import CHECKPOINT, FRAMES
from core.store.records import Result, RunFile, StoredRun

if TYPE_CHECKING:
    from core.store.store import Store

# Seconds between checkpoints. They take at most one part in PATIENCE of the time.
CHECKPOINT_SECONDS, PATIENCE = 1.0, 20
# A run keeps at most this many checkpoints, spread evenly over its training.
MOST_CHECKPOINTS = 16


class Recording:
    """The right to write one run, until it is closed. Use it in a `with` statement.

    Attributes:
        id: id of the run.

    Raises:
        StoreError: another process is working on the run, or the store cannot be written.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self.id, self._store = run_id, store
        self._lock = store.folder.lock(run_id)
        self._due = time.monotonic()
        with in_sentences(store.folder.path):
            is_free = self._lock.acquire()
        if not is_free:
            raise StoreError(f"Another process is still training run {run_id}; wait for it or stop it.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the right to write; a run that has not ended then counts as interrupted."""
        self._lock.release()

    @property
    def is_due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() >= self._due

    def checkpoint(self, result: Result, content: bytes) -> None:
        """Save a checkpoint, and remove older ones that are too close together.

        Args:
            result: what the run has produced so far.
            content: the checkpoint, from `core.training.checkpoint.encode`.

        Raises:
            StoreError: it cannot be saved; older checkpoints remain.
        """
        start = time.monotonic()
        known = [number for file in self._store.files(self.id) if (number := _number(file)) is not None]
        number = max(known, default=-1) + 1
        file = self._store.folder.write(self.id, CHECKPOINT.format(number), content, result.steps)
        kept = thinned([*known, number])
        unneeded = [CHECKPOINT.format(old) for old in known if old not in kept]
        self._store.change(
            self.id,
            lambda run: replace(run, result=replace(result, status="training")),
            lambda files: [*(old for old in files if old.name not in unneeded), file],
        )
        # The database no longer lists them, so nothing is lost if the process ends here.
        self._store.folder.remove(self.id, unneeded)
        taken = time.monotonic() - start
        self._due = start + max(CHECKPOINT_SECONDS, PATIENCE * taken)

    def finish(self, result: Result, frames: Frames | None = None) -> StoredRun:
        """Save the end of the run and give up the right to write.

        Args:
            result: what the run has produced.
            frames: its pictures.

        Raises:
            StoreError: it cannot be saved.
        """
        from core.store.housekeeping import prune
        from core.store.store import now

        added = [] if frames is None else [self._store.folder.write(self.id, FRAMES, frames.pack())]
        run = self._store.change(
            self.id,
            lambda run: replace(run, result=result, ended=now()),
            lambda files: [*(old for old in files if old.name != FRAMES or not added), *added],
        )
        self.close()
        prune(self._store, keep=run.id)
        return run


def thinned(numbers: Collection[int]) -> set[int]:
    """Choose which checkpoints to keep: multiples of the smallest power of two that leaves few enough, and the newest.

    Args:
        numbers: numbers of the checkpoints, counted from 0 in the order of training.
    """
    newest, step = max(numbers), 1
    while newest // step + 2 > MOST_CHECKPOINTS:
        step *= 2
    return {number for number in numbers if number % step == 0 or number == newest}


def _number(file: RunFile) -> int | None:
    """Number of a checkpoint; None for other files."""
    return None if file.steps is None else int(file.name.removesuffix(".safetensors").rpartition("-")[2])
