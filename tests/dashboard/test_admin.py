"""What the operator of a server sees: the health check and the operator's page."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from math import nan

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from core.jobs.condition import Condition, Working
from dashboard import admin, cache, health
from tests.dashboard.pages import APP, PATIENCE
from tests.dashboard.preview_server import serving

QUIET = Condition((), 1, (), 0, 4321, False, "")
BUSY = Condition((Working(99, ("Run abcd: pair, linear",), 3.2, 0.7e9),), 1, (5.0, nan), 3, None, False, "")
BROKEN = replace(QUIET, idle_pid=None, lost_idle=True)


class Jobs:
    """A stand-in for a job service that is in the given condition."""

    def __init__(self, condition: Condition) -> None:
        self.now = condition

    def prepare(self) -> None: ...
    def condition(self) -> Condition:
        return self.now


def put(monkeypatch: pytest.MonkeyPatch, condition: Condition) -> None:
    monkeypatch.setattr(cache, "jobs", lambda: Jobs(condition))


@pytest.mark.parametrize(("condition", "status"), [(QUIET, 200), (BUSY, 200), (BROKEN, 503)])
def test_health_check_fails_if_workers_cannot_start(
    condition: Condition, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(monkeypatch, condition)
    with serving(Starlette(routes=[Route("/healthz", health.respond)])) as place:
        connection = http.client.HTTPConnection(*place, timeout=30)
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        body = json.loads(response.read())
        connection.close()
    assert response.status == status
    assert (body["working"], body["waiting"]) == (len(condition.working), len(condition.waiting))
    assert body["error"] == condition.error


def opened(monkeypatch: pytest.MonkeyPatch, condition: Condition = BUSY) -> AppTest:
    monkeypatch.setenv(admin.VARIABLE, "a long token")
    put(monkeypatch, condition)
    return AppTest.from_file(APP, default_timeout=PATIENCE).switch_page("app_pages/admin.py").run()


def give(app: AppTest, token: str) -> AppTest:
    app.text_input[0].set_value(token)
    (button,) = (each for each in app.button if each.label == "Open")
    return button.click().run()


def test_operators_page_needs_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch)
    assert not app.metric
    app = give(app, "another token")
    assert [error.value for error in app.error] == ["This is not the token."]
    assert not app.metric


def test_operators_page_shows_queue_workers_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    app = give(opened(monkeypatch), "a long token")
    assert not app.exception
    assert [metric.value for metric in app.metric][:4] == ["1 of 1", "2", "unknown", "3"]
    assert app.metric[4].value.endswith(" GB")
    assert app.dataframe[0].value["Memory"].tolist() == ["0.70 GB"]


def test_every_token_is_wrong_if_the_environment_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(admin.VARIABLE, raising=False)
    assert not admin.is_operated()
    assert not admin.is_token("")
