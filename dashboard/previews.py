"""Exact pictures while a slider moves, by a request of their own: a page takes several times as long to run for each place.

The player asks for them (`components/player/preview.js`) and shows them until the page has come to the same place.
"""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from anyio import CapacityLimiter, fail_after
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from core import checks
from core.problem import Problem
from core.reel import pack
from core.reference.errors import NoExactFieldError
from dashboard.components.answers import Answer, known_exactly
from dashboard.same_origin import refusal
from dashboard.state import METHODS, Selection

# As many modes as a mixture may have, four hundred, with their weights take half of it in the plane.
MOST_BYTES = 50_000
# Seconds that a request may take to arrive.
BODY_SECONDS = 5.0
# Previews that are computed at once; requests that arrive, wait or are computed; and seconds that one may wait for its turn.
MOST_AT_ONCE, MOST_OPEN, WAIT_SECONDS = 2, 64, 5.0
# What was not read of a request must not be taken for the next one.
_CLOSE = {"Connection": "close"}
# So many seconds a page waits for a preview that is under way.
PATIENCE = 0.05


class _Turn:
    """Previews that are under way, and pages that let them go first."""

    def __init__(self) -> None:
        self.count = 0
        self.changed = threading.Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While a preview is made."""
        self._add(1)
        try:
            yield
        finally:
            self._add(-1)

    def _add(self, number: int) -> None:
        with self.changed:
            self.count += number
            self.changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Until there is none, so many seconds at most."""
        with self.changed:
            self.changed.wait_for(lambda: not self.count, seconds)


_turn = _Turn()
_places = CapacityLimiter(MOST_AT_ONCE)
_open: set[object] = set()


async def respond(request: Request) -> Response:
    """POST: the reel of what is asked for; 422 with a sentence where there is none."""
    if (reason := refusal(request.headers)) is not None:
        return PlainTextResponse(reason, 403)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return PlainTextResponse("A preview is asked for in JSON (application/json).", 415)
    if len(_open) >= MOST_OPEN:
        return _busy()
    mark = object()
    _open.add(mark)
    try:
        return await _answer_to(request)
    finally:
        _open.remove(mark)


async def _answer_to(request: Request) -> Response:
    try:
        with fail_after(BODY_SECONDS):
            body = await _body(request)
    except TimeoutError:
        return PlainTextResponse("The request did not arrive in time.", 408, headers=_CLOSE)
    except ClientDisconnect:  # nobody reads it
        return Response(status_code=400)
    if body is None:
        return PlainTextResponse(
            f"A preview is asked for in {MOST_BYTES} bytes at most.", 413, headers=_CLOSE
        )
    try:
        async with _place():
            blob = await run_in_threadpool(preview, body)
    except TimeoutError:
        return _busy()
    except ValueError as error:
        return PlainTextResponse(str(error), 422)
    return Response(blob, media_type="application/octet-stream")


async def _body(request: Request) -> bytes | None:
    """The whole of it; None where it is too long."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


@asynccontextmanager
async def _place() -> AsyncIterator[None]:
    """One of the places of previews that are computed, and the turn before pages.

    Raises:
        TimeoutError: none became free.
    """
    with fail_after(WAIT_SECONDS):
        await _places.acquire()
    try:
        with _turn.taken():
            yield
    finally:
        _places.release()


def _busy() -> Response:
    headers = {"Retry-After": "1"}
    return PlainTextResponse("Too many previews at once; ask again in a second.", 503, headers=headers)


def preview(text: bytes) -> bytes:
    """The reel of what is known exactly, before any training; curves of which nothing is known are left out.

    Args:
        text: a JSON object with `problem` (as `Problem.to_dict` gives it), `method`, a key of METHODS, and `t`, the moment that is
            enough where all times take a while.

    Raises:
        ValueError: it is not of this form, or nothing is known exactly.
    """
    selection, t = _read(text)
    panels, unknown = [], None
    for method in selection.methods:
        try:
            panels.append(_answer(selection.alone(method), t).panel)
        except NoExactFieldError as error:
            unknown = error
    if unknown is not None and not panels:
        raise unknown
    return pack(panels)


def go_first() -> None:
    """To be called as a page begins: what is under way is mostly for the same place, and the page will find it solved."""
    _turn.wait(PATIENCE)


def _answer(selection: Selection, t: float) -> Answer:
    exact, pending = known_exactly(selection, t, hurried=True)
    return Answer(selection, exact, pending)


def _read(text: bytes) -> tuple[Selection, float]:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The request is not valid JSON: {error}.") from error
    data = checks.known_keys("A preview", data, ("problem", "method", "t"))
    method = checks.choice("method", data.get("method"), METHODS)
    problem = Problem.from_dict(data.get("problem"))
    return Selection(method, problem, seconds=1.0), checks.number("t", data.get("t"), 0, 1)
