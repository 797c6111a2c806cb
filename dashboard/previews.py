"""Previews: exact pictures while a slider moves. They have their own HTTP route, because rerunning the page takes several times as long.

The player requests them (`dashboard/player/preview.js`) and shows them until the page's own pictures for the same settings arrive.
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
from core.reference.errors import NoExactFieldError
from dashboard.player.reel import pack
from dashboard.results.panel_results import PanelResult, exact_before_training
from dashboard.same_origin import refusal
from dashboard.state import METHODS, Selection

# The largest request, in bytes: twice the size of a mixture with the maximum number of modes (400) in the plane.
MOST_BYTES = 50_000
# Seconds in which the whole request must arrive.
BODY_SECONDS = 5.0
# Maximum number of previews computed at the same time, and of open requests; seconds that a request may wait for its turn.
MOST_AT_ONCE, MOST_OPEN, WAIT_SECONDS = 2, 64, 5.0
# Closes the connection, so that the unread rest of a request is not mistaken for the next request.
_CLOSE = {"Connection": "close"}
# Prevents Streamlit from compressing the response. Compression saves a tenth of the size, but takes longer than sending that tenth.
_PLAIN = {"Content-Encoding": "identity"}
# Maximum number of seconds that a page waits for running previews.
PATIENCE = 0.05


class _Turn:
    """Counts running previews, so that pages can wait for them."""

    def __init__(self) -> None:
        self.count = 0
        self.changed = threading.Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Count one more running preview for as long as the `with` block runs."""
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
        """Wait until no preview is running, for at most this many seconds."""
        with self.changed:
            self.changed.wait_for(lambda: not self.count, seconds)


_turn = _Turn()
_places = CapacityLimiter(MOST_AT_ONCE)
_open: set[object] = set()


async def respond(request: Request) -> Response:
    """Respond to POST with the requested preview as a reel (encoded pictures), or with 422 and a sentence where no preview exists."""
    if (reason := refusal(request.headers)) is not None:
        return PlainTextResponse(reason, 403)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return PlainTextResponse("Send the preview request as JSON (application/json).", 415)
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
    except ClientDisconnect:  # nobody reads the response
        return Response(status_code=400)
    if body is None:
        return PlainTextResponse(
            f"A preview request may have at most {MOST_BYTES} bytes.", 413, headers=_CLOSE
        )
    try:
        async with _place():
            blob = await run_in_threadpool(preview, body)
    except TimeoutError:
        return _busy()
    except ValueError as error:
        return PlainTextResponse(str(error), 422)
    return Response(blob, media_type="application/octet-stream", headers=_PLAIN)


async def _body(request: Request) -> bytes | None:
    """The whole body; None where it is too long."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


@asynccontextmanager
async def _place() -> AsyncIterator[None]:
    """Hold one of the MOST_AT_ONCE places for computing a preview, and make pages wait meanwhile.

    Raises:
        TimeoutError: no place became free in WAIT_SECONDS.
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
    return PlainTextResponse("Too many previews at once. Try again in a second.", 503, headers=headers)


def preview(text: bytes) -> bytes:
    """The exact pictures of a problem before any training, as a reel; curves without an exact solution are left out.

    Args:
        text: a JSON object with `problem` (see `Problem.to_dict`), `method` (a key of METHODS) and `t`, the only time that is computed if
            all times would take too long.

    Raises:
        ValueError: the text does not have this form, or no exact solution exists.
    """
    selection, t = _read(text)
    panels, unknown = [], None
    for method in selection.methods:
        try:
            panels.append(_panel_result(selection.alone(method), t).panel)
        except NoExactFieldError as error:
            unknown = error
    if unknown is not None and not panels:
        raise unknown
    return pack(panels)


def go_first() -> None:
    """Let running previews finish first: wait for them briefly. Call this at the start of a page. The page usually needs the same
    solution, which is then in the cache."""
    _turn.wait(PATIENCE)


def _panel_result(selection: Selection, t: float) -> PanelResult:
    exact, pending = exact_before_training(selection, t, for_preview=True)
    return PanelResult(selection, exact, pending)


def _read(text: bytes) -> tuple[Selection, float]:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The request is not valid JSON: {error}.") from error
    data = checks.known_keys("A preview", data, ("problem", "method", "t"))
    method = checks.choice("method", data.get("method"), METHODS)
    problem = Problem.from_dict(data.get("problem"))
    return Selection(method, problem, seconds=1.0), checks.number("t", data.get("t"), 0, 1)
