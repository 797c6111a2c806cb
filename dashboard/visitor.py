"""Which browser this is: a random token in a cookie, so that its owner keeps what is theirs when the page is loaded anew.

The cookie is set with the page, and no script can read it. The server keeps only the token's hash, and no link holds either.
"""

from __future__ import annotations

import hashlib
import re
import secrets

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.routes import base_path

COOKIE = "boltzmann_visitor"
# Browsers keep no cookie for longer than 400 days.
MOST_AGE_SECONDS = 400 * 86_400
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


def key() -> str:
    """The owner of what this browser does, as `core.jobs.service` and stores know them: the hash of its token.

    A browser that refuses cookies, as some do inside a foreign page, has a token until the page is loaded anew.
    """
    token = st.context.cookies.to_dict().get(COOKIE, "")
    if not _TOKEN.fullmatch(token):
        token = st.session_state.setdefault(COOKIE, _new_token())
    return hashlib.sha256(token.encode()).hexdigest()


class VisitorCookie:
    """Middleware that gives a token to each browser that loads the page without one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                MutableHeaders(scope=message).append("set-cookie", _cookie(request))
            await send(message)

        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        known = _TOKEN.fullmatch(request.cookies.get(COOKIE, ""))
        await self.app(scope, receive, send if known else send_with_cookie)


def _is_page(message: Message) -> bool:
    return MutableHeaders(scope=message).get("content-type", "").startswith("text/html")


def _cookie(request: Request) -> str:
    response = Response()
    response.set_cookie(
        COOKIE,
        _new_token(),
        max_age=MOST_AGE_SECONDS,
        path=base_path() or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response.headers["set-cookie"]


def _new_token() -> str:
    return secrets.token_urlsafe(32)
