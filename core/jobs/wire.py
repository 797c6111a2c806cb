"""Messages from a worker to the service: a line of JSON with the size of the body, then the body."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

# Largest body of a message in bytes; packed frames are far smaller. The limit keeps a corrupt stream from making the reader allocate
# arbitrary amounts of memory.
MOST_BYTES = 64 * 2**20
# Separates the requests in one line to a worker. No request contains a tab, because json.dumps escapes tabs in strings.
REQUEST_SEPARATOR = "\t"


@runtime_checkable
class Sink(Protocol):
    """A byte stream that can be written."""

    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


@runtime_checkable
class Source(Protocol):
    """A byte stream that can be read."""

    def readline(self) -> bytes: ...
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        kind: `progress`, `picture`, `exact`, `checkpoint` or `end`.
        data: plain values.
        body: packed Frames, a checkpoint, or empty.
        run: index of the run among the worker's present runs, from 0.
    """

    kind: Literal["progress", "picture", "exact", "checkpoint", "end"]
    data: dict[str, Any]
    body: bytes = b""
    run: int = 0


def write(stream: Sink, message: Message) -> None:
    """Write one message and flush the stream."""
    head = {"kind": message.kind, "run": message.run, "data": message.data, "size": len(message.body)}
    stream.write(json.dumps(head).encode() + b"\n" + message.body)
    stream.flush()


def read(stream: Source) -> Message | None:
    """Read the next message; None if the stream has ended, even in the middle of a message.

    Raises:
        ValueError: the header is invalid, or the size is outside 0 … MOST_BYTES.
    """
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    head = json.loads(line)
    if not 0 <= head["size"] <= MOST_BYTES:
        raise ValueError(
            f"The size of a message must be between 0 and {MOST_BYTES} bytes; got {head['size']}."
        )
    body = stream.read(head["size"])
    return Message(head["kind"], head["data"], body, head["run"]) if len(body) == head["size"] else None
