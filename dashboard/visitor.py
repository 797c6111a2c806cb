"""The browser's identity: a random token in a cookie, so that a viewer still owns their runs after a reload.

The page sets the cookie, and no script can read it. The server stores only the token's hash; links contain neither.
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
# Browsers keep cookies for at most 400 days.
MOST_AGE_SECONDS = 400 * 86_400
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


def key() -> str:
    """The owner key of this browser for `core.jobs.service`: the SHA-256 of its token, in hex.

    Some browsers do not allow cookies inside another site's page. They get a token that lasts until a reload.
    """
    token = st.context.cookies.to_dict().get(COOKIE, "")
    if not _TOKEN.fullmatch(token):
        token = st.session_state.setdefault(COOKIE, _new_token())
    return hashlib.sha256(token.encode()).hexdigest()


class VisitorCookie:
    """Middleware that sets the cookie for each browser that loads the page without one."""

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
