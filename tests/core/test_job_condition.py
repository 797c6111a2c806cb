"""The condition of a job service, as its operator sees it."""

from __future__ import annotations

from collections.abc import Callable

from core.jobs.service import JobService
from tests.services import STUBBORN, request, until


def test_condition_counts_workers_presses_and_people(
    stand_in: Callable[[str], None], serve: Callable[..., JobService]
) -> None:
    service = serve(most_running=1)
    stand_in(STUBBORN)
    for seed, owner in enumerate("aab"):
        service.submit(request(seed), owner=owner)
    assert until(lambda: [each.pid for each in service.condition().working] != [None])
    condition = service.condition()
    assert (len(condition.working), condition.most_working, len(condition.waiting)) == (1, 1, 2)
    assert condition.people == 2
    assert condition.waiting[0] < condition.waiting[1]
    (line,) = condition.working[0].runs
    assert line.endswith(": two_modes, linear")
    assert condition.error == ""


def test_condition_reports_that_idle_workers_end(
    stand_in: Callable[[str], None], serve: Callable[..., JobService]
) -> None:
    service = serve()
    stand_in("import sys; sys.exit(1)")
    service.prepare()
    assert until(lambda: service.condition().error != "")
    assert "end as soon as they start" in service.condition().error


def test_condition_has_the_process_id_of_the_idle_worker(
    stand_in: Callable[[str], None], serve: Callable[..., JobService]
) -> None:
    service = serve()
    stand_in("import time; time.sleep(60)")
    assert service.condition().idle_pid is None
    service.prepare()
    assert until(lambda: service.condition().idle_pid is not None)
    assert service.condition().error == ""
