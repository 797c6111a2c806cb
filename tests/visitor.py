"""A visitor without a browser, who exchanges messages with a Streamlit page over a WebSocket as a browser does."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from dashboard.visitor import COOKIE

PLAYER = "curve_player"
# Seconds to wait for a response of the server before the visitor gives up.
PATIENCE = 120.0


def visit(visits: Coroutine[Any, Any, None]) -> None:
    """Run visits to their end in a new thread, because Playwright may already run an event loop in the test's own thread."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, visits).result()


class Visitor:
    """One open page. Reruns the page's timed fragments as a browser does, so that the server has the same work.

    Attributes:
        widgets: ids of the page's widgets by key.
        labels: their labels by key.
        texts: texts of the page since its last complete run, with progress bars, warnings and errors.
        query: query string of the page's address.
        pictures: times at which a picture arrived, in seconds.
        errors: exceptions on the page, and missing responses.
    """

    def __init__(self) -> None:
        self.widgets: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.texts: list[str] = []
        self.query = ""
        self.pictures: list[float] = []
        self.errors: list[str] = []
        self._finished = asyncio.Event()
        self._repeating: dict[str, asyncio.Task[None]] = {}

    async def open(self, address: str, query: str) -> None:
        """Connect and load the page."""
        url = address.replace("http", "ws", 1) + "/_stcore/stream"
        cookie = {"Cookie": f"{COOKIE}={secrets.token_urlsafe(32)}"}
        self._socket = await websockets.connect(
            url, subprotocols=["streamlit"], additional_headers=cookie, max_size=None, open_timeout=PATIENCE
        )
        self._reading = asyncio.create_task(self._read())
        self.query = query
        await self.rerun()

    async def close(self) -> None:
        for task in (self._reading, *self._repeating.values()):
            task.cancel()
        with suppress(Exception):
            await self._socket.close()

    @property
    def is_training(self) -> bool:
        """Whether the page keeps updating the progress of a run."""
        return bool(self._repeating)

    async def slide(self, key: str, value: float) -> None:
        """Release a slider at a value and wait until the page has run."""
        await self.rerun(self._state(key, value=value))

    async def press(self, key: str) -> None:
        """Press a button and wait until the page has run."""
        await self.rerun(self._state(key))

    async def rerun(self, *states: WidgetState) -> None:
        """Run the page with changed widgets, until it is complete and shows a new picture."""
        self._finished.clear()
        began, seen = time.monotonic(), len(self.pictures)
        await self._send(states)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._finished.wait()
        except TimeoutError:
            self.errors.append(f"no answer after {time.monotonic() - began:.0f} s")
            return
        if len(self.pictures) == seen:
            self.pictures.append(time.monotonic())

    def _state(self, key: str, value: float | None = None) -> WidgetState:
        state = WidgetState(id=self.widgets[key])
        if value is None:
            state.trigger_value = True
        else:
            state.double_array_value.data.append(value)
        return state

    async def _send(self, states: tuple[WidgetState, ...] = (), fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        message.rerun_script.widget_states.widgets.extend(states)
        await self._socket.send(message.SerializeToString())

    async def _repeat(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._send(fragment=fragment)

    async def _read(self) -> None:
        async for data in self._socket:
            assert isinstance(data, bytes)
            self._apply(ForwardMsg.FromString(data))

    def _apply(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta":
            self._draw(message.delta)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._start(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "new_session" and not message.metadata.run.fragment_ids:
            self._stop(self._repeating)
            self.texts = []
        elif kind == "stop_auto_rerun":
            self._stop(message.stop_auto_rerun.fragment_ids)
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._finished.set()

    def _draw(self, delta: Delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type") or ""
        if kind in ("slider", "button"):
            widget = getattr(element, kind)
            key = str(widget.id).split("-", 2)[-1]
            self.widgets[key], self.labels[key] = widget.id, widget.label
        elif kind == "bidi_component" and element.bidi_component.component_name == PLAYER:
            self.pictures.append(time.monotonic())
        elif kind == "progress":
            self.texts.append(element.progress.text)
        elif kind in ("markdown", "alert"):
            self.texts.append(getattr(element, kind).body)
        elif kind == "exception":
            self.errors.append(element.exception.message)

    def _start(self, fragment: str, interval: float) -> None:
        if fragment not in self._repeating:
            self._repeating[fragment] = asyncio.create_task(self._repeat(fragment, interval))

    def _stop(self, fragments: Iterable[str]) -> None:
        for fragment in list(fragments):
            if (task := self._repeating.pop(fragment, None)) is not None:
                task.cancel()
