"""A real server for the previews, in a thread of this process."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from dashboard.previews import respond

JSON = {"Content-Type": "application/json"}
Place = tuple[str, int]


def serving_previews() -> AbstractContextManager[Place]:
    """Yield host and port of a server with the route POST /previews."""
    return serving(Starlette(routes=[Route("/previews", respond, methods=["POST"])]))


@contextmanager
def serving(app: ASGIApp) -> Iterator[Place]:
    """Yield host and port of a server with this app."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    if not server.started:
        pytest.fail("the server did not start")
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        listening.close()


def post(place: Place, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Send a preview request with additional headers; returns the status and body of the response."""
    connection = http.client.HTTPConnection(*place, timeout=30)
    try:
        connection.request("POST", "/previews", body, {**JSON, **(headers or {})})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
