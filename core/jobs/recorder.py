"""The recorder: saves the runs of a service in the run store while they are in progress, in a separate thread.

A failing store never stops a run. The recorder keeps the reason as one sentence, and retries saving the end of a run for a while.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.jobs.saved_runs import course_of, result_of
from core.store import ownership
from core.store.errors import StoreError
from core.store.folder import EXACT, FRAMES
from core.store.recording import Recording
from core.store.store import Store

if TYPE_CHECKING:
    from core.jobs.records import Run
    from core.jobs.wire import Message

# If the end of a run cannot be saved, the recorder tries again after RETRY_SECONDS, at most MOST_TRIES times.
RETRY_SECONDS, MOST_TRIES = 5.0, 12
CLOSING_SECONDS = 5.0
_logger = logging.getLogger(__name__)


@dataclass(eq=False)
class _Tracked:
    """A run that is being saved, with the data from its worker that is not in the store yet."""

    run: Run
    recording: Recording | None = None
    checkpoint: bytes = b""
    picture: bytes = b""
    exact: bytes = b""
    # Number, steps and seconds of each picture in the store.
    pictures: list[tuple[int, int, float]] = field(default_factory=list)
    has_new_picture: bool = False
    has_ended: bool = False
    due: float = 0.0
    tries: int = 0


class Recorder:
    """Saves runs. All methods are thread-safe and return at once, except `close`.

    Attributes:
        error: why the latest attempt to save failed, in one sentence; empty after a success.

    Args:
        open_store: returns the store, open; raises a StoreError if it cannot be opened.
    """

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self.error = ""
        self._open = open_store
        self._tracked: OrderedDict[str, _Tracked] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def note(self, run: Run, message: Message) -> None:
        """Note the new data in a worker's message. Call this after the message has been applied to the run.

        A run on a local target is not saved: the target exists in this server's processes only.
        """
        if run.view.request.problem.is_local or not run.press.is_saved:
            return
        with self._changed:
            tracked = self._tracked.get(run.id)
            if tracked is None or tracked.run is not run:
                # A resumed run continues the recording of its earlier part, if the end of that part is not saved yet.
                recording = None if tracked is None else tracked.recording
                tracked = self._tracked[run.id] = _Tracked(run, recording)
            if message.kind == "end":
                _mark_ended(tracked)
            elif message.kind == "checkpoint":
                tracked.checkpoint = message.body
            elif message.kind == "picture":
                tracked.picture, tracked.has_new_picture = message.body, True
            elif message.kind == "exact":
                tracked.exact = message.body
            self._changed.notify()

    def end(self, run: Run) -> None:
        """Save the end of a run. Does nothing if `note` received no message of the run, or if its end is saved already."""
        with self._changed:
            tracked = self._tracked.get(run.id)
            if tracked is not None and tracked.run is run and not tracked.has_ended:
                _mark_ended(tracked)
                self._changed.notify()

    def wait(self, seconds: float) -> bool:
        """Wait until every run that has ended is saved, at most `seconds`; returns whether all are."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._has_ended(), seconds)

    def close(self) -> None:
        """Save the runs that have ended, abandon all others, and end the thread. Blocks for 2·CLOSING_SECONDS at most."""
        self.wait(CLOSING_SECONDS)
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(CLOSING_SECONDS)

    def _has_ended(self) -> bool:
        return any(tracked.has_ended for tracked in self._tracked.values())

    def _work(self) -> None:
        while (tracked := self._next()) is not None:
            self._save(tracked)
        for tracked in self._tracked.values():
            _release(tracked)

    def _next(self) -> _Tracked | None:
        """Wait for a run with unsaved data and return it; None once the recorder is closed."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                waiting = [tracked for tracked in self._tracked.values() if _has_news(tracked)]
                ready = [tracked for tracked in waiting if tracked.due <= now]
                if ready:
                    return ready[0]
                self._changed.wait(min((t.due - now for t in waiting), default=None))
            return None

    def _save(self, tracked: _Tracked) -> None:
        """Save the new data of a run."""
        has_ended = tracked.has_ended
        tracked.tries += 1
        try:
            self._write(tracked, has_ended)
            self.error, tracked.tries = "", 0
        except StoreError as error:
            self.error = str(error)
            tracked.due = time.monotonic() + RETRY_SECONDS
        except Exception:
            _logger.exception("Saving a run failed.")
            tracked.due = time.monotonic() + RETRY_SECONDS
        if has_ended and (tracked.tries == 0 or tracked.tries >= MOST_TRIES):
            _release(tracked)
            with self._changed:
                # A resumed run has the same id, and may have taken this place meanwhile.
                if self._tracked.get(tracked.run.id) is tracked:
                    del self._tracked[tracked.run.id]
                self._changed.notify_all()

    def _write(self, tracked: _Tracked, has_ended: bool) -> None:
        if tracked.recording is None:
            tracked.recording = self._begin(tracked)
        if tracked.checkpoint:
            self._write_checkpoint(tracked, tracked.recording)
        if has_ended:
            view = tracked.run.view
            packed = {FRAMES: tracked.picture, EXACT: tracked.exact}
            tracked.recording.finish(
                result_of(view),
                packed={name: content for name, content in packed.items() if content},
                course=course_of(view, tracked.pictures).pack(),
            )
            self._copy_for_others(tracked.run)

    def _copy_for_others(self, run: Run) -> None:
        """Copy the run for every other owner who follows it, under the id of that owner's ticket."""
        store = self._open()
        for ticket in list(run.tickets):
            if ticket.owner not in ("", run.press.owner) and not store.has(ticket.id):
                ownership.copy(store, run.id, ticket.owner, run_id=ticket.id)

    def _write_checkpoint(self, tracked: _Tracked, recording: Recording) -> None:
        view, content = tracked.run.view, tracked.checkpoint
        # The last picture is saved with the end of the run, not with a checkpoint.
        picture = tracked.picture if tracked.has_new_picture and view.status == "training" else None
        with self._changed:
            tracked.has_new_picture = False

        def course(number: int) -> bytes:
            if picture is not None and view.picture is not None:
                tracked.pictures.append((number, view.picture.step, view.picture.seconds))
            return course_of(view, tracked.pictures).pack()

        recording.checkpoint(result_of(view), content, picture, course)
        with self._changed:
            if tracked.checkpoint is content:
                tracked.checkpoint = b""
        tracked.due = recording.due

    def _begin(self, tracked: _Tracked) -> Recording:
        run, store = tracked.run, self._open()
        if store.has(run.id):
            tracked.pictures = list(store.course(run.id).pictures)
            return store.resume(run.id)
        return store.begin(result_of(run.view), run.press.owner or None, run.id)


def _mark_ended(tracked: _Tracked) -> None:
    tracked.has_ended, tracked.due, tracked.tries = True, 0.0, 0


def _release(tracked: _Tracked) -> None:
    if tracked.recording is not None:
        tracked.recording.close()


def _has_news(tracked: _Tracked) -> bool:
    return bool(tracked.recording is None or tracked.checkpoint or tracked.has_ended)
