"""The queue: it counts presses of Train, owners take turns, equal requests share one run, and expected waits are kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.budget import Budget
from core.jobs import press_queue
from core.jobs.pace import Pace
from core.jobs.press_queue import BusyError, PressQueue
from core.jobs.records import Press, Ticket
from core.jobs.service import JobService
from core.problem import INTERPOLATIONS
from tests.services import SLEEPS, WORKS, look, request, until, working
from tests.workers import LONG


def press(queue: PressQueue, owner: str, seed: int = 0, seconds: float = 10.0) -> Press:
    new = Press(owner)
    run = new.add(request(seed, seconds), "label")
    run.tickets.append(Ticket(owner, run, time.monotonic()))
    queue.add(new)
    return new


def start_all(queue: PressQueue) -> list[str]:
    """Start the presses one at a time; returns their owners in order."""
    owners = []
    while (started := queue.start_next(lambda press: True)) is not None:
        owners.append(started.owner)
        for run in started.runs:
            run.update(status="finished")
        queue.release(started)
    return owners


# Turns


def test_owners_take_turns_however_often_each_presses() -> None:
    queue = PressQueue()
    for owner in "aaaabbc":
        press(queue, owner)
    assert start_all(queue) == list("abcabaa")


def test_saved_and_unsaved_runs_are_not_shared() -> None:
    queue = PressQueue()
    run = press(queue, "a").runs[0]
    assert queue.find(request(0, 10.0)) is run
    assert queue.find(request(0, 10.0), is_saved=False) is None


def test_latecomer_goes_before_later_presses_of_another_owner() -> None:
    queue = PressQueue()
    for _ in range(4):
        press(queue, "a")
    queue.start_next(lambda press: True)
    press(queue, "b")
    assert [press.owner for press in queue.waiting] == ["a", "b", "a", "a"]


def test_newcomers_do_not_starve_a_second_press() -> None:
    queue = PressQueue()
    for owner in "aa":
        press(queue, owner)
    order = []
    for newcomer in range(10):
        press(queue, f"newcomer {newcomer}")
        started = queue.start_next(lambda press: True)
        assert started is not None
        order.append(started.owner)
        queue.release(started)
    assert order.index("a", 1) <= 3


def test_stopped_press_leaves_the_queue() -> None:
    queue = PressQueue()
    first, second = press(queue, "a"), press(queue, "b")
    first.runs[0].update(status="stopped")
    assert queue.waiting == [second]


def test_press_without_viewers_lets_others_go_first() -> None:
    queue = PressQueue()
    hidden, seen = press(queue, "a"), press(queue, "b")
    assert queue.start_next(lambda press: press is seen) is seen
    assert queue.waiting == [hidden]


# Limits


def test_queue_limit_counts_presses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press_queue, "MOST_WAITING", 2)
    queue = PressQueue()
    for owner in "ab":
        for _ in range(3):  # three curves of one press
            queue.check(owner)
        press(queue, owner)
    with pytest.raises(BusyError, match=r"The queue is full: 2 runs are waiting\. Try again in a minute\."):
        queue.check("c")


def test_owner_cannot_fill_the_queue() -> None:
    queue = PressQueue()
    for _ in range(press_queue.MOST_WAITING_EACH):
        queue.check("a")
        press(queue, "a")
    with pytest.raises(BusyError, match="4 of your runs are already waiting"):
        queue.check("a")
    queue.check("b")


def test_closed_service_refuses_new_runs(serve: Callable[..., JobService]) -> None:
    service = serve()
    service.close()
    with pytest.raises(BusyError, match="shutting down"):
        service.submit(LONG)


# Expected waits


def test_expected_wait_is_the_sum_of_earlier_presses() -> None:
    queue, pace = PressQueue(), Pace()
    for seed in range(4):
        press(queue, f"{seed}", seed)
    started = queue.start_next(lambda press: True)
    assert started is not None
    started.started, each = 100.0, 10.0 + pace.overhead
    waits = pace.waits(queue.waiting, queue.working, 1, now=104.0)
    assert waits == pytest.approx([each - 4, 2 * each - 4, 3 * each - 4])
    assert pace.waits(queue.waiting, queue.working, 2, now=104.0) == pytest.approx([0.0, each - 4, each])


def test_overdue_run_gives_no_negative_wait() -> None:
    queue, pace = PressQueue(), Pace()
    for seed in range(2):
        press(queue, "a", seed)
    started = queue.start_next(lambda press: True)
    assert started is not None
    started.started = 0.0
    assert pace.waits(queue.waiting, queue.working, 1, now=1000.0) == [0.0]


def test_overhead_is_learned_from_runs_that_use_their_budget() -> None:
    queue, pace = PressQueue(), Pace()
    done = press(queue, "a")
    done.started = 50.0
    done.runs[0].update(status="finished", seconds=10.0)
    for _ in range(50):
        pace.note(done, now=50.0 + 10.0 + 7.0)
    assert pace.overhead == pytest.approx(7.0, abs=0.01)
    done.runs[0].update(status="stopped")
    pace.note(done, now=1000.0)
    assert pace.overhead == pytest.approx(7.0, abs=0.01)


# Equal runs


def test_equal_requests_share_a_run_until_the_last_viewer_stops_it(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    (a,) = service.submit(request(0), owner="a")
    (b,) = service.submit(request(0, seconds=50.0), owner="b")
    assert a != b
    assert len(working(service)) == 1
    assert [look(service, job_id).viewers for job_id in (a, b)] == [2, 2]
    service.stop(a, owner="a", wait=True)
    assert [look(service, job_id).status for job_id in (a, b)] == ["stopped", "starting"]
    assert look(service, b).viewers == 1
    service.stop(b, owner="b", wait=True)
    assert look(service, b).status == "stopped"
    assert until(lambda: not working(service))


@pytest.mark.parametrize(
    "other",
    [
        request(1),
        replace(request(0), kind="mala"),
        replace(request(0), num_samples=60),
        replace(request(0), budget=Budget(seconds=101.0)),
    ],
    ids=["problem", "kind", "samples", "longer"],
)
def test_different_requests_do_not_share_a_run(
    other: object, serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    service.submit(request(0), owner="a")
    (job_id,) = service.submit(other, owner="b")  # type: ignore[arg-type]
    assert (look(service, job_id).status, look(service, job_id).position) == ("queued", 1)


def test_request_does_not_join_a_run_that_is_being_stopped(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    service.stop(*service.submit(request(0)))
    (job_id,) = service.submit(request(0))
    assert until(lambda: look(service, job_id).status == "starting")


def test_only_the_owner_can_stop_a_run(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve()
    (job_id,) = service.submit(request(0), owner="a")
    for stranger in ("b", ""):
        service.stop(job_id, owner=stranger, wait=True)
        assert look(service, job_id).running
        assert not service.is_owner(job_id, stranger)
    assert service.is_owner(job_id, "a")


def test_viewer_whose_lease_ends_leaves_a_shared_run(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(lease_seconds=0.5)
    (a,) = service.submit(request(0), owner="a")
    (b,) = service.submit(request(0), owner="b")
    assert until(lambda: look(service, b).viewers == 1)
    assert (look(service, a).status, look(service, b).status) == ("stopped", "starting")


def test_shared_run_moves_up_to_the_second_viewers_place(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    ids = [service.submit(request(seed), owner="a")[0] for seed in range(4)]
    (last,) = service.submit(request(9), owner="c")
    service.submit(request(3), owner="b")
    assert [look(service, job_id).position for job_id in (ids[1], last, ids[3], ids[2])] == [1, 2, 3, 4]


# A class of thirty people


def crowd(service: JobService, num_people: int, seconds: float) -> list[list[str]]:
    """Let people press Train on all three curves, each for a different problem; returns their job ids."""
    problem = request().problem
    return [
        service.submit(
            *(
                replace(request(seed, seconds), problem=replace(problem, seed=seed, interpolation=name))
                for name in INTERPOLATIONS
            ),
            owner=f"person {seed}",
        )
        for seed in range(num_people)
    ]


def serve_crowd(num_people: int, budget: float, service: JobService) -> None:
    """Check that all presses are accepted and served within the expected wait, and that no one's place in the queue gets worse."""
    began = time.monotonic()
    runs = crowd(service, num_people, budget)
    places = [look(service, ids[0]).position for ids in runs]
    assert places == [max(person - service.most_running + 1, 0) for person in range(num_people)]
    promised = {
        person: look(service, runs[person][0]).wait_seconds for person in range(num_people) if places[person]
    }
    assert list(promised.values()) == pytest.approx(sorted(promised.values()), abs=0.5)
    started = dict[int, float]()
    while any(look(service, job_id).running for ids in runs for job_id in ids):
        for person, ids in enumerate(runs):
            views = [look(service, job_id) for job_id in ids]
            if any(view.status != "queued" for view in views):
                started.setdefault(person, time.monotonic() - began)
            assert all(view.position <= places[person] for view in views)
        time.sleep(0.05)
    assert [look(service, job_id).status for ids in runs for job_id in ids] == ["finished"] * 3 * num_people
    assert list(started) == sorted(started)
    assert all(started[person] < seconds + 1.0 for person, seconds in promised.items())


def test_thirty_people_are_all_accepted_and_served(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(WORKS)
    service = serve(most_running=2)
    service.prepare()
    serve_crowd(30, 0.1, service)


@pytest.mark.long
def test_thirty_people_for_ten_seconds_each(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    """As in a class: three curves share ten seconds, on one worker."""
    stand_in(WORKS)
    service = serve(most_running=1)
    service.prepare()
    serve_crowd(30, 10.0 / 3, service)


def test_class_that_trains_the_same_problem_shares_one_run(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    ids = [service.submit(request(0), owner=f"person {person}")[0] for person in range(30)]
    assert len(set(ids)) == 30
    assert {look(service, job_id).viewers for job_id in ids} == {30}
    assert {look(service, job_id).status for job_id in ids} == {"starting"}
    for person, job_id in enumerate(ids[:-1]):
        service.stop(job_id, owner=f"person {person}")
    assert look(service, ids[-1]).running
