"""Background computations: their number is limited, they report progress, and they end once no page waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dashboard.background import MOST_KEPT, AbandonedError, Background

PATIENCE = 20.0
Report = Callable[[float], None]


class Held:
    """A computation that reports, waits until it is released, and reports again."""

    def __init__(self) -> None:
        self.begun, self.go, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.cancelled = False

    def __call__(self, report: Report) -> None:
        report(0.25)
        self.begun.set()
        assert self.go.wait(PATIENCE)
        try:
            report(0.5)
        except AbandonedError:
            self.cancelled = True
            raise
        finally:
            self.ended.set()


def test_progress_is_visible_while_work_runs() -> None:
    background, work = Background(), Held()
    background.look("a", work)
    assert work.begun.wait(PATIENCE)
    seen = background.look("a", work)
    assert (seen.share, seen.status) == (0.25, "running")
    work.go.set()
    end = background.wait("a", PATIENCE)
    assert end is not None
    assert (end.share, end.status) == (1.0, "done")


def test_number_of_running_computations_is_limited() -> None:
    background, works = Background(most_running=2), [Held() for _ in range(3)]
    for i, work in enumerate(works):
        background.look(i, work)
    assert all(work.begun.wait(PATIENCE) for work in works[:2])
    assert background.look(2, works[2]).status == "waiting"
    assert not works[2].begun.is_set()
    for work in works:
        work.go.set()
    assert works[2].begun.wait(PATIENCE)
    background.wait(2, PATIENCE)


def test_abandoned_work_is_cancelled_and_the_next_starts() -> None:
    background, work, other = Background(most_running=1), Held(), Held()
    background.look("a", work)
    assert work.begun.wait(PATIENCE)
    other.go.set()
    background.look("b", other)
    background._tasks["a"].lease = 0.0
    work.go.set()
    end = background.wait("b", PATIENCE)
    assert end is not None
    assert end.status == "done"
    assert work.cancelled
    assert "a" not in background._tasks


def test_abandoned_waiting_work_is_dropped() -> None:
    background, work, other = Background(most_running=1), Held(), Held()
    background.look("a", work)
    background.look("b", other)
    background._tasks["b"].lease = 0.0
    background.look("a", work)
    assert "b" not in background._tasks
    work.go.set()
    background.wait("a", PATIENCE)
    assert not other.begun.is_set()


def test_failure_is_reported_to_the_page() -> None:
    def fail(report: Report) -> None:
        raise ValueError("no such field")

    background = Background()
    background.look("a", fail)
    end = background.wait("a", PATIENCE)
    assert end is not None
    assert end.status == "failed"
    assert str(end.error) == "no such field"


def test_number_of_finished_computations_is_limited() -> None:
    background = Background()
    for i in range(MOST_KEPT + 8):
        background.look(i, lambda report: None)
        background.wait(i, PATIENCE)
    background.look("last", lambda report: None)
    assert len(background._tasks) <= MOST_KEPT + 1
