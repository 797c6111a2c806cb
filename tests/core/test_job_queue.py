"""The queue: presses of Train are counted, owners take turns, equal runs are one, and the expected wait is honest."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.budget import Budget
from core.jobs import line as room
from core.jobs.line import BusyError, Line
from core.jobs.pace import Pace
from core.jobs.records import Press, Ticket
from core.jobs.service import JobService
from core.problem import INTERPOLATIONS
from tests.services import SLEEPS, WORKS, look, request, until, working
from tests.workers import LONG


def press(line: Line, owner: str, seed: int = 0, seconds: float = 10.0) -> Press:
    new = Press(owner)
    run = new.add(request(seed, seconds), "label")
    run.tickets.append(Ticket(owner, run, time.monotonic()))
    line.add(new)
    return new


def start_all(line: Line) -> list[str]:
    """The owners in the order in which their presses start, one at a time."""
    owners = []
    while (started := line.start_next(lambda press: True)) is not None:
        owners.append(started.owner)
        for run in started.runs:
            run.update(status="finished")
        line.release(started)
    return owners


# Turns


def test_owners_take_turns_however_often_each_presses() -> None:
    line = Line()
    for owner in "aaaabbc":
        press(line, owner)
    assert start_all(line) == list("abcabaa")


def test_one_who_comes_late_is_not_behind_all_presses_of_another() -> None:
    line = Line()
    for _ in range(4):
        press(line, "a")
    line.start_next(lambda press: True)
    press(line, "b")
    assert [press.owner for press in line.waiting] == ["a", "b", "a", "a"]


def test_newcomers_do_not_starve_a_second_press() -> None:
    line = Line()
    for owner in "aa":
        press(line, owner)
    order = []
    for newcomer in range(10):
        press(line, f"newcomer {newcomer}")
        started = line.start_next(lambda press: True)
        assert started is not None
        order.append(started.owner)
        line.release(started)
    assert order.index("a", 1) <= 3


def test_press_that_is_given_up_leaves_the_queue() -> None:
    line = Line()
    first, second = press(line, "a"), press(line, "b")
    first.runs[0].update(status="stopped")
    assert line.waiting == [second]


def test_press_that_nobody_looks_at_lets_others_go_first() -> None:
    line = Line()
    hidden, seen = press(line, "a"), press(line, "b")
    assert line.start_next(lambda press: press is seen) is seen
    assert line.waiting == [hidden]


# Room


def test_full_queue_counts_presses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WAITING", 2)
    line = Line()
    for owner in "ab":
        for _ in range(3):  # three curves of one press
            line.check(owner)
        press(line, owner)
    with pytest.raises(BusyError, match=r"The queue is full: 2 runs are waiting\. Try again in a minute\."):
        line.check("c")


def test_owner_cannot_fill_the_queue() -> None:
    line = Line()
    for _ in range(room.MOST_WAITING_EACH):
        line.check("a")
        press(line, "a")
    with pytest.raises(BusyError, match="4 of your runs are waiting already"):
        line.check("a")
    line.check("b")


def test_closed_service_refuses_in_a_sentence(serve: Callable[..., JobService]) -> None:
    service = serve()
    service.close()
    with pytest.raises(BusyError, match="closing"):
        service.submit(LONG)


# Expected waits


def test_expected_wait_adds_up_what_comes_before() -> None:
    line, pace = Line(), Pace()
    for seed in range(4):
        press(line, f"{seed}", seed)
    started = line.start_next(lambda press: True)
    assert started is not None
    started.started, each = 100.0, 10.0 + pace.overhead
    waits = pace.waits(line.waiting, line.working, 1, now=104.0)
    assert waits == pytest.approx([each - 4, 2 * each - 4, 3 * each - 4])
    assert pace.waits(line.waiting, line.working, 2, now=104.0) == pytest.approx([0.0, each - 4, each])


def test_run_that_takes_longer_than_expected_gives_no_negative_wait() -> None:
    line, pace = Line(), Pace()
    for seed in range(2):
        press(line, "a", seed)
    started = line.start_next(lambda press: True)
    assert started is not None
    started.started = 0.0
    assert pace.waits(line.waiting, line.working, 1, now=1000.0) == [0.0]


def test_pace_learns_from_runs_that_use_their_budget() -> None:
    line, pace = Line(), Pace()
    done = press(line, "a")
    done.started = 50.0
    done.runs[0].update(status="finished", seconds=10.0)
    for _ in range(50):
        pace.note(done, now=50.0 + 10.0 + 7.0)
    assert pace.overhead == pytest.approx(7.0, abs=0.01)
    done.runs[0].update(status="stopped")
    pace.note(done, now=1000.0)
    assert pace.overhead == pytest.approx(7.0, abs=0.01)


# Equal runs


def test_equal_run_is_shared_and_stop_ends_it_for_the_last_one_only(
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
        replace(request(0), method="langevin"),
        replace(request(0), num_samples=60),
        replace(request(0), budget=Budget(seconds=101.0)),
    ],
    ids=["problem", "method", "samples", "longer"],
)
def test_run_that_differs_is_its_own(
    other: object, serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    service.submit(request(0), owner="a")
    (job_id,) = service.submit(other, owner="b")  # type: ignore[arg-type]
    assert (look(service, job_id).status, look(service, job_id).position) == ("queued", 1)


def test_run_that_is_being_stopped_is_not_joined(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    service.stop(*service.submit(request(0)))
    (job_id,) = service.submit(request(0))
    assert until(lambda: look(service, job_id).status == "starting")


def test_nobody_stops_the_run_of_another(
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


def test_one_who_leaves_gives_up_a_shared_run_for_themselves(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(lease_seconds=0.5)
    (a,) = service.submit(request(0), owner="a")
    (b,) = service.submit(request(0), owner="b")
    assert until(lambda: look(service, b).viewers == 1)
    assert (look(service, a).status, look(service, b).status) == ("stopped", "starting")


def test_shared_run_moves_up_to_where_the_second_viewer_would_stand(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    stand_in(SLEEPS)
    service = serve(most_running=1)
    ids = [service.submit(request(seed), owner="a")[0] for seed in range(4)]
    (last,) = service.submit(request(9), owner="c")
    service.submit(request(3), owner="b")
    assert [look(service, job_id).position for job_id in (ids[1], last, ids[3], ids[2])] == [1, 2, 3, 4]


# Thirty people


def crowd(service: JobService, num_people: int, seconds: float) -> list[list[str]]:
    """The runs of people who each press Train on all three curves, of problems of their own."""
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


def see_through(num_people: int, budget: float, service: JobService) -> None:
    """All are accepted, told a wait that holds, and served; each person's place only gets better."""
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
    see_through(30, 0.1, service)


@pytest.mark.long
def test_thirty_people_for_ten_seconds_each(
    serve: Callable[..., JobService], stand_in: Callable[[str], None]
) -> None:
    """As in a class: ten seconds that three curves share, one worker, and one wait that is honest for everybody."""
    stand_in(WORKS)
    service = serve(most_running=1)
    service.prepare()
    see_through(30, 10.0 / 3, service)


def test_class_that_trains_the_same_problem_waits_for_one_run(
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
