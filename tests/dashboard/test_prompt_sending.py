"""The server sends small packets at once: Nagle's algorithm, which holds them back, is off."""

from __future__ import annotations

import socket
import sys
import tomllib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard import app
from dashboard.app import MIDDLEWARE
from dashboard.prompt_sending import PromptSending, connection_of
from tests.dashboard.preview_server import post, serving


async def answer(request: Request) -> PlainTextResponse:
    """Respond with 0 if Nagle's algorithm is on for the connection of the request, and with another number if it is off."""
    connection = connection_of(request.receive)
    assert connection is not None
    return PlainTextResponse(str(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))


@pytest.mark.parametrize("is_prompt", [True, False])
def test_packets_are_not_held_back(is_prompt: bool) -> None:
    middleware = [Middleware(PromptSending)] if is_prompt else []
    server = Starlette(routes=[Route("/previews", answer, methods=["POST"])], middleware=middleware)
    with serving(server) as place:
        status, body = post(place, b"{}")
    assert status == 200
    # If this fails because asyncio turns the algorithm off by itself, the middleware is no longer needed.
    assert (body != b"0") == is_prompt


def test_app_sends_promptly() -> None:
    assert MIDDLEWARE[0].cls is PromptSending
    assert sys.getswitchinterval() <= 0.001


def test_app_watches_no_files() -> None:
    settings = tomllib.loads(Path(app.__file__).with_name(".streamlit").joinpath("config.toml").read_text())
    assert settings["server"]["fileWatcherType"] == "none"
