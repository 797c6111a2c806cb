"""The cookie with which a browser keeps its runs after a reload."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest
import streamlit as st
from starlette.responses import Response
from starlette.types import Message, Scope

from dashboard import visitor


def response_headers(cookie: str = "", scheme: str = "http", media_type: str = "text/html") -> dict[str, str]:
    """The headers of a response that has passed the middleware."""
    headers = [(b"host", b"lab.example"), (b"cookie", cookie.encode())]
    scope: Scope = {"type": "http", "scheme": scheme, "path": "/", "method": "GET", "headers": headers}
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    call = visitor.VisitorCookie(Response("A page", media_type=media_type))(scope, receive, send)
    with pytest.raises(StopIteration):  # the middleware awaits nothing, so no event loop is needed
        call.send(None)  # type: ignore[attr-defined]
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def come_with(token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open the next pages in a new session of a browser with this cookie."""
    cookies = {} if token is None else {visitor.COOKIE: token}
    monkeypatch.setattr(st, "context", SimpleNamespace(cookies=SimpleNamespace(to_dict=lambda: cookies)))
    monkeypatch.setattr(st, "session_state", {})


def test_page_sets_a_cookie_that_scripts_cannot_read() -> None:
    header = response_headers()["set-cookie"]
    assert header.startswith(f"{visitor.COOKIE}=")
    assert "HttpOnly" in header
    assert "SameSite=lax" in header
    assert "Path=/;" in header
    assert "Secure" not in header  # otherwise, a local page over HTTP would lose the cookie
    assert response_headers()["set-cookie"] != header


def test_known_browser_keeps_its_cookie() -> None:
    first = response_headers()["set-cookie"].split(";")[0]
    assert "set-cookie" not in response_headers(f"other=1; {first}")


@pytest.mark.parametrize("token", ["", "guess", "x" * 44, "x" * 42 + "."])
def test_malformed_cookie_is_replaced(token: str) -> None:
    header = response_headers(f"{visitor.COOKIE}={token}")["set-cookie"]
    assert len(header.split(";")[0]) == len(visitor.COOKIE) + 1 + 43


def test_only_pages_set_the_cookie() -> None:
    assert "set-cookie" not in response_headers(media_type="application/json")


def test_cookie_over_https_is_secure() -> None:
    assert "Secure" in response_headers(scheme="https")["set-cookie"]


def test_same_browser_has_the_same_key_in_each_session(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = []
    for token in ("a" * 43, "a" * 43, "b" * 43):
        come_with(token, monkeypatch)
        keys.append(visitor.key())
    assert keys[0] == keys[1] != keys[2]
    assert keys[0] == hashlib.sha256(b"a" * 43).hexdigest()


def test_browser_without_cookies_gets_a_key_for_one_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    come_with(None, monkeypatch)
    key = visitor.key()
    assert visitor.key() == key
    come_with("not a token", monkeypatch)
    assert visitor.key() != key
