"""Requests for previews: same origin, JSON, in time, and not too many at once."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from streamlit import config

from dashboard import previews
from dashboard.same_origin import refusal
from tests.dashboard.preview_server import Place, post, serving_previews

HERE = "127.0.0.1:8501"


@pytest.fixture(scope="module")
def server() -> Iterator[Place]:
    with serving_previews() as place:
        yield place


@pytest.fixture
def option() -> Iterator[Any]:
    """Set options of the server, and restore them after the test."""
    before: dict[str, Any] = {}

    def change(name: str, value: Any) -> None:
        before.setdefault(name, config.get_option(name))
        config.set_option(name, value)

    yield change
    for name, value in before.items():
        config.set_option(name, value)


@pytest.mark.parametrize(
    ("headers", "is_accepted"),
    [
        ({"host": HERE}, True),
        ({"host": HERE, "origin": f"http://{HERE}"}, True),
        ({"host": "localhost:8501", "origin": "http://LOCALHOST:8501"}, True),
        ({"host": "[::1]:8501", "origin": "http://[::1]:8501"}, True),
        ({"host": "lab.localhost", "origin": "http://lab.localhost:80"}, True),
        # Refused origins: another site, another program on this machine, a look-alike host, a sandboxed page, and invalid values.
        ({"host": HERE, "origin": "https://foreign.example"}, False),
        ({"host": HERE, "origin": "http://127.0.0.1:9999"}, False),
        ({"host": HERE, "origin": f"http://{HERE}.foreign.example"}, False),
        ({"host": HERE, "origin": "null"}, False),
        ({"host": HERE, "origin": ""}, False),
        ({"host": HERE, "origin": "http://[::1"}, False),
        # Refused hosts: for example, a foreign name that resolves to this machine (DNS rebinding).
        ({"host": "foreign.example:8501", "origin": "http://foreign.example:8501"}, False),
        ({"host": "foreign.example"}, False),
        ({"host": "127.0.0.1.foreign.example"}, False),
        ({}, False),
        # Requests through a proxy on this machine that forwards its own name.
        ({"host": HERE, "x-forwarded-host": "lab.example", "origin": "https://lab.example"}, True),
        ({"host": HERE, "x-forwarded-host": "lab.example, inner", "origin": "https://lab.example"}, True),
        ({"host": HERE, "x-forwarded-host": "lab.example", "origin": "https://foreign.example"}, False),
    ],
)
def test_only_pages_of_this_server_are_accepted(
    headers: dict[str, str], is_accepted: bool, option: Any
) -> None:
    option("server.address", "127.0.0.1")
    assert (refusal(headers) is None) == is_accepted


@pytest.mark.parametrize(
    ("name", "value", "headers"),
    [
        ("server.address", "0.0.0.0", {"host": "lab.example", "origin": "http://lab.example"}),
        ("server.allowedHosts", ["lab.example"], {"host": "lab.example", "origin": "https://lab.example"}),
        ("server.allowedHosts", ["*.example"], {"host": "lab.example", "origin": "https://lab.example"}),
        (
            "server.corsAllowedOrigins",
            ["https://other.example"],
            {"host": HERE, "origin": "https://other.example"},
        ),
        ("server.enableCORS", False, {"host": HERE, "origin": "https://other.example"}),
    ],
)
def test_server_options_allow_other_origins(
    name: str, value: Any, headers: dict[str, str], option: Any
) -> None:
    option("server.address", "127.0.0.1")
    assert refusal(headers) is not None
    option(name, value)
    assert refusal(headers) is None


def test_allowed_hosts_exclude_all_others(option: Any) -> None:
    option("server.allowedHosts", ["lab.example"])
    assert refusal({"host": HERE}) is not None


def test_server_refuses_foreign_origins_and_hosts(server: Place, option: Any) -> None:
    option("server.address", "127.0.0.1")
    assert post(server, b"{}", {"Origin": "https://foreign.example"})[0] == 403
    assert post(server, b"{}", {"Host": "foreign.example", "Origin": "http://foreign.example"})[0] == 403
    assert post(server, b"{}", {"Origin": f"http://{server[0]}:{server[1]}"})[0] == 422


@pytest.mark.parametrize(
    "kind", ["text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", ""]
)
def test_only_json_is_accepted(server: Place, kind: str) -> None:
    assert post(server, b"{}", {"Content-Type": kind})[0] == 415
    assert post(server, b"{}", {"Content-Type": "application/json; charset=utf-8"})[0] == 422


def _send(place: Place, head: bytes) -> socket.socket:
    connection = socket.create_connection(place, timeout=20)
    connection.sendall(
        b"POST /previews HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + head
    )
    return connection


def _all_of(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "body", [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"]
)
def test_slow_body_times_out(server: Place, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "BODY_SECONDS", 0.2)
    with _send(server, body) as connection:
        # Reads until the server closes the connection.
        assert _all_of(connection).startswith(b"HTTP/1.1 408 ")
    assert not previews._open


def test_trickling_body_times_out(server: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "BODY_SECONDS", 0.3)
    with _send(server, b"Content-Length: 1000\r\n\r\n") as connection:
        ended = threading.Event()
        thread = threading.Thread(target=_trickle, args=(connection, ended))
        thread.start()
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")
        ended.set()
        thread.join(10)


def _trickle(connection: socket.socket, ended: threading.Event) -> None:
    try:
        while not ended.wait(0.05):
            connection.sendall(b" ")
    except OSError:  # closed by the server
        pass


def test_abandoned_connection_leaves_no_open_request(server: Place) -> None:
    _send(server, b"Content-Length: 100\r\n\r\n{").close()
    _wait_until(lambda: not previews._open)


def test_long_body_is_refused_before_it_has_arrived(server: Place) -> None:
    with _send(server, b"Content-Length: 1000000\r\n\r\n" + b" " * (previews.MOST_BYTES + 1)) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


class Computing:
    """A stand-in for `preview` that blocks until `go` is set; counts parallel calls."""

    def __init__(self) -> None:
        self.now, self.most = 0, 0
        self.lock, self.go = threading.Lock(), threading.Event()

    def __call__(self, text: bytes) -> bytes:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.go.wait(20)
        with self.lock:
            self.now -= 1
        return b"done"


def test_two_previews_are_computed_at_once_and_the_others_wait(
    server: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    computing = Computing()
    monkeypatch.setattr(previews, "preview", computing)
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(post, server, b"{}") for _ in range(6)]
        _wait_until(lambda: len(previews._open) == 6 and computing.now == previews.MOST_AT_ONCE)
        computing.go.set()
        assert [answer.result() for answer in answers] == [(200, b"done")] * 6
    assert computing.most == previews.MOST_AT_ONCE == 2


def test_too_many_requests_get_retry_after(server: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    computing = Computing()
    monkeypatch.setattr(previews, "preview", computing)
    monkeypatch.setattr(previews, "MOST_OPEN", 3)
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(post, server, b"{}") for _ in range(3)]
        _wait_until(lambda: len(previews._open) == 3)
        with _send(server, b"Content-Length: 2\r\nConnection: close\r\n\r\n{}") as connection:
            answer = _all_of(connection)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in answer
        computing.go.set()
        assert {answer.result()[0] for answer in answers} == {200}


def test_waiting_preview_times_out(server: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    computing = Computing()
    monkeypatch.setattr(previews, "preview", computing)
    monkeypatch.setattr(previews, "WAIT_SECONDS", 0.2)
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(post, server, b"{}") for _ in range(2)]
        _wait_until(lambda: computing.now == 2)
        assert post(server, b"{}")[0] == 503
        computing.go.set()
        assert {answer.result()[0] for answer in answers} == {200}


def _wait_until(holds: Any) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
