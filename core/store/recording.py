"""Recording of a run while it trains: its checkpoints, and its result at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from core.pictures.frames import Frames
from core.store.errors import StoreError, in_sentences
from core.store.folder import CHECKPOINT, COURSE, FRAMES, PICTURE, number_of
from core.store.origin import now
from core.store.records import Result, StoredRun

if TYPE_CHECKING:
    from core.store.store import Store

# Minimum number of seconds between checkpoints. Saving them takes at most the fraction 1/PATIENCE of the time.
CHECKPOINT_SECONDS, PATIENCE = 1.0, 20
# A run keeps at most this many checkpoints, spread evenly over its training.
MOST_CHECKPOINTS = 16


class Recording:
    """The right to write one run, until it is closed. Use it in a `with` statement.

    Attributes:
        id: id of the run.
        due: earliest time of the next checkpoint, as `time.monotonic` counts.

    Raises:
        StoreError: another process is working on the run, or the store cannot be written.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self.id, self._store = run_id, store
        self._lock = store.folder.lock(run_id)
        self.due = time.monotonic()
        with in_sentences(store.folder.path):
            is_free = self._lock.acquire()
        if not is_free:
            raise StoreError(f"Another process is still training run {run_id}; wait for it or stop it.")

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the right to write. A run that has not ended then counts as interrupted."""
        self._lock.release()

    @property
    def is_due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() >= self.due

    def checkpoint(
        self,
        result: Result,
        content: bytes,
        picture: bytes | None = None,
        course: Callable[[int], bytes] | None = None,
    ) -> None:
        """Save a checkpoint, and remove older ones that are too close together.

        Args:
            result: what the run has produced so far.
            content: the checkpoint, from `core.training.checkpoint.encode`.
            picture: packed pictures of the same moment, which are kept as long as the checkpoint.
            course: called with the number of this checkpoint; returns the packed course of the run so far.

        Raises:
            StoreError: it cannot be saved; older checkpoints remain.
        """
        start = time.monotonic()
        listed = [number_of(file.name) for file in self._store.files(self.id)]
        number = self._next_number()
        contents = {CHECKPOINT.format(number): content}
        if picture is not None:
            contents[PICTURE.format(number)] = picture
        if course is not None:
            contents[COURSE.format(number)] = course(number)
        kept = thinned([*(old for kind, old in listed if kind == "checkpoint"), number])
        self._save(
            contents,
            lambda run: replace(run, result=replace(result, status="training")),
            # Pictures of an earlier end of this run have no number, so they are removed as well.
            lambda kind, old: old in kept if kind != "course" else course is None,
            steps=result.steps,
        )
        taken = time.monotonic() - start
        self.due = start + max(CHECKPOINT_SECONDS, PATIENCE * taken)

    def finish(
        self,
        result: Result,
        frames: Frames | None = None,
        *,
        packed: Mapping[str, bytes] | None = None,
        course: bytes | None = None,
    ) -> StoredRun:
        """Save the final result of the run and release the right to write.

        Args:
            result: what the run has produced.
            frames: its pictures.
            packed: packed pictures by file name, in place of `frames`.
            course: the packed course of the run.

        Raises:
            StoreError: it cannot be saved.
        """
        from core.store.housekeeping import prune

        contents = dict(packed or {}) if frames is None else {FRAMES: frames.pack()}
        if course is not None:
            contents[COURSE.format(self._next_number())] = course
        run = self._save(
            contents,
            lambda run: replace(run, result=result, ended=now()),
            lambda kind, _: kind != "course" or course is None,
        )
        self.close()
        prune(self._store, keep=run.id)
        return run

    def _next_number(self) -> int:
        """A number that no file of the run has, since a file that the database lists must never be overwritten."""
        return 1 + max((number_of(file.name)[1] for file in self._store.files(self.id)), default=-1)

    def _save(
        self,
        contents: Mapping[str, bytes],
        changed: Callable[[StoredRun], StoredRun],
        is_kept: Callable[[str, int], bool],
        steps: int | None = None,
    ) -> StoredRun:
        """Write files, list them in the database, and remove those that are no longer needed.

        Args:
            contents: the files by name.
            changed: computes the new record of the run.
            is_kept: whether an older file stays; called with the kind and number from `number_of`.
            steps: steps of training at the checkpoint among the files.
        """
        folder = self._store.folder
        added = [
            folder.write(self.id, name, content, steps if number_of(name)[0] == "checkpoint" else None)
            for name, content in contents.items()
        ]
        old = [file for file in self._store.files(self.id) if file.name not in contents]
        kept = [file for file in old if is_kept(*number_of(file.name))]
        run = self._store.change(self.id, changed, lambda _: [*kept, *added])
        # The database no longer lists the old files, so nothing is lost if the process ends before they are removed.
        folder.remove(self.id, [file.name for file in old if file not in kept])
        return run


def thinned(numbers: Collection[int]) -> set[int]:
    """Choose which checkpoints to keep: the newest, and those whose number is divisible by 2ᵏ, with the smallest k that leaves few enough.

    Args:
        numbers: numbers of the checkpoints, counted from 0 in the order of training.
    """
    newest, step = max(numbers), 1
    while newest // step + 2 > MOST_CHECKPOINTS:
        step *= 2
    return {number for number in numbers if number % step == 0 or number == newest}
