"""Send small network packets at once. TCP may hold them back for 40 ms, which is longer than the server takes to compute a preview."""

from __future__ import annotations

import socket
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send


class PromptSending:
    """Middleware that turns off Nagle's algorithm on each connection.

    With this algorithm, the body of a response waits until the browser acknowledges the packet with the headers, which takes up to 40 ms.
    asyncio also turns the algorithm off, but only if the listening socket has a protocol number, and Streamlit's socket has none.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (connection := connection_of(receive)) is not None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self.app(scope, receive, send)


def connection_of(receive: Receive) -> Any | None:
    """The TCP socket of a request, if the server is Uvicorn, where `receive` is a method of the object that holds the transport; None for
    other servers."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    found = transport.get_extra_info("socket") if transport is not None else None
    return found if found is not None and found.family in (socket.AF_INET, socket.AF_INET6) else None
