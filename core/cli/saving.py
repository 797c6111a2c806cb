"""Save a command's run in the store. A failing store never stops a run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from core.store.errors import StoreError
from core.store.place import open_store
from core.store.records import TRAINING, Result, StoredRun
from core.store.store import Store

if TYPE_CHECKING:
    from core.pictures.frames import Frames
    from core.store.recording import Recording
    from core.training.checkpoint import State
    from core.training.loop import Snapshot

Value = TypeVar("Value")


class Saving:
    """Saves a run while it is in progress. Use it in a `with` statement.

    If the store fails, the reason is printed on standard error, and the run continues.

    Args:
        start: the initial record of the run, before it begins.
        is_wanted: whether to save the run.
        resumed: id of the saved run to continue; None for a new one.
    """

    def __init__(self, start: Result, is_wanted: bool, resumed: str | None = None) -> None:
        self._start, self._resumed = start, resumed
        self._recording: Recording | None = None
        self._has_begun = False
        # The target of a local problem exists in this process only, so a saved run could not be opened elsewhere.
        is_wanted = is_wanted and not start.problem.is_local
        self._store: Store | None = _attempt(open_store) if is_wanted else None

    def __enter__(self) -> Saving:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._recording is not None:
            self._recording.close()
        if self._store is not None:
            self._store.close()

    def print_equal(self) -> None:
        """If the store already has a complete run of an equal problem, print its id on standard error."""
        store, result = self._store, self._start
        if store is None or self._resumed is not None:
            return
        if (run := _attempt(lambda: store.equal(result.problem, result.kind))) is not None:
            when = (run.ended or run.created)[:16].replace("T", " ")
            text = f"The store already has a run of the same problem: {run.id}, {run.result.status} on {when} UTC after {run.result.steps} steps."
            print(text, file=sys.stderr)

    def snapshot(self, snapshot: Snapshot, *, is_last: bool = False) -> None:
        """Save a checkpoint if the last one is old enough, or if this is the last snapshot of the run."""
        if self._store is None:
            return
        if not self._has_begun:
            self._has_begun, self._recording = True, _attempt(self._begin)
        recording = self._recording
        if recording is None or not (recording.is_due or is_last):
            return
        from core.training.checkpoint import encode

        content = encode(self._start.problem, snapshot.checkpoint)
        result = replace(
            self._start,
            seconds=snapshot.seconds,
            steps=snapshot.step,
            energy_calls=snapshot.energy_calls,
            gradient_calls=snapshot.gradient_calls,
        )
        _attempt(lambda: recording.checkpoint(result, content))

    def _begin(self) -> Recording:
        assert self._store is not None
        if self._resumed is not None:
            return self._store.resume(self._resumed)
        return self._store.begin(self._start)

    def finish(self, result: Result, frames: Callable[[], Frames] | None = None) -> str | None:
        """Save the final result of the run.

        Args:
            result: the result of the run.
            frames: renders the pictures; called only if they can be saved.

        Returns:
            The id of the saved run; None if it is not saved.
        """
        store, recording = self._store, self._recording
        if store is None:
            return None
        pictures = None if frames is None else frames()
        if recording is not None:
            saved = _attempt(lambda: recording.finish(result, pictures))
        else:
            saved = _attempt(lambda: store.save(result, pictures))
        return None if saved is None else saved.id


def saved_run(name: str) -> tuple[StoredRun, State | None] | None:
    """The saved run that `--resume` names, with its newest checkpoint.

    Args:
        name: id of a run or its first digits, or the path of a checkpoint file.

    Returns:
        The run and its state (None before the first checkpoint). None instead of the pair if `name` is a path.

    Raises:
        StoreError: the store has no such run, or another process is still training it.
    """
    if Path(name).exists() or not name.isalnum():
        return None
    with open_store() as store:
        run = store.run(name)
        if run.result.status == "training":
            raise StoreError(f"Another process is still training run {run.id}; wait for it or stop it.")
        if run.result.kind != TRAINING:
            raise StoreError(f"Run {run.id} has no training to resume.")
        return run, store.checkpoint(run.id)


def _attempt(action: Callable[[], Value]) -> Value | None:
    """Call a function that uses the store. If it raises a StoreError, print the reason and return None."""
    try:
        return action()
    except StoreError as error:
        print(f"Not saved: {error}", file=sys.stderr)
        return None
